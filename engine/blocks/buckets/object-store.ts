/** The port to an object store, whichever it is: one request a call, no retries; those are made above it. */
import type { VersionResult } from '../storage.js';

export interface ObjectStore {
  /** What the credentials are and where they come from, in words; never a secret. Known once a request was made. */
  readonly identity: string | undefined;
  list(request: ListRequest): Promise<ObjectPage>;
  get(request: GetRequest): Promise<ObjectBody | 'unchanged'>;
  /** Writes an object over the version that was read, or where there is none; `changed` where another is there. */
  write(request: WriteRequest): Promise<VersionResult>;
  /** Bytes of an object. */
  size(key: string, signal: AbortSignal): Promise<number>;
  /** Ends connections. */
  close(): void;
}

export interface ListRequest {
  readonly prefix: string;
  /** Whether keys are cut at the next `/` after the prefix, which gives `prefixes`. */
  readonly delimited: boolean;
  /** What the page before gave as `next`. */
  readonly page?: string;
  /** At most so many entries. */
  readonly most?: number;
  readonly signal: AbortSignal;
}

export interface ObjectPage {
  /** Whole keys. */
  readonly keys: readonly string[];
  /** Whole, with the `/` that they were cut at. */
  readonly prefixes: readonly string[];
  readonly next?: string;
}

export interface GetRequest {
  readonly key: string;
  /** Bytes from `start` to before `end`; the whole object without it. */
  readonly range?: { readonly start: number; readonly end: number };
  /** The object is not wanted if it still has this tag. */
  readonly unlessTag?: string;
  /** An object, or a part, of more bytes is refused before it is read. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

export interface ObjectBody {
  readonly bytes: Uint8Array;
  /** What changes when the object does. */
  readonly tag?: string;
  /** What a write takes to replace just this version. */
  readonly version?: string;
}

export interface WriteRequest {
  readonly key: string;
  readonly bytes: Uint8Array;
  /** The version that is replaced; without it there must be no such object. */
  readonly version?: string;
  readonly signal: AbortSignal;
}

/**
 * - `missing`: no such object
 * - `no-bucket`: no such bucket or container
 * - `denied`: the credentials may not do that, or are none
 * - `credentials`: none could be had
 * - `expired`: the store does not know them, or does not any more: new ones may be had
 * - `range`: the object ends before the range begins, or is longer than allowed
 * - `busy`: may go well when tried again: the server is busy or fails, the network does, an answer was cut off
 * - `no-client`: the package that asks such a store is not installed; `what` names it
 * - `refused`: anything else that will not go away by itself
 */
export type ObjectFailureKind =
  | 'missing'
  | 'no-bucket'
  | 'denied'
  | 'credentials'
  | 'expired'
  | 'range'
  | 'busy'
  | 'no-client'
  | 'refused';

export class ObjectFailure extends Error {
  override readonly name = 'ObjectFailure';
  constructor(
    readonly kind: ObjectFailureKind,
    /** In a few words, as `HTTP 503 SlowDown`. */
    readonly what: string,
    /** Milliseconds that the server asks to wait. */
    readonly retryAfterMs?: number,
    options?: ErrorOptions,
  ) {
    super(what, options);
  }
}
