/**
 * A tenant's index: the metas of all its blocks in one object, which Tempo's compactor rewrites every few minutes as
 * `index.pb.zst` and `index.json.gz`. It may be stale: blocks come and go after `createdNs`.
 */

import { gunzipSync } from 'node:zlib';
import { messageOf } from '../../shared/message-of.js';
import { isBlockId, type MetaResult, readMeta } from '../meta.js';
import { parseRfc3339 } from '../meta-time.js';
import type { BlockProblem } from '../problem.js';
import { isNotFound, joinPath, type Storage, type TaggedBytes } from '../storage.js';
import { unzstd } from '../unzstd.js';
import { INDEX_FILES } from './index-files.js';
import { decodeTenantIndex } from './tenant-index-proto.js';
import type { Tenant } from './tenants.js';

/** The index of 22 000 blocks takes about 15 MB; more than this is not one. */
const MAX_INDEX_BYTES = 512 * 1024 * 1024;

export interface TenantIndex {
  /** Nanoseconds since the Unix epoch. */
  readonly createdNs: bigint;
  /** By block id. A meta that cannot be used is a problem of that block alone. */
  readonly blocks: ReadonlyMap<string, MetaResult>;
  /** Ids of blocks that were already compacted into others. */
  readonly compacted: ReadonlySet<string>;
}

export interface LoadedIndex {
  /** Absent when there is none, or none that can be read. */
  readonly index?: TenantIndex;
  /** What it was read from: an index of the same bytes, or with the same tag, says the same. */
  readonly source?: { readonly file: string } & ({ readonly bytes: Uint8Array } | { readonly tag: string });
  /** An index file that could not be read; not a reason to stop. */
  readonly warnings: readonly BlockProblem[];
}

/**
 * The first readable index file. Never rejects: what is wrong is a warning. Where `before` is given and nothing has changed since, it
 * is the result, without being decoded again.
 */
export async function loadTenantIndex(
  storage: Storage,
  tenant: Tenant,
  before?: LoadedIndex,
): Promise<LoadedIndex> {
  const warnings: BlockProblem[] = [];
  for (const file of INDEX_FILES) {
    const path = joinPath(tenant.path, file);
    try {
      const known = before?.source?.file === file ? before.source : undefined;
      const read = await readIndex(
        storage,
        path,
        known !== undefined && 'tag' in known ? known.tag : undefined,
      );
      if (before && (read === 'unchanged' || isSame(known, read.bytes))) return before;
      if (read === 'unchanged') throw new Error('it is said not to have changed since it was never read');
      // Where there is a tag, there is no need to keep the bytes.
      const source = read.tag === undefined ? { file, bytes: read.bytes } : { file, tag: read.tag };
      return { index: parseTenantIndex(file, read.bytes, tenant), source, warnings };
    } catch (error) {
      if (isNotFound(error)) continue;
      const message = `the tenant index ${file} cannot be read: ${messageOf(error)}`;
      warnings.push({ code: 'BT4005', severity: 'warning', tenant: tenant.name, path, message });
    }
  }
  return { warnings };
}

async function readIndex(
  storage: Storage,
  path: string,
  tag: string | undefined,
): Promise<TaggedBytes | 'unchanged'> {
  const limit = MAX_INDEX_BYTES;
  if (storage.readIfChanged === undefined) return { bytes: await storage.read(path, limit) };
  return await storage.readIfChanged(path, { tag, limit });
}

function isSame(known: LoadedIndex['source'], bytes: Uint8Array): boolean {
  return known !== undefined && 'bytes' in known && Buffer.compare(known.bytes, bytes) === 0;
}

/** Throws a plain `Error` for bytes that are not an index. `file` is one of `INDEX_FILES`. */
export function parseTenantIndex(file: string, bytes: Uint8Array, tenant: Tenant): TenantIndex {
  const json = file.endsWith('.pb.zst')
    ? decodeTenantIndex(unzstd(bytes, MAX_INDEX_BYTES))
    : parseJson(gunzip(bytes));
  const createdNs = typeof json.created_at === 'string' ? parseRfc3339(json.created_at) : undefined;
  if (createdNs === undefined) throw new Error('it has no valid created_at');
  const blocks = new Map<string, MetaResult>();
  for (const [blockId, meta] of metasOf(json.meta)) {
    blocks.set(blockId, readMeta(meta, { tenant: tenant.name, tenantPath: tenant.path, blockId }));
  }
  return { createdNs, blocks, compacted: new Set(metasOf(json.compacted).map(([blockId]) => blockId)) };
}

function metasOf(list: unknown): readonly (readonly [string, unknown])[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw new Error('its list of blocks is not a list');
  return (list as readonly unknown[]).map((meta) => {
    const blockId = isObject(meta) ? meta.blockID : undefined;
    // Ids become paths: nothing but a UUID may pass.
    if (typeof blockId !== 'string' || !isBlockId(blockId))
      throw new Error('it names a block without a valid id');
    return [blockId, meta];
  });
}

function parseJson(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (!isObject(json)) throw new Error('it is not an object');
  return json;
}

function gunzip(bytes: Uint8Array): Uint8Array {
  return gunzipSync(bytes, { maxOutputLength: MAX_INDEX_BYTES });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
