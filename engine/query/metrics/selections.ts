import { type FieldPlan, forEachField } from '../../plan/expression.js';
import type { HintPlan } from '../../plan/hints.js';
import { forEachLateExpression } from '../../plan/lower-pattern.js';
import type { MetricsPlan, SelectionPlan } from '../../plan/metrics-plan.js';
import type { PatternPlan } from '../../plan/plan.js';
import type { StoredRun } from '../../spans/stored-run.js';
import type { ExemplarsWanted } from '../../sql/compile/metrics-exemplars.js';
import { PredicateColumns } from '../../sql/compile/predicate-columns.js';
import type { Relations } from '../../sql/compile/relations.js';
import { passSql } from '../../sql/compile/scan.js';
import { dropTables } from '../../sql/store/drop-tables.js';
import { withTimeLimit } from '../../sql/store/time-limit.js';
import { MATCHED } from '../../sql/tables.js';
import { MAX_EXEMPLARS, sampleOf } from './exemplars.js';
import type { SeriesFunction } from './functions.js';
import type { Grid } from './grid.js';
import { SeriesSelection } from './selection.js';
import type { SelectionOptions } from './selection-options.js';
import type { Points } from './series.js';

/** A selection and the intervals that it is counted in. */
export interface SelectionJob {
  readonly plan: SelectionPlan;
  readonly grid: Grid;
}

/** The series of each selection, from one pass over the spans of each unit. */
export async function evaluateSelections(
  run: Pick<StoredRun, 'db' | 'columns' | 'forEachUnit'>,
  { predicates, needs }: Pick<MetricsPlan, 'predicates' | 'needs'>,
  jobs: readonly SelectionJob[],
  { exemplars, maxSeries, onCut, limitMs, signal }: SelectionOptions,
): Promise<readonly (readonly Points[])[]> {
  const limits = {
    ...(exemplars === undefined ? {} : { exemplars }),
    ...(maxSeries === undefined ? {} : { maxSeries }),
    ...(onCut === undefined ? {} : { onCut }),
  };
  const selections = jobs.map(({ plan, grid }) => new SeriesSelection(withSeries(plan), grid, limits));
  const relations: Relations = {
    columns: run.columns,
    predicates: new PredicateColumns(predicates, run.columns),
    matched: MATCHED,
  };
  const late = jobs.flatMap(({ plan }) => fieldsReadAfter(plan));
  const pass = passSql({ predicates, needs, late, shows: exemplars !== undefined }, relations);
  await run.forEachUnit(async () => {
    await dropTables(run.db, [MATCHED]);
    await withTimeLimit(run.db, limitMs, limitMs, () => run.db.run(pass));
    const counted: (() => void)[] = [];
    for (const selection of selections) {
      signal?.throwIfAborted();
      counted.push(await withTimeLimit(run.db, limitMs, limitMs, () => selection.count(run.db, relations)));
    }
    for (const add of counted) add();
  });
  return selections.map((selection) => selection.result());
}

function withSeries(plan: SelectionPlan): SelectionPlan & { readonly function: SeriesFunction } {
  if (plan.function.kind === 'compare') throw new Error('compare() beside other series');
  return { ...plan, function: plan.function };
}

/** What is read of a span after the pass. */
export function fieldsReadAfter({ pattern, by, function: of }: SelectionPlan): readonly FieldPlan[] {
  const fields = [...by.map(({ field }) => field), ...('value' in of ? [of.value.field] : [])];
  const read: FieldPlan[] = [];
  for (const field of fields) forEachField({ kind: 'field', field }, (one) => void read.push(one));
  return [...read, ...fieldsReadLate(pattern)];
}

/** What a pattern reads of a span after the pass. */
export function fieldsReadLate({ stages }: PatternPlan): readonly FieldPlan[] {
  const late: FieldPlan[] = [];
  forEachLateExpression(stages, (expression) => forEachField(expression, (field) => void late.push(field)));
  return late;
}

/** How many exemplars a query wants: its hint (`true`, `false` or a number) goes before what the caller asks for. */
export function exemplarsWanted(
  { exemplars: hint }: HintPlan,
  asked = MAX_EXEMPLARS,
): ExemplarsWanted | undefined {
  const wanted = hint === true ? MAX_EXEMPLARS : hint === false ? 0 : typeof hint === 'number' ? hint : asked;
  const most = Math.min(MAX_EXEMPLARS, Math.trunc(wanted));
  return most > 0 ? sampleOf(most) : undefined;
}
