import { printField } from '../../language/print/print.js';
import { printMetrics } from '../../language/print/print-metrics.js';
import type { Field } from '../../language/tree/ast.js';
import type {
  MetricsExpression,
  MetricsFunction,
  MetricsNumber,
  MetricsQuery,
  MetricsSelection,
  MetricsStep,
} from '../../language/tree/ast-query.js';
import { foldNumber, seriesNumber } from '../../language/tree/fold-number.js';
import { isDuration } from '../duration.js';
import { allOf } from '../expression.js';
import { lowerHints } from '../hints.js';
import type {
  FunctionPlan,
  LabelPlan,
  MetricsPlan,
  NumberPlan,
  SelectionPlan,
  SeriesPlan,
  StepPlan,
  ValuePlan,
} from '../metrics-plan.js';
import { columnNeeds } from '../needs.js';
import type { PatternPlan } from '../plan.js';
import { type FirstItems, lowerExpression, lowerField } from './lower-expression.js';
import { lowerPatternItems, Predicates } from './lower-pattern.js';

const DEFAULT_TOP = 10;

/** The plan of a metrics query that `checkQuery` found no error in. */
export function planMetrics({ expression, hints }: MetricsQuery): MetricsPlan {
  const lowering = new MetricsLowering();
  const series = lowering.series(expression);
  return { version: 1, ...lowering.parts(), series, hints: lowerHints(hints) };
}

/** Collects the selections and predicates of metrics that are evaluated together. */
export class MetricsLowering {
  readonly predicates = new Predicates();
  readonly selections: SelectionPlan[] = [];
  private readonly index = new Map<string, number>();

  series(expression: MetricsExpression): SeriesPlan {
    const steps = expression.steps.map(lowerStep);
    if (expression.kind === 'selection')
      return { kind: 'selection', selection: this.selection(expression), steps };
    return {
      kind: 'operation',
      operator: expression.operator,
      left: this.operand(expression.left),
      right: this.operand(expression.right),
      steps,
    };
  }

  /** What everything lowered so far has in common. */
  parts(): Pick<MetricsPlan, 'predicates' | 'selections' | 'needs' | 'allAttributes'> {
    const fields = this.selections.flatMap(({ by, function: fn }) => [
      ...by.map(({ field }) => field),
      ...('value' in fn ? [fn.value.field] : []),
    ]);
    const stages = this.selections.flatMap(({ pattern }) => pattern.stages);
    return {
      predicates: this.predicates.all,
      selections: this.selections,
      needs: columnNeeds(this.predicates.all, [], { stages, fields, status: false }),
      allAttributes: this.selections.some(({ function: fn }) => fn.kind === 'compare'),
    };
  }

  private operand(operand: MetricsExpression | MetricsNumber): SeriesPlan | NumberPlan {
    if (operand.kind === 'selection' || operand.kind === 'operation') return this.series(operand);
    return { kind: 'number', value: lowerNumber(operand) };
  }

  private selection(selection: MetricsSelection): number {
    const { pipeline, function: fn } = selection;
    const items = lowerPatternItems({ pipeline, range: pipeline.range }, this.predicates, new Set());
    const pattern = items.plan;
    const first = { first: items.among };
    const plan: SelectionPlan = {
      pattern,
      isSpanOnly: isSpanOnly(pattern),
      ...(selection.prior === undefined ? {} : { prior: String(selection.prior.value) }),
      function: lowerFunction(fn, this.predicates, first),
      by: fn.kind === 'compare' ? [] : lowerLabels(fn.by, first),
      text: printMetrics({ ...selection, steps: [] }),
    };
    const key = JSON.stringify(plan);
    const known = this.index.get(key);
    if (known !== undefined) return known;
    this.index.set(key, this.selections.length);
    return this.selections.push(plan) - 1;
  }
}

function isSpanOnly({ stages }: PatternPlan): boolean {
  const [only] = stages;
  return stages.length === 1 && only?.kind === 'spanset' && only.expression.kind === 'leaf';
}

function lowerFunction(fn: MetricsFunction, predicates: Predicates, items: FirstItems): FunctionPlan {
  switch (fn.kind) {
    case 'rate':
    case 'count_over_time':
      return { kind: fn.kind };
    case 'quantile_over_time':
      return {
        kind: fn.kind,
        value: lowerValue(fn.field, items),
        quantiles: [...new Set(fn.quantiles.map(({ value }) => Number(value)))],
      };
    case 'compare': {
      const { selection, top, start, end } = fn;
      const filter =
        selection.expression === undefined ? [] : [lowerExpression(selection.expression, 'at hand')];
      return {
        kind: 'compare',
        selection: predicates.add(allOf(filter)),
        top: top === undefined ? DEFAULT_TOP : Number(top.value),
        ...(start === undefined ? {} : { start: start.value.toString() }),
        ...(end === undefined ? {} : { end: end.value.toString() }),
      };
    }
    case 'min_over_time':
    case 'max_over_time':
    case 'avg_over_time':
    case 'sum_over_time':
    case 'distinct_over_time':
    case 'histogram_over_time':
      return { kind: fn.kind, value: lowerValue(fn.field, items) };
  }
}

/** A label that is there twice counts once. */
function lowerLabels(by: readonly Field[], items: FirstItems): readonly LabelPlan[] {
  const labels = by.map((field) => ({ field: lowerField(field, items), name: printField(field) }));
  return labels.filter(({ name }, index) => labels.findIndex((label) => label.name === name) === index);
}

function lowerValue(field: Field, items: FirstItems): ValuePlan {
  const plan = lowerField(field, items);
  return { field: plan, text: printField(field), isDuration: isDuration({ kind: 'field', field: plan }) };
}

export function lowerStep(step: MetricsStep): StepPlan {
  switch (step.kind) {
    case 'topk':
    case 'bottomk':
      return { kind: step.kind, count: Number(step.count.value) };
    case 'threshold':
      return { kind: 'threshold', operator: step.operator, value: lowerNumber(step.value) };
  }
}

/** A constant that is calculated or compared with series; seconds where it is a duration. */
export function lowerNumber(node: MetricsNumber): number {
  const folded = foldNumber(node);
  if (folded === undefined) throw new Error('a number without a value passed the checker');
  return seriesNumber(folded);
}
