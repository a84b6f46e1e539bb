/** Signatures of AWS (version 4), checked from what was sent: another implementation than the client's own. */
import { createHash, createHmac } from 'node:crypto';
import { type Asked, headerOf } from './asked.js';
import type { Issuer, Keys } from './issuer.js';

const SIGNATURE =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]+)$/;

/** The keys that a request is signed with; undefined where it is not, wrongly, or with keys that are not good any more. */
export function signer(asked: Asked, issuer: Issuer): Keys | undefined {
  const parts = SIGNATURE.exec(headerOf(asked, 'authorization') ?? '');
  if (parts === null) return undefined;
  const [, id = '', date = '', region = '', service = '', names = '', given] = parts;
  const keys = issuer.keysOf(id);
  if (keys === undefined || headerOf(asked, 'x-amz-security-token') !== keys.token) return undefined;
  const [path = '/', query = ''] = asked.target.split('?');
  const canonical = [
    asked.method,
    path,
    query
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
      .sort()
      .join('&'),
    ...names.split(';').map((name) => `${name}:${headerOf(asked, name)?.trim()}`),
    '',
    names,
    headerOf(asked, 'x-amz-content-sha256') ?? sha256(asked.body),
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${headerOf(asked, 'x-amz-date')}\n${scope}\n${sha256(canonical)}`;
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${keys.secret}`,
  );
  return createHmac('sha256', key).update(text).digest('hex') === given ? keys : undefined;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
