import type { MetricsPlan } from '../../plan/metrics-plan.js';
import { aggregationSql } from '../../sql/duckdb/metrics.js';
import type { AttributeColumns } from '../../sql/duckdb/names.js';
import { PredicateColumns, type Relations } from '../../sql/duckdb/relations.js';
import { passSql } from '../../sql/duckdb/scan.js';
import { measureOf } from './functions.js';
import { fieldsReadAfter } from './selections.js';

/** Statements to show: the pass over the spans, and what counts each selection in intervals of `stepNs` over a day. */
export function countingSql(
  { predicates, needs, selections }: Pick<MetricsPlan, 'predicates' | 'needs' | 'selections'>,
  columns: AttributeColumns,
  stepNs: bigint,
): readonly { readonly name: string; readonly sql: string }[] {
  const relations: Relations = {
    columns,
    predicates: new PredicateColumns(predicates, columns),
    matched: 'matched',
  };
  const endNs = (DAY_NS / stepNs) * stepNs;
  const intervals = { kind: 'range', startNs: 0n, endNs, stepNs } as const;
  const late = selections.flatMap(fieldsReadAfter);
  return [
    { name: 'scan', sql: passSql({ predicates, needs, late, shows: false }, relations) },
    ...selections.flatMap(({ pattern, by, function: of, text }) => {
      if (of.kind === 'compare') return [];
      const aggregation = { pattern, by: by.map(({ field }) => field), measure: measureOf(of) };
      return [{ name: text, sql: aggregationSql(aggregation, intervals, relations).sql }];
    }),
  ];
}

const DAY_NS = 86_400_000_000_000n;
