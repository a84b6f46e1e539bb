import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ColumnChunk } from '../../engine/blocks/flatten/parquet/footer.js';
import { readPages } from '../../engine/blocks/flatten/parquet/pages.js';
import { Codec } from '../../engine/blocks/flatten/parquet/parquet-format.js';
import { correctChecksums, footerOf } from '../support/checksums.js';

/** `npm run` starts in the repository; the compiled file lies elsewhere. */
const ROOT = process.cwd();

/** Two small blocks, which this repository carries. */
export const SMALL_BLOCKS = join(ROOT, 'test/fixtures/blocks/shop-v5');

/** The large blocks when they lie next to the repository (or in $BETRACE_SHARED), else the small ones that it carries. */
export function benchBlocks(): { readonly name: string; readonly directory: string } {
  const shared = process.env.BETRACE_SHARED ?? join(ROOT, '..', 'shared');
  const large = join(shared, 'blocks', 'bench-v5');
  if (existsSync(large)) return { name: 'bench-v5', directory: large };
  return { name: 'shop-v5 (bench-v5 is not here)', directory: SMALL_BLOCKS };
}

/**
 * Copies of the blocks whose traces have other ids, in one tenant: as much more data as there are copies.
 *
 * A trace id is 16 plain bytes of an uncompressed column. Only its last byte changes (and the checksums of the pages), so rows stay
 * sorted by id, and the fragments of a trace in two blocks still find each other.
 */
export function multiplyBlocks(directory: string, copies: number, into: string): void {
  const tenant = join(directory, 'blocks', 'single-tenant');
  for (const block of readdirSync(tenant, { withFileTypes: true })) {
    if (!block.isDirectory()) continue;
    const data = readFileSync(join(tenant, block.name, 'data.parquet'));
    const { ids, chunks } = traceIdsOf(data);
    for (let copy = 0; copy < copies; copy++) {
      const name = `${copy.toString(16).padStart(8, '0')}${block.name.slice(8)}`;
      const target = join(into, 'blocks', 'single-tenant', name);
      mkdirSync(target, { recursive: true });
      const meta = JSON.parse(readFileSync(join(tenant, block.name, 'meta.json'), 'utf8')) as object;
      writeFileSync(join(target, 'meta.json'), JSON.stringify({ ...meta, blockID: name }));
      if (copy === 0) {
        cpSync(join(tenant, block.name, 'data.parquet'), join(target, 'data.parquet'));
        continue;
      }
      const changed = Buffer.from(data);
      for (const offset of ids) changed[offset + 15] = changed[offset + 15]! ^ copy;
      correctChecksums(changed, chunks);
      writeFileSync(join(target, 'data.parquet'), changed);
    }
  }
}

/** Where the bytes of each trace id are in the file, and the column chunks that they lie in. */
export function traceIdsOf(data: Buffer): {
  readonly ids: readonly number[];
  readonly chunks: readonly ColumnChunk[];
} {
  const footer = footerOf(data);
  const leaf = footer.leaves.get('TraceID');
  if (leaf === undefined) throw new Error('a block without trace ids');
  const chunks = footer.rowGroups.map((group) => group.chunks[leaf.number]!);
  // DELTA_LENGTH_BYTE_ARRAY ends each page with the values themselves.
  const ids = chunks.flatMap((chunk) =>
    readPages(data.subarray(chunk.start, chunk.end), leaf, chunk).data.flatMap(({ body, entries, codec }) => {
      if (codec !== Codec.UNCOMPRESSED) throw new Error('compressed trace ids');
      const first = body.byteOffset - data.byteOffset + body.length - entries * 16;
      return Array.from({ length: entries }, (_, n) => first + n * 16);
    }),
  );
  return { ids, chunks };
}
