/** The contract over a directory and over a store in memory; `servers.test.ts` has real servers. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { localStorage } from '../../../engine/blocks/storage-local.js';
import { OBJECTS, storageContract } from './contract.js';
import { MemoryStore, storageOf } from './memory-store.js';

describe('a directory', () => {
  const root = mkdtempSync(join(tmpdir(), 'betrace-contract-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of OBJECTS) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  storageContract(() => localStorage(root));
});

describe.each(['', 'a/deep prefix'])('a bucket with the prefix "%s"', (prefix) => {
  storageContract(() => {
    const store = new MemoryStore();
    for (const [path, text] of OBJECTS) store.put(prefix === '' ? path : `${prefix}/${path}`, text);
    return storageOf(store, prefix);
  });
});
