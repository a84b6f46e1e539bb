import type { Storage, Traffic } from '../blocks/storage.js';

/** Requests of a run to a bucket, and bytes read. */
export interface StorageRead extends Traffic {
  /** The address; never with a secret. */
  readonly storage: string;
  /** With which credentials, in words. */
  readonly identity: string | undefined;
}

/** Undefined for storage that is not asked over a network. */
export function storageRead({ description, identity, traffic }: Storage): StorageRead | undefined {
  return traffic === undefined ? undefined : { storage: description, identity, ...traffic };
}
