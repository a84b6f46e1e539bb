/** The contract over a directory and over a store in memory; `servers.test.ts` has real servers. */
import { describe } from 'vitest';
import { localStorage } from '../../../engine/blocks/storage-local.js';
import { directoryOf } from '../storage/support.js';
import { OBJECTS, storageContract } from './contract.js';
import { MemoryStore, storageOf } from './memory-store.js';

describe('a directory', () => {
  storageContract(async () => localStorage(await directoryOf(Object.fromEntries(OBJECTS))));
});

describe.each(['', 'a/deep prefix'])('a bucket with the prefix "%s"', (prefix) => {
  storageContract(() => {
    const store = new MemoryStore();
    for (const [path, text] of OBJECTS) store.put(prefix === '' ? path : `${prefix}/${path}`, text);
    return storageOf(store, prefix);
  });
});
