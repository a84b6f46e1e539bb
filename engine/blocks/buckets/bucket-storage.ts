/** `Storage` on an object store: paths below a prefix, failures in words, retries, hedged reads, and a bound on what is awaited. */

import { Gate } from '../gate.js';
import { isNotFound, joinPath, type Listing, type Storage, StorageError, type Traffic } from '../storage.js';
import { withTries } from './attempts.js';
import { Hedge } from './hedge.js';
import { type ObjectBody, ObjectFailure, type ObjectPage, type ObjectStore } from './object-store.js';
import { addressOf, type BucketPlace, type RequestSettings } from './place.js';
import { storageErrorOf } from './storage-error.js';
import { walkKeys } from './walk.js';

/** More is answered in any case, one after the other. */
const REQUESTS_AT_ONCE = 64;
/** Reads of no more than so many bytes are worth asking for twice. */
const HEDGED_BYTES = 1 << 20;
/** Of a request whose answer says how long it is only once it comes. */
const SMALL_ANSWER = 1 << 16;

export interface BucketOptions {
  readonly place: BucketPlace;
  readonly settings: RequestSettings;
  readonly open: () => Promise<ObjectStore>;
}

/** Rejections are `StorageError`s, or the reason of the caller's signal. */
export function bucketStorage({ place, settings, open }: BucketOptions): Storage {
  const description = addressOf(place);
  const traffic: { -readonly [K in keyof Traffic]: Traffic[K] } = {
    lists: 0,
    gets: 0,
    bytes: 0,
    retried: 0,
    hedged: 0,
  };
  const requests = new Gate(REQUESTS_AT_ONCE);
  const awaited = new Gate(settings.bytesAtOnce);
  const hedge = new Hedge({ afterMs: settings.hedgeAfterMs, upTo: settings.hedgeUpTo });
  let opened: Promise<ObjectStore> | undefined;
  let store: ObjectStore | undefined;
  const openedStore = async (): Promise<ObjectStore> => {
    // Credentials that could not be had may be there the next time.
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    store = await opened;
    return store;
  };
  const replaced: ObjectStore[] = [];
  /** A client with credentials that are asked for anew, once for all requests that `used` was refused. */
  const renewedStore = async (used: ObjectStore): Promise<ObjectStore> => {
    if (store === used) {
      opened = undefined;
      store = undefined;
      // Others may still read by it.
      replaced.push(used);
    }
    return await openedStore();
  };
  const keyOf = (path: string): string => joinPath(place.prefix, partsOf(path).join('/'));
  const folderOf = (path: string): string => {
    const key = keyOf(path);
    return key === '' ? '' : `${key}/`;
  };
  /** One request, as often as it takes. */
  const ask = async <T>(
    path: string,
    signal: AbortSignal | undefined,
    once: (store: ObjectStore, signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const attempts = {
      tries: settings.tries,
      timeoutMs: settings.timeoutMs,
      onRetry: () => traffic.retried++,
    };
    try {
      return await requests.through(1, signal, async () => {
        const opened = await openedStore();
        try {
          return await withTries(attempts, signal, (own) => once(opened, own));
        } catch (error) {
          if (!(error instanceof ObjectFailure && error.kind === 'expired')) throw error;
          traffic.retried++;
          const renewed = await renewedStore(opened);
          return await withTries(attempts, signal, (own) => once(renewed, own));
        }
      });
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw storageErrorOf(error, { place, path, tries: settings.tries, identity: store?.identity });
    }
  };
  const page = (
    path: string,
    prefix: string,
    more: { readonly delimited: boolean; readonly page?: string; readonly most?: number },
    signal: AbortSignal | undefined,
  ): Promise<ObjectPage> =>
    ask(path, signal, async (objectStore, own) => {
      traffic.lists++;
      try {
        return await objectStore.list({ prefix, ...more, signal: own });
      } catch (error) {
        // A prefix that nothing is under lists as empty: what is not there is the bucket, and not every store says so.
        if (!(error instanceof ObjectFailure && error.kind === 'missing')) throw error;
        throw new ObjectFailure('no-bucket', error.what, undefined, { cause: error });
      }
    });
  const get = async (
    path: string,
    {
      limit,
      signal,
      ...more
    }: {
      readonly limit: number;
      readonly range?: { readonly start: number; readonly end: number };
      readonly unlessTag?: string;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<ObjectBody | 'unchanged'> => {
    const key = keyOf(path);
    const weight = more.range === undefined ? SMALL_ANSWER : more.range.end - more.range.start;
    return await awaited.through(weight, signal, () =>
      ask(path, signal, async (objectStore, own) => {
        const once = async (each: AbortSignal): Promise<ObjectBody | 'unchanged'> => {
          traffic.gets++;
          const body = await objectStore.get({ key, limit, ...more, signal: each });
          if (body !== 'unchanged') traffic.bytes += body.bytes.length;
          return body;
        };
        if (weight > HEDGED_BYTES) return await once(own);
        return await hedge.run(own, once, () => traffic.hedged++);
      }),
    );
  };
  const whole = async (
    path: string,
    options: { readonly limit?: number | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<ObjectBody> => {
    const { limit = Number.POSITIVE_INFINITY, signal } = options;
    const body = await get(path, { limit, signal });
    if (body === 'unchanged') throw new StorageError('io', path, 'answered that it did not change, unasked');
    return body;
  };
  return {
    description,
    traffic,
    joinWithin: settings.joinWithin,
    get identity() {
      return store?.identity;
    },
    list: async (prefix, { atMost, signal } = {}) => {
      const folder = folderOf(prefix);
      const directories: string[] = [];
      const files: string[] = [];
      let next: string | undefined;
      do {
        const more = next === undefined ? {} : { page: next };
        const most = atMost === undefined ? {} : { most: atMost };
        const answer = await page(prefix, folder, { delimited: true, ...more, ...most }, signal);
        for (const prefix of answer.prefixes) directories.push(prefix.slice(folder.length, -1));
        for (const key of answer.keys) if (key !== folder) files.push(key.slice(folder.length));
        next = answer.next;
      } while (next !== undefined && (atMost === undefined || directories.length + files.length < atMost));
      return sorted({ directories, files });
    },
    walk: async (prefix, visit, signal) => {
      const folder = folderOf(prefix);
      await walkKeys({
        root: folder,
        listings: settings.listings,
        list: (under, token) =>
          page(prefix, under, { delimited: false, ...(token === undefined ? {} : { page: token }) }, signal),
        visit: (key) => visit(key.slice(folder.length)),
      });
    },
    read: async (path, limit, signal) => (await whole(path, { limit, signal })).bytes,
    readIfChanged: async (path, { tag, limit, signal }) => {
      if (tag === undefined) return await whole(path, { limit, signal });
      return await get(path, { limit: limit ?? Number.POSITIVE_INFINITY, unlessTag: tag, signal });
    },
    readRange: async (path, start, end, signal) => {
      if (end <= start) return new Uint8Array(0);
      const body = await get(path, { range: { start, end }, limit: end - start, signal });
      if (body === 'unchanged')
        throw new StorageError('io', path, 'answered that it did not change, unasked');
      return body.bytes;
    },
    size: (path) =>
      ask(path, undefined, (objectStore, own) => {
        traffic.gets++;
        return objectStore.size(keyOf(path), own);
      }),
    versions: {
      read: async (path, limit, signal) => {
        try {
          const { bytes, version } = await whole(path, { limit, signal });
          if (version === undefined) throw new StorageError('io', path, 'has no version');
          return { bytes, version };
        } catch (error) {
          if (isNotFound(error)) return undefined;
          throw error;
        }
      },
      write: (path, bytes, version, signal) =>
        ask(path, signal, (objectStore, own) =>
          objectStore.write({
            key: keyOf(path),
            bytes,
            ...(version === undefined ? {} : { version }),
            signal: own,
          }),
        ),
    },
    close: () => {
      for (const each of [...replaced, ...(store === undefined ? [] : [store])]) each.close();
    },
  };
}

function sorted({ directories, files }: Listing): Listing {
  return { directories: [...directories].sort(), files: [...files].sort() };
}

/** Keys may hold what no path may: such parts are never asked for. */
function partsOf(path: string): readonly string[] {
  if (path === '') return [];
  const parts = path.split('/');
  for (const part of parts)
    if (part === '' || part === '.' || part === '..' || part.includes('\0'))
      throw new StorageError('outside', path, 'is not a path below the storage root');
  return parts;
}
