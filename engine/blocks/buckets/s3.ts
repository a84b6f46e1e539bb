/** Objects in S3, by the official client, which also finds the credentials. */

import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent, type AgentOptions } from 'node:https';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { messageOf } from '../../shared/message-of.js';
import { failureOfAnswer, failureOfError } from './failure.js';
import { ObjectFailure, type ObjectStore } from './object-store.js';
import type { S3Place, TlsSettings } from './place.js';
import { checkedBody, rangeHeader } from './ranges.js';

const CONNECTIONS = 64;

/** Rejects with `ObjectFailure` where a file that is named cannot be read. */
export async function openS3(place: S3Place): Promise<ObjectStore> {
  // The client says on every start that it will need a newer Node some day; that is for whoever builds, not for whoever runs.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } =
    await import('@aws-sdk/client-s3');
  const client = new S3Client(clientConfig(place));
  const { bucket: Bucket, customerKey } = place;
  const encryption =
    customerKey === undefined
      ? {}
      : { SSECustomerAlgorithm: 'AES256', SSECustomerKey: Buffer.from(customerKey).toString('base64') };
  let identity: string | undefined;
  const ask = async <T>(make: () => Promise<T>): Promise<T> => {
    try {
      const { $source } = (await client.config.credentials()) as { readonly $source?: object };
      identity ??= identityText(place, Object.keys($source ?? {}));
    } catch (error) {
      throw new ObjectFailure('credentials', firstLine(error), undefined, { cause: error });
    }
    try {
      return await make();
    } catch (error) {
      throw failureOf(error);
    }
  };
  return {
    get identity() {
      return identity;
    },
    list: ({ prefix, delimited, page, most, signal }) =>
      ask(async () => {
        const answer = await client.send(
          new ListObjectsV2Command({
            Bucket,
            Prefix: prefix,
            ...(delimited && { Delimiter: '/' }),
            ...(page !== undefined && { ContinuationToken: page }),
            ...(most !== undefined && { MaxKeys: Math.min(most, 1000) }),
          }),
          { abortSignal: signal },
        );
        return {
          keys: (answer.Contents ?? []).flatMap(({ Key }) => Key ?? []),
          prefixes: (answer.CommonPrefixes ?? []).flatMap((common) => common.Prefix ?? []),
          ...(answer.NextContinuationToken !== undefined && { next: answer.NextContinuationToken }),
        };
      }),
    get: ({ key: Key, range, unlessTag, limit, signal }) =>
      ask(async () => {
        const answer = await client
          .send(
            new GetObjectCommand({
              Bucket,
              Key,
              ...encryption,
              ...(range && { Range: rangeHeader(range) }),
              ...(unlessTag !== undefined && { IfNoneMatch: unlessTag }),
            }),
            { abortSignal: signal },
          )
          .catch((error: unknown) => {
            if (statusOf(error) === 304) return 'unchanged' as const;
            throw error;
          });
        if (answer === 'unchanged') return answer;
        if (answer.Body === undefined) throw new ObjectFailure('busy', 'the answer has no body');
        const bytes = await checkedBody(answer.Body as AsyncIterable<Uint8Array>, {
          length: answer.ContentLength,
          contentRange: answer.ContentRange,
          range,
          limit,
        });
        return { bytes, ...(answer.ETag !== undefined && { tag: answer.ETag, version: answer.ETag }) };
      }),
    write: ({ key: Key, bytes: Body, version, signal }) =>
      ask(async () => {
        const condition = version === undefined ? { IfNoneMatch: '*' } : { IfMatch: version };
        const answer = await client
          .send(new PutObjectCommand({ Bucket, Key, Body, ...encryption, ...condition }), {
            abortSignal: signal,
          })
          .catch((error: unknown) => {
            // 409: another write of the object was under way; 404: the version that was read is gone.
            const status = statusOf(error);
            if (status === 412 || status === 409) return 'changed' as const;
            if (status === 404 && error instanceof Error && error.name === 'NoSuchKey')
              return 'changed' as const;
            throw error;
          });
        if (answer === 'changed') return answer;
        if (answer.ETag === undefined) throw new ObjectFailure('refused', 'the answer has no ETag');
        return { version: answer.ETag };
      }),
    size: (Key, signal) =>
      ask(async () => {
        const { ContentLength } = await client.send(new HeadObjectCommand({ Bucket, Key, ...encryption }), {
          abortSignal: signal,
        });
        if (ContentLength === undefined) throw new ObjectFailure('busy', 'the answer has no length');
        return ContentLength;
      }),
    close: () => client.destroy(),
  };
}

