import type { VersionedObjects } from '../../engine/blocks/storage.js';
import type { SharedText } from '../../engine/live/ownership/shared-text.js';

/** A record has a mark for each rule and revision, a few claims, and some violations that are judged once more. */
export const RECORD_BYTES = 16 * 2 ** 20;

/** The record of a tenant in a store. */
export function ownerFile(versions: VersionedObjects, tenant: string): SharedText {
  const path = `owners/${encodeURIComponent(tenant)}.json`;
  return {
    read: async () => {
      const found = await versions.read(path, RECORD_BYTES);
      if (found === undefined) return undefined;
      return { text: Buffer.from(found.bytes).toString(), version: found.version };
    },
    write: async (text, version) => await versions.write(path, Buffer.from(text), version),
  };
}
