import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { loadTenantIndex, parseTenantIndex } from '../../../engine/blocks/listing/tenant-index.js';
import { decodeTenantIndex } from '../../../engine/blocks/listing/tenant-index-proto.js';
import { localStorage } from '../../../engine/blocks/storage-local.js';
import { blockId, directoryOf, FIXTURES, metaJson } from './support.js';

const TENANT = { name: 'shop', path: '' };
const fixture = (name: string, file: string) =>
  readFileSync(join(FIXTURES, name, 'blocks', 'single-tenant', file));
const json = (value: unknown) => gzipSync(JSON.stringify(value));

test.each([
  ['shop-v5', 2],
  ['shop-v4', 1],
  ['conf-v5', 1],
])('both forms of the index of %s say the same', (name, size) => {
  const proto = parseTenantIndex('index.pb.zst', fixture(name, 'index.pb.zst'), TENANT);
  expect(proto).toEqual(parseTenantIndex('index.json.gz', fixture(name, 'index.json.gz'), TENANT));
  expect(proto.blocks.size).toBe(size);
  expect([...proto.blocks.values()].every((result) => result.kind === 'meta')).toBe(true);
  expect(proto.createdNs).toBeGreaterThan(1795300000_000_000_000n);
});

test('compacted blocks are named apart, in both forms', () => {
  const index = { created_at: '2026-11-20T00:00:00Z', meta: null, compacted: [metaJson(blockId(7))] };
  const parsed = parseTenantIndex('index.json.gz', json(index), TENANT);
  expect([parsed.blocks.size, ...parsed.compacted]).toEqual([0, blockId(7)]);
  const message = (field: number, bytes: readonly number[]) => [field * 8 + 2, bytes.length, ...bytes];
  const id = [...Buffer.from(blockId(7).replaceAll('-', ''), 'hex')];
  // Fields that the fixtures have only zeros in: compactionLevel is 10.
  expect(decodeTenantIndex(Uint8Array.from(message(2, [80, 2]))).meta).toEqual([{ compactionLevel: 2 }]);
  const proto = Uint8Array.from(message(3, [...message(1, message(2, id)), ...message(2, [8, 1])]));
  expect(decodeTenantIndex(proto).compacted).toEqual([{ blockID: blockId(7) }]);
});

test('a block that cannot be used is a problem of that block alone', () => {
  const meta = [metaJson(blockId(1)), metaJson(blockId(2), 0, { format: 'vParquet2' })];
  const { blocks } = parseTenantIndex(
    'index.json.gz',
    json({ created_at: '2026-11-20T00:00:00Z', meta }),
    TENANT,
  );
  expect([...blocks].map(([id, { kind }]) => [id, kind])).toEqual([
    [blockId(1), 'meta'],
    [blockId(2), 'problem'],
  ]);
});

test.each<[string, Uint8Array]>([
  ['index.json.gz', Buffer.from('not gzip')],
  ['index.json.gz', gzipSync('not json')],
  ['index.json.gz', json([])],
  ['index.json.gz', json({ meta: [] })],
  ['index.json.gz', json({ created_at: '2026-11-20T00:00:00Z', meta: {} })],
  ['index.json.gz', json({ created_at: '2026-11-20T00:00:00Z', meta: [{ blockID: '../../etc' }] })],
  ['index.json.gz', fixture('conf-v5', 'index.json.gz').subarray(0, 200)],
  ['index.pb.zst', Buffer.from('not zstd')],
  ['index.pb.zst', fixture('conf-v5', 'index.pb.zst').subarray(0, 200)],
  ['index.pb.zst', Buffer.alloc(0)],
])('a corrupt %s is an error (%#)', (file, bytes) => {
  expect(() => parseTenantIndex(file, bytes, TENANT)).toThrow(Error);
});

test('a cut in the middle of a field of the protobuf form is an error', () => {
  const whole = Uint8Array.from([10, 2, 8, 1, 18, 3, 10, 1, 65, 18, 2, 64, 5]);
  for (let length = 0; length <= whole.length; length++) {
    const decode = () => decodeTenantIndex(whole.subarray(0, length));
    if ([0, 4, 9, 13].includes(length)) expect(decode).not.toThrow();
    else expect(decode).toThrow(/ends in the middle/);
  }
  expect(() => decodeTenantIndex(Uint8Array.from([15]))).toThrow('wire type 7');
  expect(() => decodeTenantIndex(new Uint8Array(20).fill(255))).toThrow('longer than 10 bytes');
});

test('the other form stands in for a corrupt one, with a warning', async () => {
  const storage = localStorage(
    await directoryOf({ 'index.pb.zst': 'junk', 'index.json.gz': fixture('conf-v5', 'index.json.gz') }),
  );
  const { index, warnings } = await loadTenantIndex(storage, TENANT);
  expect(index?.blocks.size).toBe(1);
  expect(warnings).toMatchObject([{ code: 'BT4005', severity: 'warning', path: 'index.pb.zst' }]);
});
