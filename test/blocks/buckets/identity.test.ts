/** Which credentials each client takes, and what is reported of them, with a server that only writes down what comes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type BucketPlace, DEFAULT_REQUESTS } from '../../../engine/blocks/buckets/place.js';
import { openStorage } from '../../../engine/blocks/open-storage.js';

const work = mkdtempSync(join(tmpdir(), 'betrace-identity-'));
const asked: { readonly path: string; readonly headers: IncomingHttpHeaders }[] = [];
let server: Server;
let port = 0;

const LATER = '2099-01-01T00:00:00Z';
const KEYS = {
  AccessKeyId: 'ROLEKEY',
  SecretAccessKey: 'role-secret',
  Token: 'role-token',
  Expiration: LATER,
};
const EMPTY = '<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>';
const STS = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
<Credentials><AccessKeyId>WEBKEY</AccessKeyId><SecretAccessKey>web-secret</SecretAccessKey><SessionToken>web-token</SessionToken><Expiration>${LATER}</Expiration></Credentials>
<AssumedRoleUser><Arn>a</Arn><AssumedRoleId>b</AssumedRoleId></AssumedRoleUser></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;

/** What the services of clouds answer, by the path that they are asked for. */
const ANSWERS: readonly (readonly [RegExp, string])[] = [
  [/^\/container/, JSON.stringify(KEYS)],
  [/^\/latest\/api\/token/, 'session'],
  [/^\/latest\/meta-data\/iam\/security-credentials\/$/, 'the-role'],
  [/^\/latest\/meta-data\/iam\/security-credentials\/the-role/, JSON.stringify({ Code: 'Success', ...KEYS })],
  [/^\/computeMetadata\/.*token/, JSON.stringify({ access_token: 'google-token', expires_in: 3600 })],
  [/^\/computeMetadata\/.*(?:universe)/, 'googleapis.com'],
  [/^\/computeMetadata/, 'project'],
  [/^\/storage\/v1/, '{}'],
  [/^\/traces/, EMPTY],
  [/^\/$/, STS],
];

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push({ path, headers: request.headers });
    request.resume();
    response.setHeader('metadata-flavor', 'Google');
    const answer = ANSWERS.find(([pattern]) => pattern.test(path))?.[1];
    response.writeHead(answer === undefined ? 404 : 200).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(work, { recursive: true, force: true });
});

/** Nothing of this machine may count. */
const NOTHING = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_PROFILE',
  'AWS_REGION',
];

beforeEach(() => {
  asked.length = 0;
  for (const name of NOTHING) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', join(work, 'none'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(work, 'none'));
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  return () => vi.unstubAllEnvs();
});

function place(more: object = {}): BucketPlace {
  return { kind: 's3', bucket: 'traces', prefix: '', endpoint: `http://127.0.0.1:${port}`, ...more };
}

async function list(
  bucket: BucketPlace,
): Promise<{ readonly identity: string | undefined; readonly headers: IncomingHttpHeaders }> {
  const storage = openStorage(bucket, { ...DEFAULT_REQUESTS, tries: 1 });
  await storage.list('');
  storage.close?.();
  return { identity: storage.identity, headers: asked.at(-1)!.headers };
}

describe('S3', () => {
  const file = (name: string, text: string): string => {
    writeFileSync(join(work, name), text);
    return join(work, name);
  };
  const url = (path: string): string => `http://127.0.0.1:${port}${path}`;

  it.each<[string, () => Readonly<Record<string, string>>, string, string | undefined]>([
    [
      'keys from the environment',
      () => ({ AWS_ACCESS_KEY_ID: 'ENVKEY', AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 'env-token' }),
      'ENVKEY',
      'env-token',
    ],
    [
      'the AWS profile',
      () => ({
        AWS_PROFILE: 'other',
        AWS_SHARED_CREDENTIALS_FILE: file(
          'credentials',
          '[other]\naws_access_key_id = PROFILEKEY\naws_secret_access_key = s\n',
        ),
      }),
      'PROFILEKEY',
      undefined,
    ],
    [
      'a web identity token',
      () => ({
        AWS_WEB_IDENTITY_TOKEN_FILE: file('token', 'jwt'),
        AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/reader',
        AWS_ENDPOINT_URL_STS: url('/'),
        AWS_REGION: 'eu-west-1',
      }),
      'WEBKEY',
      'web-token',
    ],
    [
      'the role of this container',
      () => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: url('/container') }),
      'ROLEKEY',
      'role-token',
    ],
    [
      'the role of this machine',
      () => ({ AWS_EC2_METADATA_DISABLED: 'false', AWS_EC2_METADATA_SERVICE_ENDPOINT: url('') }),
      'ROLEKEY',
      'role-token',
    ],
  ])('asks with %s', async (words, env, key, token) => {
    for (const [name, value] of Object.entries(env())) vi.stubEnv(name, value);
    const { identity, headers } = await list(place());
    expect(identity).toBe(words);
    expect(headers.authorization).toContain(`Credential=${key}/`);
    expect(headers['x-amz-security-token']).toBe(token);
  });

  it('asks with keys from the settings before all others, in the region that is set', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'ENVKEY');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 's');
    const { identity, headers } = await list(
      place({ accessKey: 'SETKEY', secretKey: 's', sessionToken: 'set-token', region: 'eu-north-1' }),
    );
    expect(identity).toBe('keys from the settings');
    expect(headers.authorization).toContain('Credential=SETKEY/');
    expect(headers.authorization).toContain('/eu-north-1/s3/');
    expect(headers['x-amz-security-token']).toBe('set-token');
  });

  it('sends the key of the customer with reads, and with listings not', async () => {
    const customerKey = '0123456789abcdef0123456789abcdef';
    const bucket = place({ accessKey: 'k', secretKey: 's', customerKey });
    expect(Object.keys((await list(bucket)).headers).filter((name) => name.includes('customer'))).toEqual([]);
    const storage = openStorage(bucket, { ...DEFAULT_REQUESTS, tries: 1 });
    await storage.read('x').catch(() => undefined);
    expect(asked.at(-1)?.headers).toMatchObject({
      'x-amz-server-side-encryption-customer-algorithm': 'AES256',
      'x-amz-server-side-encryption-customer-key': Buffer.from(customerKey).toString('base64'),
    });
    expect(asked.at(-1)?.path).toMatch(/^\/traces\/x/);
  });

  it('says where it looked when it finds none', async () => {
    const failed = list(place());
    await expect(failed).rejects.toMatchObject({
      kind: 'credentials',
      message: expect.stringContaining('set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE'),
    });
  });
});

describe('GCS', () => {
  it('asks with the service account of this machine', async () => {
    vi.stubEnv('GCE_METADATA_HOST', `127.0.0.1:${port}`);
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', undefined);
    vi.stubEnv('HOME', work);
    const endpoint = `http://127.0.0.1:${port}/storage/v1/`;
    const { identity, headers } = await list({ kind: 'gcs', bucket: 'traces', prefix: '', endpoint });
    expect(identity).toBe('the service account of this machine');
    expect(headers.authorization).toBe('Bearer google-token');
  });

  it('uses none where that is configured', async () => {
    const endpoint = `http://127.0.0.1:${port}`;
    const { identity, headers } = await list({
      kind: 'gcs',
      bucket: 'traces',
      prefix: '',
      endpoint,
      insecure: true,
    });
    expect([identity, headers.authorization]).toEqual(['no credentials', undefined]);
  });
});
