import { BlockReadError, CorruptError, ForeignFileError, UnknownShapeError } from './flatten/error.js';
import type { BlockMeta } from './meta.js';
import type { BlockProblem } from './problem.js';
import type { BlockProblemCode } from './problem-codes.js';
import { StorageError } from './storage.js';
import { STORAGE_CODES } from './storage-code.js';

/** What an error says of a block that could not be read; `undefined` for an error that is not the block's. */
export function blockProblemOf(block: BlockMeta, error: unknown): BlockProblem | undefined {
  const place = { tenant: block.tenant, blockId: block.blockId, startNs: block.startNs, endNs: block.endNs };
  const problem = (code: BlockProblemCode, message: string, path = block.dataPath): BlockProblem => ({
    code,
    severity: 'error',
    ...place,
    path,
    message,
  });
  if (error instanceof BlockReadError) return problem(error.code, error.what, error.path);
  if (error instanceof ForeignFileError) return problem('BT4011', error.message);
  if (error instanceof CorruptError || error instanceof UnknownShapeError)
    return problem('BT4010', error.message);
  if (!(error instanceof StorageError)) return undefined;
  if (error.kind === 'not-found') return problem('BT4003', 'its data file is gone', error.path);
  return problem(STORAGE_CODES[error.kind], error.message, error.path);
}
