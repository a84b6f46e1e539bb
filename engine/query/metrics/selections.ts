import { type FieldPlan, forEachField } from '../../plan/expression.js';
import { forEachLateExpression } from '../../plan/lower-pattern.js';
import type { MetricsPlan, SelectionPlan } from '../../plan/metrics-plan.js';
import type { PatternPlan } from '../../plan/plan.js';
import type { StoredRun } from '../../spans/stored-run.js';
import { dropTables } from '../../sql/duckdb/database.js';
import { PredicateColumns, type Relations } from '../../sql/duckdb/relations.js';
import { passSql } from '../../sql/duckdb/scan.js';
import { MAX_EXEMPLARS } from './exemplars.js';
import type { SeriesFunction } from './functions.js';
import type { Grid } from './grid.js';
import { SeriesSelection } from './selection.js';
import type { Points } from './series.js';

export interface SelectionOptions {
  /** At most so many in the answer, unless the query's own hint says otherwise; default 100, 0 for none. */
  readonly exemplars?: number;
  /** Series that each selection of the query may make; default 10 000. */
  readonly maxSeries?: number;
  readonly signal?: AbortSignal;
}

/** The series of each selection, from one pass over the spans of each unit. */
export async function evaluateSelections(
  run: Pick<StoredRun, 'db' | 'columns' | 'forEachUnit'>,
  plan: Pick<MetricsPlan, 'predicates' | 'selections' | 'needs' | 'hints'>,
  grid: Grid,
  options: SelectionOptions,
): Promise<readonly (readonly Points[])[]> {
  const exemplars = exemplarsWanted(plan.hints.exemplars, options.exemplars);
  const { maxSeries, signal } = options;
  const selections = plan.selections.map(
    (one) =>
      new SeriesSelection(withSeries(one), grid, {
        exemplars,
        ...(maxSeries === undefined ? {} : { maxSeries }),
      }),
  );
  const relations: Relations = {
    columns: run.columns,
    predicates: new PredicateColumns(plan.predicates, run.columns),
    matched: 'matched',
  };
  const { predicates, needs } = plan;
  const pass = passSql(
    { predicates, needs, late: lateFields(plan.selections), shows: exemplars > 0 },
    relations,
  );
  await run.forEachUnit(async () => {
    await dropTables(run.db, ['matched']);
    await run.db.run(pass);
    const counted: (() => void)[] = [];
    for (const selection of selections) {
      signal?.throwIfAborted();
      counted.push(await selection.count(run.db, relations));
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
function lateFields(selections: readonly SelectionPlan[]): readonly FieldPlan[] {
  return selections.flatMap(({ pattern, by, function: of }) => [
    ...by.map(({ field }) => field),
    ...('value' in of ? [of.value.field] : []),
    ...fieldsReadLate(pattern),
  ]);
}

/** What a pattern reads of a span after the pass. */
export function fieldsReadLate({ stages }: PatternPlan): readonly FieldPlan[] {
  const late: FieldPlan[] = [];
  forEachLateExpression(stages, (expression) => forEachField(expression, (field) => void late.push(field)));
  return late;
}

/** The hint of a query goes before what the caller asks for: `true`, `false` or a number. */
function exemplarsWanted(hint: string | number | boolean | undefined, asked = MAX_EXEMPLARS): number {
  const wanted = hint === true ? MAX_EXEMPLARS : hint === false ? 0 : typeof hint === 'number' ? hint : asked;
  return Math.max(0, Math.min(MAX_EXEMPLARS, Math.trunc(wanted)));
}
