/** Objects by the protocols of three clouds, for whoever has credentials that are good now. */
import { type Answer, type Asked, headerOf, json, xml } from './asked.js';
import type { Issuer } from './issuer.js';
import { signer } from './signature.js';

export type Objects = ReadonlyMap<string, Uint8Array>;

/** Path-style: `/BUCKET/KEY`. */
export function s3Answer(asked: Asked, objects: Objects, issuer: Issuer): Answer {
  const { searchParams: query } = asked.url;
  if (isWithdrawn(issuer) || signer(asked, issuer) === undefined)
    return xml(
      '<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>',
      400,
    );
  const key = keyOf(asked, 1);
  if (key !== '')
    return (
      objectOf(objects, key, headerOf(asked, 'range')) ?? xml('<Error><Code>NoSuchKey</Code></Error>', 404)
    );
  const { keys, prefixes } = listed(objects, query.get('prefix'), query.get('delimiter'));
  return xml(
    `<ListBucketResult><IsTruncated>false</IsTruncated>${keys.map((name) => `<Contents><Key>${name}</Key></Contents>`).join('')}${prefixes
      .map((name) => `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`)
      .join('')}</ListBucketResult>`,
  );
}

/** `/storage/v1/b/BUCKET/o/KEY` */
export function gcsAnswer(asked: Asked, objects: Objects, issuer: Issuer): Answer {
  const { searchParams: query } = asked.url;
  if (isWithdrawn(issuer) || !issuer.isBearer(headerOf(asked, 'authorization')))
    return { status: 401, body: JSON.stringify({ error: { code: 401, message: 'Invalid Credentials' } }) };
  const key = keyOf(asked, 5);
  if (key !== '')
    return (
      objectOf(objects, key, headerOf(asked, 'range')) ?? {
        status: 404,
        body: JSON.stringify({ error: { code: 404, message: 'No such object' } }),
      }
    );
  const { keys, prefixes } = listed(objects, query.get('prefix'), query.get('delimiter'));
  return json({ items: keys.map((name) => ({ name })), prefixes });
}

/** `/CONTAINER/KEY`, with the account in the host. */
export function azureAnswer(asked: Asked, objects: Objects, issuer: Issuer): Answer {
  const { searchParams: query } = asked.url;
  if (isWithdrawn(issuer) || !issuer.isBearer(headerOf(asked, 'authorization'))) {
    const answer = xml('<Error><Code>InvalidAuthenticationInfo</Code></Error>', 401);
    return { ...answer, headers: { ...answer.headers, 'x-ms-error-code': 'InvalidAuthenticationInfo' } };
  }
  const key = keyOf(asked, 1);
  if (key !== '') {
    const range = headerOf(asked, 'x-ms-range') ?? headerOf(asked, 'range');
    return objectOf(objects, key, range) ?? xml('<Error><Code>BlobNotFound</Code></Error>', 404);
  }
  const { keys, prefixes } = listed(objects, query.get('prefix'), query.get('delimiter'));
  return xml(
    `<EnumerationResults><Blobs>${keys.map((name) => `<Blob><Name>${name}</Name><Properties/></Blob>`).join('')}${prefixes
      .map((name) => `<BlobPrefix><Name>${name}</Name></BlobPrefix>`)
      .join('')}</Blobs><NextMarker/></EnumerationResults>`,
  );
}

function isWithdrawn(issuer: Issuer): boolean {
  if (issuer.withdrawn === 0) return false;
  issuer.withdrawn--;
  return true;
}

/** After so many parts of the path. */
function keyOf({ url }: Asked, parts: number): string {
  return url.pathname
    .split('/')
    .slice(parts + 1)
    .map(decodeURIComponent)
    .join('/');
}

function objectOf(objects: Objects, key: string, range: string | undefined): Answer | undefined {
  const bytes = objects.get(key);
  if (bytes === undefined) return undefined;
  const [, from, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  if (from === undefined || last === undefined) return { status: 200, body: bytes };
  const end = Math.min(bytes.length, Number(last) + 1);
  return {
    status: 206,
    body: bytes.subarray(Number(from), end),
    headers: { 'content-range': `bytes ${from}-${end - 1}/${bytes.length}` },
  };
}

function listed(
  objects: Objects,
  prefix: string | null,
  delimiter: string | null,
): { readonly keys: readonly string[]; readonly prefixes: readonly string[] } {
  const under = prefix ?? '';
  const all = [...objects.keys()].filter((key) => key.startsWith(under)).sort();
  if (delimiter === null || delimiter === '') return { keys: all, prefixes: [] };
  const cut = (key: string): number => key.indexOf(delimiter, under.length);
  return {
    keys: all.filter((key) => cut(key) < 0),
    prefixes: [...new Set(all.filter((key) => cut(key) >= 0).map((key) => key.slice(0, cut(key) + 1)))],
  };
}
