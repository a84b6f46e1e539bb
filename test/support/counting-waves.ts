import type { Storage } from '../../engine/blocks/storage.js';

export interface CountingWaves {
  /** Is read as a bucket is. */
  readonly storage: Storage;
  /** How many answers had to be waited for one after the other: requests that are made at once are one wave. */
  count(): number;
  restart(): void;
}

/** `joinWithin`: as a bucket has it. */
export function countingWaves(storage: Storage, joinWithin = 0): CountingWaves {
  let answered = 0;
  const within = async <T>(request: Promise<T>): Promise<T> => {
    const wave = answered + 1;
    const answer = await request;
    answered = Math.max(answered, wave);
    return answer;
  };
  return {
    storage: {
      description: storage.description,
      joinWithin,
      list: (prefix, options) => within(storage.list(prefix, options)),
      read: (path, limit, signal) => within(storage.read(path, limit, signal)),
      readRange: (path, start, end, signal) => within(storage.readRange(path, start, end, signal)),
      size: (path) => within(storage.size(path)),
    },
    count: () => answered,
    restart: () => {
      answered = 0;
    },
  };
}