function clientConfig(place: S3Place): S3ClientConfig {
  const { region, accessKey, secretKey, sessionToken, tls } = place;
  const endpoint = endpointUrl(place);
  const agent = { keepAlive: true, maxSockets: CONNECTIONS };
  const isAws = endpoint === undefined || /\.amazonaws\.com(?:\.cn)?$/.test(new URL(endpoint).hostname);
  const regionOfHost = endpoint === undefined ? undefined : regionIn(new URL(endpoint).hostname);
  const used = region ?? regionOfHost ?? (isAws ? undefined : 'us-east-1');
  return {
    // Tries are counted above, for all stores alike.
    maxAttempts: 1,
    ...(used !== undefined && { region: used }),
    ...(endpoint !== undefined && { endpoint }),
    forcePathStyle: place.pathStyle ?? !isAws,
    followRegionRedirects: true,
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestChecksumCalculation: 'WHEN_REQUIRED',
    ...(accessKey !== undefined &&
      secretKey !== undefined && {
        credentials: {
          accessKeyId: accessKey,
          secretAccessKey: secretKey,
          ...(sessionToken !== undefined && { sessionToken }),
        },
      }),
    requestHandler: {
      connectionTimeout: 10_000,
      httpAgent: new HttpAgent(agent),
      httpsAgent: new Agent({ ...agent, ...tlsOptions(tls) }),
    },
  };
}

/** Where nobody says how, a host is asked by HTTPS. */
function endpointUrl({ endpoint, insecure = false }: S3Place): string | undefined {
  if (endpoint === undefined || /^https?:\/\//.test(endpoint)) return endpoint;
  return `${insecure ? 'http' : 'https'}://${endpoint}`;
}

/** `s3.eu-west-1.amazonaws.com`, `s3-fips.dualstack.us-gov-west-1.amazonaws.com`: the client does not look into what it is given. */
function regionIn(host: string): string | undefined {
  return /(?:^|\.)s3[.-](?:[a-z-]+\.)*?([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?:\.cn)?$/.exec(host)?.[1];
}

function tlsOptions({ caFile, certFile, keyFile, serverName, skipVerify }: TlsSettings = {}): AgentOptions {
  return {
    ...(caFile !== undefined && { ca: pem(caFile) }),
    ...(certFile !== undefined && { cert: pem(certFile) }),
    ...(keyFile !== undefined && { key: pem(keyFile) }),
    ...(serverName !== undefined && { servername: serverName }),
    ...(skipVerify === true && { rejectUnauthorized: false }),
  };
}

function pem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new ObjectFailure('refused', `the file "${file}" cannot be read (${code})`, undefined, {
      cause: error,
    });
  }
}

/** The client notes by these names where credentials came from. */
const SOURCES: readonly (readonly [source: string, words: string])[] = [
  ['CREDENTIALS_HTTP', 'the role of this container'],
  ['CREDENTIALS_ENV_VARS_STS_WEB_ID_TOKEN', 'a web identity token'],
  ['CREDENTIALS_PROFILE_STS_WEB_ID_TOKEN', 'a web identity token of the AWS profile'],
  ['CREDENTIALS_STS_ASSUME_ROLE_WEB_ID', 'a web identity token'],
  ['CREDENTIALS_PROFILE_SOURCE_PROFILE', 'a role that the AWS profile takes on'],
  ['CREDENTIALS_PROFILE_SSO', 'single sign-on of the AWS profile'],
  ['CREDENTIALS_SSO', 'single sign-on'],
  ['CREDENTIALS_PROFILE_PROCESS', 'a process that the AWS profile names'],
  ['CREDENTIALS_PROCESS', 'a process that the AWS profile names'],
  ['CREDENTIALS_PROFILE', 'the AWS profile'],
  ['CREDENTIALS_ENV_VARS', 'keys from the environment'],
];

function identityText({ accessKey }: S3Place, sources: readonly string[]): string {
  if (accessKey !== undefined) return 'keys from the settings';
  // Of all its sources the client notes nothing of the machine's own alone.
  if (sources.length === 0) return 'the role of this machine';
  return SOURCES.find(([source]) => sources.includes(source))?.[1] ?? 'credentials that the AWS client found';
}

function failureOf(error: unknown): ObjectFailure {
  const status = statusOf(error);
  if (error instanceof ObjectFailure || !(error instanceof Error) || status === undefined || status < 300)
    return failureOfError(error);
  const headers =
    '$response' in error
      ? (error.$response as { readonly headers?: Readonly<Record<string, string>> }).headers
      : undefined;
  // An answer without a body, as to HEAD, has no code but the name that the client makes up.
  const code = /^(?:UnknownError|Unknown|\d+|NotFound)$/.test(error.name) ? undefined : error.name;
  return failureOfAnswer(
    {
      status,
      message: error.message,
      retryAfter: headers?.['retry-after'] ?? null,
      ...(code !== undefined && { code }),
    },
    error,
  );
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  return (error.$metadata as { readonly httpStatusCode?: number }).httpStatusCode;
}

function firstLine(error: unknown): string {
  return messageOf(error).split('\n', 1)[0] ?? '';
}
