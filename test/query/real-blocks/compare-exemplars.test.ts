/** Exemplars of `compare()`: spans of the set and with the value of the series that they are on. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadQuery } from '../../../engine/language/link/load-query.js';
import type { Span } from '../../../engine/otlp/model.js';
import { planMetrics } from '../../../engine/plan/lower/lower-metrics.js';
import { queryRange } from '../../../engine/query/metrics.js';
import { openRealBlocks, type RealBlocks } from '../../support/real-blocks.js';

let blocks: RealBlocks;
beforeAll(async () => {
  blocks = await openRealBlocks('conf-v5', 1);
});
afterAll(() => blocks.close());

const SECOND = 1_000_000_000n;

async function compared(selection: string, exemplars: number) {
  const { query } = loadQuery(`{ } | compare(${selection})`);
  if (query?.kind !== 'metrics') throw new Error('refused');
  const { series } = await queryRange({
    ...blocks.stored,
    plan: planMetrics(query),
    fromNs: 1_795_132_000n * SECOND,
    toNs: 1_795_220_000n * SECOND,
    stepNs: 10_800n * SECOND,
    exemplars,
  });
  return series.flatMap(({ labels, exemplars }) => exemplars.map((exemplar) => ({ labels, exemplar })));
}

const SELECTIONS: readonly (readonly [string, (span: Span) => boolean])[] = [
  ['{ status = error }', ({ status }) => status === 'error'],
  ['{ duration > 100ms }', ({ duration }) => duration > 100_000_000n],
];

/** Of the fields that a label can name, what the span has; undefined for others. */
function fieldOf({ name, status, resource, attributes }: Span, field: string): unknown {
  if (field === 'name') return name;
  if (field === 'status') return status;
  const [, scope, key] = /^(resource|span)\.(.*)$/u.exec(field) ?? [];
  if (scope === undefined || key === undefined) return undefined;
  return (scope === 'span' ? attributes : resource).get(key);
}

it.each(SELECTIONS)('of %s are of the set and the value of their series', async (text, isSelected) => {
  const found = await compared(text, 100);
  let checked = 0;
  const sets = new Set<unknown>();
  for (const { labels, exemplar } of found) {
    const [set, field] = labels;
    const id = exemplar.labels.find(({ name }) => name === 'span:id')?.value;
    const trace = blocks.traces.find(({ traceId }) => traceId === exemplar.traceId);
    const span = trace?.spans.find(({ spanId }) => spanId === id);
    expect(span).toBeDefined();
    sets.add(set!.value);
    expect([exemplar.traceId, set!.value]).toEqual([
      exemplar.traceId,
      isSelected(span!) ? 'selection' : 'baseline',
    ]);
    const value = fieldOf(span!, field!.name);
    if (value !== undefined) {
      checked++;
      expect([field!.name, value]).toEqual([field!.name, field!.value]);
    }
    expect(exemplar.value).toBeGreaterThan(0);
    expect(exemplar.timeMs).toBe(Number(span!.start / 1_000_000n));
  }
  expect(sets).toEqual(new Set(['selection', 'baseline']));
  expect(checked).toBeGreaterThan(5);
});

it('are on what sets the selection apart', async () => {
  const found = (await compared('{ status = error }', 100)).map(({ labels: [set, field] }) => [
    set!.value,
    field!.name,
  ]);
  expect(found.filter(([set]) => set === 'selection').length).toBeGreaterThan(3);
  for (const [set, field] of found) if (set === 'selection') expect(field).toBe('status');
});

it.each([0, 1, 2, 7])('are at most %i where so many are asked for', async (most) => {
  expect((await compared('{ status = error }', most)).length).toBeLessThanOrEqual(most);
});
