/** What became of one block, by its own files. */
import { type MetaResult, parseMeta } from '../meta.js';
import { isNotFound, joinPath, type Storage, StorageError } from '../storage.js';
import { STORAGE_CODES } from '../storage-code.js';
import type { Tenant } from './tenants.js';

/** `gone` has neither meta. */
export type BlockState = MetaResult | { readonly kind: 'compacted' | 'gone' };

/** Those of Tempo have some hundred bytes; with many dedicated columns some thousand. */
const MAX_META_BYTES = 1 << 20;

/** Looks or reads at once, for one tenant. */
export const REQUESTS_AT_ONCE = 16;

/** Reads what is there now. A meta from the index is used again if its block is still there. */
export async function lookAt(
  storage: Storage,
  tenant: Tenant,
  blockId: string,
  indexed: MetaResult | undefined,
): Promise<BlockState> {
  const path = joinPath(tenant.path, blockId, 'meta.json');
  try {
    if (indexed) {
      await storage.size(path);
      return indexed;
    }
    const text = new TextDecoder().decode(await storage.read(path, MAX_META_BYTES));
    return parseMeta(text, { tenant: tenant.name, tenantPath: tenant.path, blockId });
  } catch (error) {
    if (!isNotFound(error)) return unreadable(tenant, blockId, path, error);
  }
  const compactedPath = joinPath(tenant.path, blockId, 'meta.compacted.json');
  try {
    await storage.size(compactedPath);
    return { kind: 'compacted' };
  } catch (error) {
    return isNotFound(error) ? { kind: 'gone' } : unreadable(tenant, blockId, compactedPath, error);
  }
}

/** The meta of a block that was compacted; undefined where it cannot be had any more. */
export async function readCompacted(
  storage: Storage,
  tenant: Tenant,
  blockId: string,
): Promise<MetaResult | undefined> {
  const path = joinPath(tenant.path, blockId, 'meta.compacted.json');
  try {
    const text = new TextDecoder().decode(await storage.read(path, MAX_META_BYTES));
    return parseMeta(text, { tenant: tenant.name, tenantPath: tenant.path, blockId });
  } catch (error) {
    if (error instanceof StorageError) return undefined;
    throw error;
  }
}

function unreadable(tenant: Tenant, blockId: string, path: string, error: unknown): MetaResult {
  if (!(error instanceof StorageError)) throw error;
  const file = path.slice(path.lastIndexOf('/') + 1);
  const message = `${file} ${error.message}`;
  return {
    kind: 'problem',
    problem: {
      code: STORAGE_CODES[error.kind],
      severity: 'error',
      tenant: tenant.name,
      blockId,
      path,
      message,
    },
  };
}
