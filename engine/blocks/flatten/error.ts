/** What goes wrong when the bytes of a block are read. */
import type { STORAGE_CODES } from '../storage-code.js';

/**
 * - `BT4003` the block's data file is gone (compaction, retention)
 * - `BT4004` the storage could not be read, or, where it is a bucket, `BT4006` to `BT4009` say why
 * - `BT4010` the file is truncated, corrupt or not a block of Tempo
 * - `BT4011` the file's schema lacks a column that every block has
 * - `BT4012` the worker that read the block crashed, or memory was not enough
 */
export type BlockReadCode = (typeof STORAGE_CODES)[keyof typeof STORAGE_CODES] | 'BT4011' | 'BT4012';

/** The one error that reading a block ends with; other blocks are not affected. */
export class BlockReadError extends Error {
  override readonly name = 'BlockReadError';
  constructor(
    readonly code: BlockReadCode,
    readonly blockId: string,
    /** In the storage. */
    readonly path: string,
    /** One sentence without the block id; may hold characters of the file: escape it on output. */
    readonly what: string,
    options?: ErrorOptions,
  ) {
    super(`block ${blockId} (${path}): ${what} [${code}]`, options);
  }
}

/** Bytes that no writer of parquet makes. Thrown deep inside; `flattenBlock` turns it into a `BlockReadError`. */
export class CorruptError extends Error {
  override readonly name = 'CorruptError';
}

/** Valid parquet in a shape that the fast path does not know: the block is read by `nested.ts` instead. */
export class UnknownShapeError extends Error {
  override readonly name = 'UnknownShapeError';
}

/** A column that every block of Tempo has is not there, or has another type: a foreign file. */
export class ForeignFileError extends Error {
  override readonly name = 'ForeignFileError';
}

export function corrupt(what: string): never {
  throw new CorruptError(what);
}
