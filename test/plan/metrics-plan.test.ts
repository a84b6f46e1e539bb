import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../engine/language/parse/parse-query.js';
import { planMetrics } from '../../engine/plan/lower/lower-metrics.js';
import type { MetricsPlan } from '../../engine/plan/metrics-plan.js';

function metrics(text: string): MetricsPlan {
  const { query, diagnostics } = parseQuery(text);
  expect(diagnostics).toEqual([]);
  if (query?.kind !== 'metrics') throw new Error('no metrics query');
  return planMetrics(query);
}

describe('the plan of metrics', () => {
  it('is plain JSON', () => {
    const plan = metrics('{ .a > 9223372036854775807 } | by(name) | max_over_time(duration) > 1s');
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it('keeps the last of two hints', () => {
    const { hints } = metrics('{ } | rate() with (a = 1, b = 2s) with (a = "x")');
    expect(hints).toEqual({ a: 'x', b: 2_000_000_000 });
  });

  it('has each distinct selection once', () => {
    const plan = metrics('({ .a } | rate() | topk(2)) / ({ .b } | rate()) + ({ .a } | rate() > 1)');
    expect(plan.selections.map(({ text }) => text)).toEqual(['{ .a } | rate()', '{ .b } | rate()']);
    expect(plan.series).toEqual({
      kind: 'operation',
      operator: '+',
      left: {
        kind: 'operation',
        operator: '/',
        left: { kind: 'selection', selection: 0, steps: [{ kind: 'topk', count: 2 }] },
        right: { kind: 'selection', selection: 1, steps: [] },
        steps: [],
      },
      right: { kind: 'selection', selection: 0, steps: [{ kind: 'threshold', operator: '>', value: 1 }] },
      steps: [],
    });
  });

  it.each([
    ['1 / 2', 0],
    ['-7 / 2', -3],
    ['1 / 2.0', 0.5],
    ['-1 * 2 + 10', 8],
    ['100ms', 0.1],
    ['2 * 1m', 120],
    ['1s / 4', 0.25],
    ['1s * 0.5', 0.5],
  ])('folds %s to %d', (text, value) => {
    expect(metrics(`{ } | rate() > ${text}`).series.steps).toEqual([
      { kind: 'threshold', operator: '>', value },
    ]);
  });

  it('folds numbers before series', () => {
    const { series } = metrics('1 / 2 * ({ } | rate())');
    expect(series).toMatchObject({ operator: '*', left: { kind: 'number', value: 0 } });
  });

  it('tells spans from whole traces', () => {
    const isSpanOnly = (text: string) => metrics(`${text} | rate()`).selections[0]?.isSpanOnly;
    expect(isSpanOnly('{ .a } | { .b }')).toBe(true);
    expect(isSpanOnly('{ .a } >> { .b }')).toBe(false);
    expect(isSpanOnly('{ .a } | count() > 2')).toBe(false);
  });

  it('has labels, values and quantiles', () => {
    const [selection] = metrics(
      '{ } | quantile_over_time(duration, .5, 1) by (resource.service.name, span:kind, .a)',
    ).selections;
    expect(selection?.by.map(({ name }) => name)).toEqual(['resource.service.name', 'kind', '.a']);
    expect(selection?.function).toMatchObject({
      kind: 'quantile_over_time',
      quantiles: [0.5, 1],
      value: { text: 'duration', isDuration: true },
    });
  });

  it('of compare asks for every attribute', () => {
    const plan = metrics('{ status = error } | compare({ .a = 1 })');
    expect(plan.allAttributes).toBe(true);
    expect(plan.selections[0]?.function).toEqual({ kind: 'compare', selection: 1, top: 10 });
    expect(plan.predicates).toHaveLength(2);
    expect(metrics('{ } | rate()').allAttributes).toBe(false);
  });
});
