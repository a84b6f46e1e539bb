/** One trace out of one block, touching only what it must: bloom filter, footer, page index, and the pages of its row. */
import { type BloomHashes, bloomHashes, bloomMayHold, bloomShard } from '../bloom.js';
import type { BlockMeta } from '../meta.js';
import type { BlockFiles, ReadCount } from './block-files.js';
import { findRows } from './find-row.js';
import type { ResourceSpans } from './otlp-trace.js';
import { readRow } from './read-row.js';
import { spansOfRow } from './spans-of-row.js';

/** What is looked for; made once for all blocks. */
export interface WantedTrace {
  readonly traceId: Uint8Array;
  readonly hashes: BloomHashes;
}

/** `traceId` has 16 bytes. */
export function wantedTrace(traceId: Uint8Array): WantedTrace {
  return { traceId, hashes: bloomHashes(traceId) };
}

/** The fragments of the trace that the block holds, one for each row; none is the usual answer. */
export type Fragments = readonly (readonly ResourceSpans[])[];

/**
 * Rejects with `StorageError`, `CorruptError`, `ForeignFileError`, `UnknownShapeError`; `blockProblemOf` gives each its name.
 */
export async function readTrace(
  files: BlockFiles,
  block: BlockMeta,
  { traceId, hashes }: WantedTrace,
  count: ReadCount,
): Promise<Fragments> {
  const bloom = await files.bloom(block, bloomShard(traceId, block.bloomShards), count);
  if (bloom !== 'none' && !bloomMayHold(bloom, hashes)) return [];
  const footer = await files.footer(block, count);
  const rows = await findRows(files, block, footer, traceId, count);
  return await Promise.all(
    rows.map(async (place) => spansOfRow(await readRow(files, block, footer, place, count), footer, block)),
  );
}
