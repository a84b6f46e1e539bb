/** A block that cannot be read costs its own traces and nothing else, and the result says so everywhere. */
import { open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { footerLength, readFooter, TAIL_BYTES } from '../../../engine/blocks/flatten/parquet/footer.js';
import { Encoding } from '../../../engine/blocks/flatten/parquet/parquet-format.js';
import { ThriftReader } from '../../../engine/blocks/flatten/parquet/thrift-reader.js';
import { betrace } from '../cli/support.js';
import { copyOfBlocks, replayed, SHOP_RULES, temporary } from './support.js';

/** The later halves of the split traces of shop-v5. */
const LATE = '4c723e5f-8db2-4b44-bfb9-e7e06ec6af8d';

async function corrupt(path: string): Promise<void> {
  const file = await open(path, 'r+');
  const { size } = await file.stat();
  await file.write(Buffer.alloc(Math.floor(size / 2), 0xa5), 0, undefined, Math.floor(size / 4));
  await file.close();
}

/** The header of the first page of start times says another encoding; no checksum covers headers. */
async function encodeOtherwise(path: string): Promise<void> {
  const data = await readFile(path);
  const length = footerLength(data.subarray(-TAIL_BYTES), data.length);
  const from = data.length - TAIL_BYTES - length;
  const footer = readFooter(data.subarray(from, from + length), data.length);
  const leaf = [...footer.leaves.values()].find(
    (column) => column.path.endsWith('StartTimeUnixNano') && column.maxRep > 0,
  )!;
  const header = new ThriftReader(data, footer.rowGroups[0]!.chunks[leaf.number]!.start);
  for (let id = header.begin(); id !== 0; id = header.next()) {
    if (id !== 8) header.skip();
    else
      for (let part = header.begin(); part !== 0; part = header.next()) {
        if (part === 4) data[header.at] = 2 * Encoding.DELTA_BYTE_ARRAY;
        header.skip();
      }
  }
  await writeFile(path, data);
}

test.each<[string, (block: string) => Promise<void>, RegExp]>([
  ['truncated', (block) => truncate(join(block, 'data.parquet'), 1000), /^BT4010$/],
  ['corrupt', (block) => corrupt(join(block, 'data.parquet')), /^BT4010$/],
  [
    'of values that only the database finds wrong',
    (block) => encodeOtherwise(join(block, 'data.parquet')),
    /^BT4010$/,
  ],
  ['foreign', (block) => writeFile(join(block, 'data.parquet'), 'no parquet'), /^BT401[01]$/],
  ['without its data', (block) => rm(join(block, 'data.parquet')), /^BT4003$/],
  ['with a broken meta.json', (block) => writeFile(join(block, 'meta.json'), '{'), /^BT4001$/],
  ['gone, though the index lists it', (block) => rm(block, { recursive: true }), /^BT4003$/],
])('a block %s is named, and the rest is finished', async (_, damage, codePattern) => {
  const { root, tenant } = await copyOfBlocks('shop-v5');
  // Without an index a broken meta.json is looked at, which one from an index would hide.
  if (String(codePattern) === '/^BT4001$/')
    for (const name of ['index.json.gz', 'index.pb.zst']) await rm(join(tenant, name), { force: true });
  await damage(join(tenant, LATE));
  const { code, err, json } = await replayed(root, await temporary('cache'));
  expect(code).toBe(3);
  expect(json.partial).toBe(true);
  expect(json.blocks.read).toBe(1);
  expect(json.blocks.unread).toEqual([
    expect.objectContaining({ id: LATE, code: expect.stringMatching(codePattern) }),
  ]);
  expect(json.traces).toBe(3000);
  expect(json.rules.every(({ violated }) => violated > 0)).toBe(true);
  expect(err).toMatch(
    new RegExp(`^unread BT4\\d+: block ${LATE}: .+\\nbetrace replay: partial, 1 block unread\\n$`),
  );
});

test('a damaged file of the cache is made anew', async () => {
  const { root } = await copyOfBlocks('shop-v5');
  const cache = await temporary('cache');
  const before = await replayed(root, cache);
  const files = await readdir(cache, { recursive: true });
  const spans = files.filter((name) => name.endsWith('spans.parquet'));
  expect(spans).toHaveLength(2);
  for (const name of spans) await corrupt(join(cache, name));
  const after = await replayed(root, cache);
  expect([after.code, after.json.blocks]).toEqual([1, { read: 2, unread: [], warnings: [] }]);
  expect(after.out).toBe(before.out);
});

test('every format says that a result is partial', async () => {
  const { root, tenant } = await copyOfBlocks('shop-v5');
  await truncate(join(tenant, LATE, 'data.parquet'), 1000);
  const cache = await temporary('cache');
  const run = (format: string) =>
    betrace(['replay', SHOP_RULES, '--blocks', root, '--cache', cache, '--format', format, '--limit', '1']);
  const text = await run('text');
  expect([text.code, text.out]).toEqual([3, expect.stringContaining(`unread BT4010: block ${LATE}`)]);
  expect(text.out).toContain('partial, 1 block unread');
  const md = await run('md');
  expect([md.code, md.out]).toEqual([3, expect.stringContaining('**Partial, 1 block unread:**')]);
  expect(md.out).toContain(`\`${LATE}\` BT4010`);
  const csv = await run('csv');
  expect([csv.code, csv.out]).toEqual([
    3,
    expect.stringMatching(`\r\nunread,single-tenant,.*${LATE} BT4010`),
  ]);
});

test('a block that compaction replaced is read through its successor', async () => {
  const { root, tenant } = await copyOfBlocks('shop-v5');
  const cache = await temporary('cache');
  const before = await replayed(root, cache);
  const meta = await readFile(join(tenant, LATE, 'meta.json'), 'utf8');
  await writeFile(join(tenant, LATE, 'meta.compacted.json'), meta);
  await rm(join(tenant, LATE, 'meta.json'));
  const after = await replayed(root, cache);
  expect(before.json.blocks.read).toBe(2);
  expect([after.code, after.json.blocks]).toEqual([1, { read: 1, unread: [], warnings: [] }]);
});
