import { expect, test } from 'vitest';
import { isBlockId, parseMeta } from '../../../engine/blocks/meta.js';
import { formatRfc3339, parseRfc3339 } from '../../../engine/blocks/meta-time.js';
import { blockId, metaJson } from './support.js';

const PLACE = { tenant: 'shop', tenantPath: 'blocks/shop', blockId: blockId(1) };
const parse = (json: unknown) => parseMeta(JSON.stringify(json), PLACE);

test('a meta gives times in nanoseconds, counts, and where the data lies', () => {
  const result = parse(metaJson('ignored', 1, { startTime: '2026-11-20T01:00:00.5Z', compactionLevel: 2 }));
  expect(result).toEqual({
    kind: 'meta',
    meta: {
      tenant: 'shop',
      blockId: blockId(1),
      format: 'vParquet5',
      startNs: 1795136400_500_000_000n,
      endNs: 1795140000_000_000_000n,
      totalObjects: 10,
      size: 1000,
      footerSize: 100,
      totalRecords: 1,
      bloomShards: 1,
      compactionLevel: 2,
      replicationFactor: 1,
      dedicatedColumns: [],
      dataPath: `blocks/shop/${blockId(1)}/data.parquet`,
    },
  });
});

test('dedicated columns keep their order and get their defaults', () => {
  const result = parse(
    metaJson('', 0, {
      dedicatedColumns: [
        { n: 'b' },
        { s: 'resource', n: 'a', t: 'int', o: ['array'] },
        { s: 'event', n: 'c', o: ['blob'] },
      ],
    }),
  );
  expect(result.kind === 'meta' && result.meta.dedicatedColumns).toEqual([
    { scope: 'span', name: 'b', type: 'string', options: [] },
    { scope: 'resource', name: 'a', type: 'int', options: ['array'] },
    { scope: 'event', name: 'c', type: 'string', options: ['blob'] },
  ]);
});

test('a block without a replication factor was written three times', () => {
  const { replicationFactor: _, ...json } = metaJson('');
  expect(parse(json)).toMatchObject({ meta: { replicationFactor: 3 } });
});

test.each(['vParquet2', 'v2', 'vParquet5-preview5', 'vParquet6'])(
  'format %s is a named problem',
  (format) => {
    const result = parse(metaJson('', 0, { format }));
    expect(result).toMatchObject({
      kind: 'problem',
      problem: { code: 'BT4002', blockId: blockId(1), tenant: 'shop', startNs: 1795132800_000_000_000n },
    });
    expect(result.kind === 'problem' && result.problem.message).toContain(`"${format}"`);
  },
);

test.each<[string, Readonly<Record<string, unknown>>, string]>([
  ['no format', { format: 7 }, 'BT4001'],
  ['no times', { startTime: 'yesterday' }, 'BT4001'],
  ['a negative size', { size: -1 }, 'BT4001'],
  ['a count that is text', { totalObjects: '10' }, 'BT4001'],
  ['dedicated columns of another shape', { dedicatedColumns: {} }, 'BT4002'],
  ['a dedicated column without a name', { dedicatedColumns: [{}] }, 'BT4002'],
  ['an unknown scope', { dedicatedColumns: [{ s: 'link', n: 'x' }] }, 'BT4002'],
  ['an unknown type', { dedicatedColumns: [{ n: 'x', t: 'float' }] }, 'BT4002'],
])('%s is a problem', (_, change, code) => {
  expect(parse(metaJson('', 0, change))).toMatchObject({ kind: 'problem', problem: { code } });
});

test.each(['', '{', '[]', 'null', '7'])('the text %j is a problem', (text) => {
  expect(parseMeta(text, PLACE)).toMatchObject({ kind: 'problem', problem: { code: 'BT4001' } });
});

test('only UUIDs name blocks', () => {
  expect(isBlockId('3f405dc2-1a2f-430e-b522-de64d72804b1')).toBe(true);
  expect(isBlockId('..')).toBe(false);
  expect(isBlockId('3f405dc2-1a2f-430e-b522-de64d72804b1/..')).toBe(false);
  expect(isBlockId('wal')).toBe(false);
});

test.each<[string, bigint | undefined]>([
  ['1970-01-01T00:00:00Z', 0n],
  ['2026-11-20T00:40:19.123456789Z', 1795135219_123_456_789n],
  ['2026-11-20t02:40:19+02:00', 1795135219_000_000_000n],
  ['1969-12-31T23:59:59.5Z', -500_000_000n],
  ['0001-01-01T00:00:00Z', -62135596800_000_000_000n],
  ['2026-02-30T00:00:00Z', undefined],
  ['2026-11-20T24:00:00Z', undefined],
  ['2026-11-20', undefined],
  ['2026-11-20T00:00:00', undefined],
])('the time %s', (text, ns) => {
  expect(parseRfc3339(text)).toBe(ns);
  if (ns !== undefined) expect(parseRfc3339(formatRfc3339(ns))).toBe(ns);
});
