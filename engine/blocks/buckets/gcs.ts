/** Objects in Google Cloud Storage, by its JSON API; the official library finds the credentials. */
import { randomUUID } from 'node:crypto';
import type { AuthClient } from 'google-auth-library';
import { messageOf } from '../../shared/message-of.js';
import { failureOfAnswer, failureOfError } from './failure.js';
import { ObjectFailure, type ObjectStore } from './object-store.js';
import type { GcsPlace } from './place.js';
import { checkedBody, rangeHeader } from './ranges.js';

const ENDPOINT = 'https://storage.googleapis.com/storage/v1/';
const SCOPES = {
  read: 'https://www.googleapis.com/auth/devstorage.read_only',
  write: 'https://www.googleapis.com/auth/devstorage.read_write',
} as const;

export async function openGcs(place: GcsPlace): Promise<ObjectStore> {
  const emulator = process.env.STORAGE_EMULATOR_HOST;
  const base = apiUrl(place.endpoint ?? emulator);
  const anonymous = place.insecure === true || (place.endpoint === undefined && emulator !== undefined);
  const client = anonymous ? undefined : await clientOf(SCOPES[place.writes === true ? 'write' : 'read']);
  const objects = new URL(`b/${encodeURIComponent(place.bucket)}/o`, base);
  const ask = async (
    url: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    upload?: Uint8Array<ArrayBuffer>,
  ): Promise<Response> => {
    const credentials = client === undefined ? {} : await headersOf(client, url);
    const response = await fetch(url, {
      ...(upload === undefined ? {} : { method: 'POST', body: upload }),
      headers: { ...headers, ...credentials },
      signal,
    }).catch((error: unknown) => {
      throw failureOfError(error);
    });
    if (response.ok || response.status === 304) return response;
    if (upload !== undefined && response.status === 412) return response;
    const text = await response.text().catch(() => '');
    throw failureOfAnswer({
      status: response.status,
      message: messageIn(text),
      retryAfter: response.headers.get('retry-after'),
    });
  };
  const objectUrl = (key: string): URL => new URL(`${objects.href}/${encodeURIComponent(key)}`);
  return {
    identity: client === undefined ? 'no credentials' : identityText(client),
    list: async ({ prefix, delimited, page, most, signal }) => {
      const url = new URL(objects);
      url.searchParams.set('prefix', prefix);
      url.searchParams.set('fields', 'items/name,prefixes,nextPageToken');
      if (delimited) url.searchParams.set('delimiter', '/');
      if (page !== undefined) url.searchParams.set('pageToken', page);
      url.searchParams.set('maxResults', String(Math.min(most ?? 1000, 1000)));
      const response = await ask(url, {}, signal);
      const answer = (await bodyOf(() => response.json())) as {
        readonly items?: readonly { readonly name: string }[];
        readonly prefixes?: readonly string[];
        readonly nextPageToken?: string;
      };
      return {
        keys: (answer.items ?? []).map(({ name }) => name),
        prefixes: answer.prefixes ?? [],
        ...(answer.nextPageToken !== undefined &&
          answer.nextPageToken !== '' && { next: answer.nextPageToken }),
      };
    },
    get: async ({ key, range, unlessTag, limit, signal }) => {
      const url = objectUrl(key);
      url.searchParams.set('alt', 'media');
      const response = await ask(
        url,
        {
          // Unpacked on the way, an object would have other bytes and no length.
          'accept-encoding': 'gzip',
          ...(range && { range: rangeHeader(range) }),
          ...(unlessTag !== undefined && { 'if-none-match': unlessTag }),
        },
        signal,
      );
      if (response.status === 304) return 'unchanged';
      const { body, headers } = response;
      if (body === null) throw new ObjectFailure('busy', 'the answer has no body');
      const tag = headers.get('etag');
      if (tag !== null && tag === unlessTag) {
        await body.cancel();
        return 'unchanged';
      }
      const length = headers.get('content-length');
      const bytes = await bodyOf(() =>
        checkedBody(body, {
          // What `fetch` unpacks is longer than its header says.
          length: length === null || headers.has('content-encoding') ? undefined : Number(length),
          contentRange: headers.get('content-range'),
          range,
          limit,
        }),
      );
      const version = headers.get('x-goog-generation');
      return { bytes, ...(tag !== null && { tag }), ...(version !== null && { version }) };
    },
    write: async ({ key, bytes, version, signal }) => {
      const url = new URL(objects.href.replace('/storage/v1/', '/upload/storage/v1/'));
      url.searchParams.set('uploadType', 'multipart');
      // Generation 0 is that of an object that is not there.
      url.searchParams.set('ifGenerationMatch', version ?? '0');
      const { body, headers } = multipart({ name: key }, bytes);
      const response = await ask(url, headers, signal, body);
      if (response.status === 412) {
        await response.body?.cancel();
        return 'changed';
      }
      const answer = (await bodyOf(() => response.json())) as { readonly generation?: string };
      if (answer.generation === undefined) throw new ObjectFailure('refused', 'the answer has no generation');
      return { version: answer.generation };
    },
    size: async (key, signal) => {
      const url = objectUrl(key);
      url.searchParams.set('fields', 'size');
      const response = await ask(url, {}, signal);
      const { size } = (await bodyOf(() => response.json())) as { readonly size?: string };
      return Number(size);
    },
    close: () => undefined,
  };
}

