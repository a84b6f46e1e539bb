import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { FlatPaths } from '../../../engine/blocks/cache/cache-entry.js';
import type { BlockMeta } from '../../../engine/blocks/meta.js';
import type { ColumnNeeds } from '../../../engine/plan/schema.js';
import type { FlatBlock } from '../../../engine/sql/relations/flat.js';

export const FIXTURES = fileURLToPath(new URL('../../fixtures/blocks', import.meta.url));

/** A new directory with these files, removed when the test ends. */
export async function directoryOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'betrace-test-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

/** Block ids that sort as their numbers do. */
export function blockId(number: number): string {
  return `${number.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
}

/** A meta as Tempo writes it, one hour long from `hour` o'clock on 2026-11-20. */
export function metaJson(id: string, hour = 0, more: Readonly<Record<string, unknown>> = {}) {
  const timeOf = (minute: number) =>
    new Date(Date.UTC(2026, 10, 20, hour, minute)).toISOString().replace('.000', '');
  return {
    format: 'vParquet5',
    blockID: id,
    tenantID: 'shop',
    startTime: timeOf(0),
    endTime: timeOf(60),
    totalObjects: 10,
    size: 1000,
    compactionLevel: 0,
    totalRecords: 1,
    bloomShards: 1,
    footerSize: 100,
    replicationFactor: 1,
    ...more,
  };
}

export function blockMeta(more: Partial<BlockMeta>): BlockMeta {
  return {
    tenant: 'shop',
    blockId: blockId(1),
    format: 'vParquet5',
    startNs: 1n,
    endNs: 2n,
    totalObjects: 10,
    size: 1000,
    footerSize: 100,
    totalRecords: 1,
    bloomShards: 1,
    compactionLevel: 0,
    replicationFactor: 1,
    dedicatedColumns: [],
    dataPath: 'data.parquet',
    ...more,
  };
}

export function needs(more: Partial<ColumnNeeds>): ColumnNeeds {
  return { spans: ['name'], spanAttributes: [], ...more };
}

/** What a build of the cache's does, with text for parquet. */
export async function writeFlat(paths: FlatPaths, spans: string): Promise<FlatBlock> {
  await writeFile(paths.traces, 'traces');
  await writeFile(paths.spans, spans);
  return {
    blockId: blockId(1),
    traces: paths.traces,
    spans: paths.spans,
    traceCount: 3,
    spanCount: 7,
    bytesRead: 99,
  };
}
