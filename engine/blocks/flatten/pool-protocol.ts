/** What the pool and its workers say to each other; all of it survives `structuredClone`. */
import type { ColumnNeeds } from '../../plan/schema.js';
import type { FlatBlock } from '../../sql/relations/flat.js';
import type { BlockMeta } from '../meta.js';
import { StorageError, type StorageErrorKind } from '../storage.js';
import { type BlockReadCode, BlockReadError } from './error.js';
import type { FlatBase, FlatPaths } from './flat/paths.js';

export type ToWorker =
  | {
      readonly kind: 'flatten';
      /** What the messages about it name it by. */
      readonly job: number;
      readonly block: BlockMeta;
      readonly needs: ColumnNeeds;
      readonly paths: FlatPaths;
      readonly base: FlatBase | undefined;
      /** See `flattenRows`; absent for all traces. */
      readonly rows: readonly number[] | undefined;
      /** See `FlattenOptions`. */
      readonly memory: number;
      /** A directory to read by oneself; absent when bytes are to be asked for. */
      readonly root: string | undefined;
    }
  | { readonly kind: 'abort'; readonly job: number }
  | { readonly kind: 'answer'; readonly request: number; readonly value: Uint8Array | number }
  | { readonly kind: 'refusal'; readonly request: number; readonly error: ErrorMessage };

export type FromWorker =
  | Asking
  | { readonly kind: 'done'; readonly job: number; readonly flat: FlatBlock | undefined }
  | { readonly kind: 'failed'; readonly job: number; readonly error: ErrorMessage };

/** A worker wants bytes for a job. */
export interface Asking {
  readonly kind: 'ask';
  readonly job: number;
  readonly request: number;
  readonly ask: Ask;
}

/** A call of `Storage`, or for room for so many bytes that the job takes until it is done. */
export type Ask =
  | { readonly call: 'room'; readonly bytes: number }
  | { readonly call: 'readRange'; readonly path: string; readonly start: number; readonly end: number }
  | { readonly call: 'size'; readonly path: string };

export type ErrorMessage =
  | {
      readonly kind: 'block';
      readonly code: BlockReadCode;
      readonly blockId: string;
      readonly path: string;
      readonly what: string;
    }
  | {
      readonly kind: 'storage';
      readonly error: StorageErrorKind;
      readonly path: string;
      readonly message: string;
    }
  | {
      readonly kind: 'other';
      readonly message: string;
      readonly stack: string | undefined;
      readonly code: unknown;
    };

export function toMessage(error: unknown): ErrorMessage {
  if (error instanceof BlockReadError) {
    const { code, blockId, path, what } = error;
    return { kind: 'block', code, blockId, path, what };
  }
  if (error instanceof StorageError) {
    return { kind: 'storage', error: error.kind, path: error.path, message: error.message };
  }
  if (!(error instanceof Error)) {
    return { kind: 'other', message: String(error), stack: undefined, code: undefined };
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { kind: 'other', message: error.message, stack: error.stack, code };
}

export function fromMessage(message: ErrorMessage): Error {
  if (message.kind === 'block') {
    return new BlockReadError(message.code, message.blockId, message.path, message.what);
  }
  if (message.kind === 'storage') return new StorageError(message.error, message.path, message.message);
  const error = new Error(message.message);
  if (message.stack !== undefined) error.stack = message.stack;
  return message.code === undefined ? error : Object.assign(error, { code: message.code });
}
