import type { WindowPlan } from '../../plan/window-plan.js';
import { fieldsReadAfter } from '../../query/metrics/selections.js';
import type { AttributeColumns } from '../../sql/compile/attribute-columns.js';
import { aggregationSql } from '../../sql/compile/metrics/metrics.js';
import type { Relations } from '../../sql/compile/relations.js';
import { PredicateColumns } from '../../sql/compile/scan/predicate-columns.js';
import { passSql } from '../../sql/compile/scan/scan.js';
import { shownText } from '../../sql/open-store.js';
import { MATCHED } from '../../sql/tables.js';
import { slotAggregation } from './count-slots.js';

/** Statements to show: the pass over the spans, and what counts each selection in slots of `stepNs` over a day. */
export function countingSql(
  { predicates, needs, selections }: Pick<WindowPlan, 'predicates' | 'needs' | 'selections'>,
  columns: AttributeColumns,
  stepNs: bigint,
): readonly { readonly name: string; readonly sql: string }[] {
  const relations: Relations = {
    columns,
    predicates: new PredicateColumns(predicates, columns),
    matched: MATCHED,
  };
  const endNs = (DAY_NS / stepNs) * stepNs;
  const intervals = { kind: 'slots', startNs: 0n, endNs, stepNs } as const;
  const late = selections.flatMap(fieldsReadAfter);
  return [
    { name: 'scan', sql: shownText(passSql({ predicates, needs, late, shows: false }, relations)) },
    ...selections.map((selection) => ({
      name: selection.text,
      sql: shownText(aggregationSql(slotAggregation(selection), intervals, relations).sql),
    })),
  ];
}

const DAY_NS = 86_400_000_000_000n;
