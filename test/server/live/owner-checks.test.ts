/** Where replicas agree on owners, writes are conditional: a place that only seems so is refused at the start. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { VersionedObjects } from '../../../engine/blocks/storage.js';
import { localStorage } from '../../../engine/blocks/storage-local.js';
import { checkWrites } from '../../../server/live/owners.js';

const folder = mkdtempSync(join(tmpdir(), 'betrace-owners-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('a folder is taken, again and again', async () => {
  const versions = localStorage(folder).versions!;
  for (let start = 0; start < 2; start++) await checkWrites(versions, folder, 'a');
});

it('a store that takes conditions and does not heed them is refused', async () => {
  const objects = new Map<string, Uint8Array>();
  const versions: VersionedObjects = {
    read: async (path) => {
      const bytes = objects.get(path);
      return bytes === undefined ? undefined : { bytes, version: '1' };
    },
    write: async (path, bytes) => {
      objects.set(path, bytes);
      return { version: '1' };
    },
  };
  await expect(checkWrites(versions, 's3://b/c', 'a')).rejects.toThrow(
    /^BT5048: live\.owners "s3:\/\/b\/c" does not make writes conditional/,
  );
});

it('a place that cannot be written is refused', async () => {
  const file = join(folder, 'a file');
  writeFileSync(file, '');
  await expect(checkWrites(localStorage(file).versions!, file, 'a')).rejects.toThrow(
    /^BT5048: live\.owners ".*a file": cannot be written \(.*\)\. It has to be read and written\.$/,
  );
});
