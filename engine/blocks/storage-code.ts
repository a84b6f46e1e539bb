import type { BlockProblemCode } from './problem-codes.js';
import type { StorageErrorKind } from './storage.js';

/** What a storage that could not be read is called, where that is about one block or file of it. */
export const STORAGE_CODES = {
  'not-found': 'BT4003',
  outside: 'BT4004',
  range: 'BT4010',
  'no-bucket': 'BT4006',
  denied: 'BT4007',
  credentials: 'BT4008',
  busy: 'BT4009',
  'no-client': 'BT4014',
  io: 'BT4004',
} as const satisfies Readonly<Record<StorageErrorKind, BlockProblemCode>>;
