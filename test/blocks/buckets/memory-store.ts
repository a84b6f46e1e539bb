/** An object store in memory that counts: how often it is asked, and how many requests had to wait for an answer before. */
import { createHash } from 'node:crypto';
import { bucketStorage } from '../../../engine/blocks/buckets/bucket-storage.js';
import {
  type GetRequest,
  type ListRequest,
  type ObjectBody,
  ObjectFailure,
  type ObjectPage,
  type ObjectStore,
  type WriteRequest,
} from '../../../engine/blocks/buckets/object-store.js';
import { DEFAULT_REQUESTS, type RequestSettings } from '../../../engine/blocks/buckets/place.js';
import type { Storage, VersionResult } from '../../../engine/blocks/storage.js';

const PAGE = 1000;

export class MemoryStore implements ObjectStore {
  readonly identity = 'keys from a test';
  /** Of all requests, in their order: `list PREFIX`, `get KEY`, `write KEY`, `size KEY`. */
  readonly asked: string[] = [];
  /** How many requests came one after the other: those that were asked for at once count as one. */
  rounds = 0;
  /** May throw, or wait, instead of an answer. */
  before: (what: string, signal: AbortSignal) => void | Promise<void> = () => undefined;
  closed = false;
  private waiting: (() => void)[] = [];
  private sorted: readonly string[] | undefined;
  private readonly objects = new Map<string, Uint8Array>();

  put(key: string, content: string | Uint8Array): void {
    this.objects.set(key, typeof content === 'string' ? Buffer.from(content) : content);
    this.sorted = undefined;
  }

  remove(key: string): void {
    this.objects.delete(key);
    this.sorted = undefined;
  }

  async list({ prefix, delimited, page = '', most = PAGE, signal }: ListRequest): Promise<ObjectPage> {
    await this.answer(`list ${prefix}`, signal);
    const all = this.keys;
    const keys: string[] = [];
    const prefixes: string[] = [];
    for (let index = firstFrom(all, page === '' ? prefix : page); index < all.length; ) {
      const key = all[index]!;
      if (!key.startsWith(prefix)) break;
      const cut = delimited ? key.indexOf('/', prefix.length) : -1;
      if (keys.length + prefixes.length === Math.min(most, PAGE)) return { keys, prefixes, next: key };
      if (cut < 0) {
        keys.push(key);
        index++;
      } else {
        prefixes.push(key.slice(0, cut + 1));
        index = firstFrom(all, `${key.slice(0, cut)}0`); // '0' comes after '/'
      }
    }
    return { keys, prefixes };
  }

  async get({ key, range, unlessTag, limit, signal }: GetRequest): Promise<ObjectBody | 'unchanged'> {
    await this.answer(`get ${key}`, signal);
    const object = this.objects.get(key);
    if (object === undefined) throw new ObjectFailure('missing', 'HTTP 404 NoSuchKey');
    const tag = tagOf(object);
    if (tag === unlessTag) return 'unchanged';
    if (range !== undefined && range.end > object.length) throw new ObjectFailure('range', 'HTTP 416');
    const bytes = range === undefined ? object : object.subarray(range.start, range.end);
    if (bytes.length > limit) throw new ObjectFailure('range', 'too long');
    return { bytes: Uint8Array.from(bytes), tag, version: tag };
  }

  async write({ key, bytes, version, signal }: WriteRequest): Promise<VersionResult> {
    await this.answer(`write ${key}`, signal);
    const object = this.objects.get(key);
    if ((object === undefined ? undefined : tagOf(object)) !== version) return 'changed';
    this.put(key, Uint8Array.from(bytes));
    return { version: tagOf(bytes) };
  }

  async size(key: string, signal: AbortSignal): Promise<number> {
    await this.answer(`size ${key}`, signal);
    const object = this.objects.get(key);
    if (object === undefined) throw new ObjectFailure('missing', 'HTTP 404');
    return object.length;
  }

  close(): void {
    this.closed = true;
  }

  forget(): void {
    this.asked.length = 0;
    this.rounds = 0;
  }

  /** Everybody who has asked is answered when nobody else does. */
  private async answer(what: string, signal: AbortSignal): Promise<void> {
    this.asked.push(what);
    if (this.waiting.length === 0)
      setImmediate(() =>
        setImmediate(() => {
          this.rounds++;
          for (const go of this.waiting.splice(0)) go();
        }),
      );
    await new Promise<void>((resolve) => void this.waiting.push(resolve));
    await this.before(what, signal);
  }

  private get keys(): readonly string[] {
    this.sorted ??= [...this.objects.keys()].sort();
    return this.sorted;
  }
}

function tagOf(object: Uint8Array): string {
  return createHash('sha1').update(object).digest('hex');
}

function firstFrom(sorted: readonly string[], from: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What reads the bucket `b`, with its blocks under `prefix`. */
export function storageOf(store: ObjectStore, prefix = '', settings: Partial<RequestSettings> = {}): Storage {
  return bucketStorage({
    place: { kind: 's3', bucket: 'b', prefix },
    settings: { ...DEFAULT_REQUESTS, ...settings },
    open: () => Promise.resolve(store),
  });
}
