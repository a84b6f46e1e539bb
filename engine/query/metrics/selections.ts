import { type FieldPlan, forEachField } from '../../plan/expression.js';
import type { HintPlan } from '../../plan/hints.js';
import { forEachLateExpression } from '../../plan/lower/lower-pattern.js';
import type { MetricsPlan, SelectionPlan } from '../../plan/metrics-plan.js';
import type { PatternPlan } from '../../plan/plan.js';
import type { StoredRun } from '../../spans/stored-run.js';
import type { ExemplarsWanted } from '../../sql/compile/metrics/metrics-exemplars.js';
import { PredicateColumns } from '../../sql/compile/scan/predicate-columns.js';
import { type Pass, passSql, readsSpansAlone } from '../../sql/compile/scan/scan.js';
import { type CountedSpans, streamedSpans } from '../../sql/compile/scan/streamed.js';
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

/**
 * The series of each selection, from one pass over the spans of each unit, of all runs together. Where a single selection looks at spans by themselves, they
 * are counted as they are read, and kept nowhere.
 */
export async function evaluateSelections(
  runs: readonly (Pick<StoredRun, 'db' | 'columns' | 'forEachUnit'> &
    Partial<Pick<StoredRun, 'spansNear'>>)[],
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
  const late = jobs.flatMap(({ plan }) => fieldsReadAfter(plan));
  const pass: Pass = { predicates, needs, late, shows: exemplars !== undefined };
  const count = async ({ db, columns, forEachUnit, spansNear }: (typeof runs)[number]): Promise<void> => {
    const shared = { columns, predicates: new PredicateColumns(predicates, columns) };
    const streams = jobs.length === 1 && isOneFilter(jobs[0]!.plan.pattern) && readsSpansAlone(pass, columns);
    const spans: CountedSpans = streams
      ? streamedSpans(pass, shared, spansNear)
      : { relations: { ...shared, matched: MATCHED } };
    const table = passSql(pass, { ...shared, matched: MATCHED });
    const countUnit = async (): Promise<void> => {
      if (!streams) {
        await dropTables(db, [MATCHED]);
        await withTimeLimit(db, limitMs, limitMs, () => db.run(table));
      }
      const counted: (() => void)[] = [];
      for (const selection of selections) {
        signal?.throwIfAborted();
        counted.push(await withTimeLimit(db, limitMs, limitMs, () => selection.count(db, spans)));
      }
      for (const add of counted) add();
    };
    await forEachUnit(countUnit, { kept: streams ? 'none' : 'all' });
  };
  await Promise.all(runs.map(count));
  return selections.map((selection) => selection.result());
}

/** Whether the spans of the pattern are those that one filter matches, whatever the others of their trace. */
function isOneFilter({ stages }: PatternPlan): boolean {
  const [only, ...others] = stages;
  if (only?.kind !== 'spanset' || others.length > 0) return false;
  return only.expression.kind === 'leaf' && only.expression.residual === undefined;
}

function withSeries(plan: SelectionPlan): SelectionPlan & { readonly function: SeriesFunction } {
  if (plan.function.kind === 'compare') throw new Error('compare() together with other series');
  return { ...plan, function: plan.function };
}

/** What is read of a span after the pass. */
export function fieldsReadAfter({
  pattern,
  by,
  function: functionPlan,
}: SelectionPlan): readonly FieldPlan[] {
  const fields = [
    ...by.map(({ field }) => field),
    ...('value' in functionPlan ? [functionPlan.value.field] : []),
  ];
  const read: FieldPlan[] = [];
  for (const field of fields)
    forEachField({ kind: 'field', field }, (fieldPlan) => void read.push(fieldPlan));
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
