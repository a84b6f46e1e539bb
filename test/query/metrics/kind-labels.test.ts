/** A kind that OTLP does not define has a label of its own, as in Tempo, wherever series are labelled by it. */

import { expect, test } from 'vitest';
import { comparedSeries } from '../../../engine/query/metrics/compare.js';
import { TypedColumns } from '../../../engine/sql/compile/value/typed.js';
import { plainSql } from '../../support/plain-sql.js';

const LABELS = [
  [0, 'unspecified'],
  [2, 'server'],
  [9, 'kind(9)'],
] as const;

test.each(LABELS)('by (kind) labels %d as %s', (number, label) => {
  const read = new TypedColumns(0).add({ kind: plainSql('span.kind') });
  expect(read([number])).toBe(label);
});

test.each(LABELS)('compare() labels %d as %s', (number, label) => {
  const field = {
    name: 'kind',
    field: { hop: 'self', source: { kind: 'intrinsic', name: 'span:kind' } },
    missing: 'nil',
    weight: 1,
  } as const;
  const grid = { kind: 'range', startNs: 0n, endNs: 1n, stepNs: 1n, intervals: 1 } as const;
  const counted = { field: 0, selected: true, value: `kind${number}`, interval: 0, count: 1 };
  const [series] = comparedSeries([field], [counted], grid);
  expect(series?.labels.at(-1)).toEqual({ name: 'kind', value: label });
});
