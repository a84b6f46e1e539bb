import type { VersionedObjects } from '../../blocks/storage.js';

/** The record of a tenant where replicas share it. Rejections are those of the store. */
export interface SharedText {
  /** Undefined where there is none. */
  read(): Promise<{ readonly text: string; readonly version: string } | undefined>;
  /** `changed` where another version is there, and perhaps where an answer was lost. */
  write(text: string, version: string | undefined): Promise<{ readonly version: string } | 'changed'>;
}

/** A record has a mark for each rule and revision, and a few claims. */
export const RECORD_BYTES = 16 * 2 ** 20;

/** The record of a tenant in a store. */
export function sharedText(versions: VersionedObjects, tenant: string): SharedText {
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