/** An object with what is to be known of it, as one body (RFC 2387). Its boundary is longer than chance puts into a small object. */
function multipart(
  metadata: object,
  bytes: Uint8Array,
): { readonly body: Uint8Array<ArrayBuffer>; readonly headers: Readonly<Record<string, string>> } {
  const boundary = `betrace-${randomUUID()}`;
  const json = `--${boundary}\r\ncontent-type: application/json\r\n\r\n${JSON.stringify(metadata)}\r\n`;
  const head = `${json}--${boundary}\r\ncontent-type: application/octet-stream\r\n\r\n`;
  const parts = [Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)];
  return {
    body: Uint8Array.from(Buffer.concat(parts)),
    headers: { 'content-type': `multipart/related; boundary=${boundary}` },
  };
}

/** With its path, whether or not it was given: Tempo's setting has it, that of emulators does not. */
function apiUrl(endpoint: string | undefined): URL {
  if (endpoint === undefined) return new URL(ENDPOINT);
  const url = new URL(/^https?:\/\//.test(endpoint) ? endpoint : `http://${endpoint}`);
  url.pathname = url.pathname.replace(/\/?$/, '/');
  if (url.pathname === '/') url.pathname = '/storage/v1/';
  return url;
}

/**
 * Reading objects takes no project. Where none is given the library asks gcloud, the machine and, for federations, Google's resource manager
 * for one, and fails where that refuses.
 */
const NO_PROJECT = 'none';

async function clientOf(scope: string): Promise<AuthClient> {
  const { GoogleAuth } = await import('google-auth-library');
  try {
    return await new GoogleAuth({ scopes: [scope], projectId: NO_PROJECT }).getClient();
  } catch (error) {
    throw new ObjectFailure('credentials', messageOf(error).split('\n', 1)[0] ?? '', undefined, {
      cause: error,
    });
  }
}

async function headersOf(client: AuthClient, url: URL): Promise<Readonly<Record<string, string>>> {
  try {
    const headers = await client.getRequestHeaders(url.href);
    return Object.fromEntries(headers.entries());
  } catch (error) {
    const failure = failureOfError(error);
    if (failure.kind === 'busy') throw failure;
    throw new ObjectFailure('credentials', failure.what, undefined, { cause: error });
  }
}

const CLIENTS: Readonly<Record<string, string>> = {
  JWT: 'the key of a service account',
  UserRefreshClient: 'the credentials of a user (gcloud)',
  Compute: 'the service account of this machine',
  Impersonated: 'an impersonated service account',
};

function identityText(client: AuthClient): string {
  const name = client.constructor.name;
  return (
    CLIENTS[name] ??
    (/External|Identity|Aws/.test(name)
      ? 'workload identity federation'
      : 'credentials that the Google library found')
  );
}

function messageIn(text: string): string {
  try {
    const json = JSON.parse(text) as { readonly error?: { readonly message?: string } };
    return json.error?.message ?? '';
  } catch {
    return text;
  }
}

async function bodyOf<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof SyntaxError
      ? new ObjectFailure('busy', 'the answer is no JSON', undefined, { cause: error })
      : failureOfError(error);
  }
}
