import { expect, test } from 'vitest';
import { blockKey, needsKey } from '../../../engine/blocks/cache/cache-key.js';
import { covers } from '../../../engine/blocks/cache/column-sets.js';
import { blockMeta, needs } from './support.js';

const FULL = needs({
  spans: ['name', 'kind'],
  spanAttributes: [
    { scope: 'span', key: 'a' },
    { scope: 'resource', key: 'b' },
  ],
  events: { columns: ['name'], attributes: ['x', 'y'] },
});

test('more columns cover fewer, and not the other way round', () => {
  expect(covers(FULL, FULL)).toBe(true);
  expect(covers(FULL, needs({ spans: ['kind'] }))).toBe(true);
  expect(covers(FULL, needs({ events: { columns: [], attributes: ['y'] } }))).toBe(true);
  expect(covers(needs({}), FULL)).toBe(false);
  expect(covers(FULL, needs({ spans: ['status'] }))).toBe(false);
  expect(covers(FULL, needs({ spanAttributes: [{ scope: 'span', key: 'b' }] }))).toBe(false);
  expect(covers(FULL, needs({ events: { columns: [], attributes: ['z'] } }))).toBe(false);
  expect(covers(FULL, needs({ events: { columns: ['time_since_start_ns'], attributes: [] } }))).toBe(false);
  // An empty part still asks for the file with its rows.
  expect(covers(FULL, needs({ links: { columns: [], attributes: [] } }))).toBe(false);
});

test('the order of needs makes no difference, what they are does', () => {
  expect(
    needsKey({ ...FULL, spans: ['kind', 'name'], spanAttributes: [...FULL.spanAttributes].reverse() }),
  ).toBe(needsKey(FULL));
  const { events: _, ...without } = FULL;
  const others = [without, { ...without, links: FULL.events as never }, needs({}), needs({ spans: [] })];
  expect(new Set([FULL, ...others].map(needsKey)).size).toBe(5);
});

test('blocks differ by id, tenant, size, times and columns', () => {
  const changes = [
    {},
    { tenant: 'other' },
    { size: 1 },
    { startNs: 5n },
    { endNs: 5n },
    { format: 'vParquet4' as const },
    { dedicatedColumns: [{ scope: 'span' as const, name: 'a', type: 'int' as const, options: [] }] },
  ];
  expect(new Set(changes.map((change) => blockKey(blockMeta(change)))).size).toBe(changes.length);
  expect(blockKey(blockMeta({ dataPath: 'elsewhere' }))).toBe(blockKey(blockMeta({})));
});
