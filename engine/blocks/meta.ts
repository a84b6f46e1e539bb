/** A block's `meta.json`: what Tempo says of a block apart from its rows (`BlockMeta` of tempodb/backend/v1/v1.proto). */
import { BLOCK_FORMATS, type BlockFormat } from './block-formats.js';
import type { IdRange } from './id-range.js';
import { parseRfc3339 } from './meta-time.js';
import type { BlockProblem } from './problem.js';
import type { BlockProblemCode } from './problem-codes.js';
import { joinPath } from './storage.js';

export interface BlockMeta {
  /** The tenant's and the block's directory names: a copied block is a block of its own, whatever its meta.json says. */
  readonly tenant: string;
  readonly blockId: string;
  readonly format: BlockFormat;
  /** Nanoseconds since the Unix epoch, both inclusive. Tempo clamps them: spans may lie outside. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** Rows, that is traces or fragments of traces. */
  readonly totalObjects: number;
  /** Bytes of the data file. */
  readonly size: number;
  /** Bytes of the parquet footer; 0 when not known. */
  readonly footerSize: number;
  /** Row groups. */
  readonly totalRecords: number;
  /** Bloom filters: how many objects `bloom-0` … there are. */
  readonly bloomShards: number;
  /** 0 for a fresh block, one more for each compaction. */
  readonly compactionLevel: number;
  /** Copies that Tempo wrote of each span; 3 when the meta has none (blocks of 2.x ingesters). */
  readonly replicationFactor: number;
  /** In Tempo's order, which decides what column each one is in. */
  readonly dedicatedColumns: readonly DedicatedColumn[];
  /** The data file in the storage. */
  readonly dataPath: string;
  /** Of a part of the block: the traces with these ids, as if it had no others. Absent for all of it. */
  readonly ids?: IdRange;
}

interface DedicatedColumn {
  readonly scope: 'resource' | 'span' | 'event';
  readonly name: string;
  readonly type: 'string' | 'int';
  /** `array`, `blob`. Neither changes the column's number. */
  readonly options: readonly string[];
}

/** Where a block lies. `tenantPath` is the tenant's directory in the storage. */
export interface BlockPlace {
  readonly tenant: string;
  readonly tenantPath: string;
  readonly blockId: string;
}

export type MetaResult =
  | { readonly kind: 'meta'; readonly meta: BlockMeta }
  | { readonly kind: 'problem'; readonly problem: BlockProblem };

/** Block directories are named by UUIDs; everything else in a tenant's directory is not a block. */
export function isBlockId(name: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name);
}

/** The text of a `meta.json`. */
export function parseMeta(text: string, place: BlockPlace): MetaResult {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return problem(place, 'BT4001', 'meta.json is not JSON');
  }
  return readMeta(json, place);
}

/** A meta as a value: the JSON of `meta.json`, or an element of a tenant index. */
export function readMeta(json: unknown, place: BlockPlace): MetaResult {
  if (!isRecord(json)) return problem(place, 'BT4001', 'meta.json is not an object');
  const startNs = time(json.startTime);
  const endNs = time(json.endTime);
  const times = startNs !== undefined && endNs !== undefined ? { startNs, endNs } : undefined;
  const fail = (code: BlockProblemCode, message: string) => problem(place, code, message, times);
  const format = json.format;
  if (typeof format !== 'string') return fail('BT4001', 'meta.json names no format');
  if (!isBlockFormat(format)) {
    return fail('BT4002', `the block format "${format}" is not supported; ${BLOCK_FORMATS.join(', ')} are`);
  }
  if (!times) return fail('BT4001', 'meta.json has no valid startTime and endTime');
  const counts = readCounts(json);
  if (typeof counts === 'string') return fail('BT4001', `meta.json has no valid ${counts}`);
  const columns = readDedicatedColumns(json.dedicatedColumns);
  if (typeof columns === 'string') return fail('BT4002', columns);
  return {
    kind: 'meta',
    meta: {
      tenant: place.tenant,
      blockId: place.blockId,
      format,
      ...times,
      ...counts,
      dedicatedColumns: columns,
      dataPath: joinPath(place.tenantPath, place.blockId, 'data.parquet'),
    },
  };
}

function readCounts(json: Readonly<Record<string, unknown>>) {
  const totalObjects = count(json.totalObjects);
  if (totalObjects === undefined) return 'totalObjects';
  const size = count(json.size);
  if (size === undefined) return 'size';
  const footerSize = count(json.footerSize);
  if (footerSize === undefined) return 'footerSize';
  const totalRecords = count(json.totalRecords);
  if (totalRecords === undefined) return 'totalRecords';
  const bloomShards = count(json.bloomShards);
  if (bloomShards === undefined) return 'bloomShards';
  const compactionLevel = count(json.compactionLevel);
  if (compactionLevel === undefined) return 'compactionLevel';
  const replicationFactor = count(json.replicationFactor);
  if (replicationFactor === undefined) return 'replicationFactor';
  // Tempo leaves the factor out for blocks of 2.x ingesters, which wrote three copies.
  return {
    totalObjects,
    size,
    footerSize,
    totalRecords,
    bloomShards,
    compactionLevel,
    replicationFactor: replicationFactor || 3,
  };
}

/** The columns, or what is wrong with them: one that is not understood would silently hide an attribute. */
function readDedicatedColumns(json: unknown): readonly DedicatedColumn[] | string {
  if (json === undefined || json === null) return [];
  if (!Array.isArray(json)) return 'dedicatedColumns of meta.json is not a list';
  const columns: DedicatedColumn[] = [];
  for (const entry of json as readonly unknown[]) {
    if (!isRecord(entry)) return 'a dedicated column of meta.json is not an object';
    const { s: scope = 'span', n: name, t: type = 'string', o: options = [] } = entry;
    if (typeof name !== 'string') return 'a dedicated column of meta.json has no name';
    if (scope !== 'resource' && scope !== 'span' && scope !== 'event') {
      return `the scope "${String(scope)}" of dedicated column "${name}" is not supported`;
    }
    if (type !== 'string' && type !== 'int') {
      return `the type "${String(type)}" of dedicated column "${name}" is not supported`;
    }
    if (!Array.isArray(options)) return `the options of dedicated column "${name}" are not a list`;
    columns.push({ scope, name, type, options: (options as readonly unknown[]).map(String) });
  }
  return columns;
}

function isBlockFormat(format: string): format is BlockFormat {
  return (BLOCK_FORMATS as readonly string[]).includes(format);
}

function time(value: unknown): bigint | undefined {
  return typeof value === 'string' ? parseRfc3339(value) : undefined;
}

/** proto3 JSON leaves zeros out. */
function count(value: unknown): number | undefined {
  if (value === undefined || value === null) return 0;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function problem(
  place: BlockPlace,
  code: BlockProblemCode,
  message: string,
  times?: { readonly startNs: bigint; readonly endNs: bigint },
): MetaResult {
  const { tenant, blockId, tenantPath } = place;
  const path = joinPath(tenantPath, blockId, 'meta.json');
  return { kind: 'problem', problem: { code, severity: 'error', tenant, blockId, path, message, ...times } };
}
