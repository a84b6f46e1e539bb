/** A folder of Tempo with one block that is made of traces. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BlockFormat } from '../../engine/blocks/block-formats.js';
import type { Trace } from '../../engine/otlp/model.js';
import { schemaOf } from '../blocks/flatten/made-blocks.js';
import { type WriteOptions, writeNested } from '../blocks/flatten/nested-writer.js';
import { tempoRow } from './tempo-rows.js';

/** Blocks of a real Tempo, whose meta.json is taken as an example. */
const EXAMPLES: Readonly<Record<BlockFormat, string>> = {
  vParquet3: 'shop-v4',
  vParquet4: 'shop-v4',
  vParquet5: 'shop-v5',
};

/** Each of `blocks` is a block with one row for each trace, of which one may be in several. Returns `root`. */
export function makeStorage(
  root: string,
  format: BlockFormat,
  ...blocks: readonly (readonly Trace[])[]
): string {
  return makeStorageIn(root, format, {}, blocks);
}

/** The same with pages, row groups and indexes as `shape` has them. */
export function makeStorageIn(
  root: string,
  format: BlockFormat,
  shape: WriteOptions,
  blocks: readonly (readonly Trace[])[],
): string {
  const example = exampleMeta(EXAMPLES[format]);
  for (const [n, traces] of blocks.entries()) {
    const rows = traces.map((trace) => tempoRow(trace, format));
    putBlock(join(root, 'single-tenant'), n + 1, format, rows, { ...example, ...timesOf(traces) }, shape);
  }
  return root;
}

/** Puts a block with these rows into the folder of a tenant; `meta` says what the rows do not. */
export function putBlock(
  tenant: string,
  number: number,
  format: BlockFormat,
  rows: readonly Readonly<Record<string, unknown>>[],
  meta: object,
  shape: WriteOptions = {},
): void {
  const bytes = writeNested(schemaOf(format), rows, { texts: 'dictionary', numbers: 'delta', ...shape });
  const blockID = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  const folder = join(tenant, blockID);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'data.parquet'), bytes);
  writeFileSync(
    join(folder, 'meta.json'),
    JSON.stringify({
      ...meta,
      blockID,
      size: bytes.length,
      format,
      footerSize: 0,
      totalObjects: rows.length,
      dedicatedColumns: [],
    }),
  );
}

/** As Tempo has them: the first start and the last end. Those of the example where there are no traces. */
function timesOf(traces: readonly Trace[]): object {
  const spans = traces.flatMap((trace) => trace.spans);
  if (spans.length === 0) return {};
  const times = spans
    .flatMap(({ start, duration }) => [start, start + duration])
    .map((ns) => Number(ns / 1_000_000n));
  const first = times.reduce((a, b) => Math.min(a, b));
  const last = times.reduce((a, b) => Math.max(a, b));
  return { startTime: new Date(first).toISOString(), endTime: new Date(last + 1).toISOString() };
}

/** The meta.json of a block of Tempo in a folder of `fixtures/blocks`. */
export function exampleMeta(name: string): object {
  // `npm run` and vitest start in the repository; the compiled file lies elsewhere.
  const tenant = join(process.cwd(), 'test/fixtures/blocks', name, 'blocks/single-tenant');
  const block = readdirSync(tenant).find((name) => name.length === 36)!;
  return JSON.parse(readFileSync(join(tenant, block, 'meta.json'), 'utf8')) as object;
}
