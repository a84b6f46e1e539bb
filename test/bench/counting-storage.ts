import type { ByteRange, Storage } from '../../engine/blocks/storage.js';

/** Parts of objects that were asked for. */
export interface ReadCounts {
  readonly requests: number;
  readonly bytes: number;
}

/** A storage that is read as a bucket is, which adds the requests to it to `counted`, and reports each. */
export function countingStorage(
  storage: Storage,
  counted: { requests: number; bytes: number },
  onRead?: (read: ByteRange & { readonly path: string }) => void,
): Storage {
  return {
    description: storage.description,
    list: (prefix, options) => storage.list(prefix, options),
    read: (path, limit, signal) => storage.read(path, limit, signal),
    size: (path) => storage.size(path),
    readRange: async (path, start, end, signal) => {
      counted.requests++;
      counted.bytes += end - start;
      onRead?.({ path, start, end });
      return await storage.readRange(path, start, end, signal);
    },
  };
}
