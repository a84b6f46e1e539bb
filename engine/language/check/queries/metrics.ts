import { printField } from '../../print/print-field.js';
import { removeFix } from '../../problems/diagnostic.js';
import type { Field } from '../../tree/ast.js';
import type {
  CompareFunction,
  MetricsExpression,
  MetricsFunction,
  MetricsSelection,
  ViolationLabel,
  ViolationMetrics,
} from '../../tree/ast-query.js';
import { describeType, isNumeric, isOpen, typeOfField } from '../../tree/types.js';
import type { ItemContext } from '../context.js';
import { checkField } from '../known-fields.js';
import { checkUnbound } from '../names/names.js';
import { checkQuantile } from '../types/scalars.js';
import { checkSeries, checkStep } from './metrics-series.js';
import { checkQueryPipeline } from './query-pipeline.js';

/** Each selection is evaluated by itself. */
const MAX_SELECTIONS = 50;
const MOST_LABELS = 5;
/** These use up one of Tempo's labels themselves. */
const LABELLED: ReadonlySet<string> = new Set(['avg_over_time', 'quantile_over_time', 'histogram_over_time']);
const MOST_COMPARED = 1000n;

/** Checks the selections of metrics, their functions and what is calculated with them. */
export function checkMetrics(expression: MetricsExpression, context: ItemContext): void {
  const selections = [...selectionsOf(expression)];
  if (selections.length > MAX_SELECTIONS) {
    const message = `This is made of ${selections.length} selections; there can be at most ${MAX_SELECTIONS}.`;
    context.report('BT2019', expression.range, message);
    return;
  }
  for (const selection of selections) {
    checkQueryPipeline(selection.pipeline, context);
    checkFunction(selection.function, context);
  }
  checkSeries(expression, context);
}

/** Checks what violations are counted by. */
export function checkViolationMetrics({ kind, by, steps }: ViolationMetrics, context: ItemContext): void {
  checkViolationLabels(kind, by, context);
  for (const step of steps) checkStep(step, true, context.report);
}

/** Checks what violations are grouped by; `name` is what has that grouping. */
export function checkViolationLabels(
  name: string,
  by: readonly ViolationLabel[],
  context: ItemContext,
): void {
  const fields = by.flatMap((label) => (label.kind === 'fact' ? [] : [label]));
  checkLabels(name, fields, context);
}

/** Every selection of a metrics expression, in the order of the text. */
export function* selectionsOf(expression: MetricsExpression): Generator<MetricsSelection> {
  if (expression.kind === 'selection') {
    yield expression;
    return;
  }
  for (const side of [expression.left, expression.right]) {
    if (side.kind === 'selection' || side.kind === 'operation') yield* selectionsOf(side);
  }
}

function checkFunction(fn: MetricsFunction, context: ItemContext): void {
  if (fn.kind === 'compare') {
    checkCompare(fn, context);
    return;
  }
  checkLabels(fn.kind, fn.by, context);
  if (!('field' in fn)) return;
  checkReadField(fn.field, context);
  const type = typeOfField(fn.field);
  if (fn.kind !== 'distinct_over_time' && !isNumeric(type) && !isOpen(type)) {
    context.report(
      'BT2210',
      fn.field.range,
      `\`${fn.kind}\` takes a number or a duration; this is ${describeType(type)}.`,
    );
  }
  if (fn.kind !== 'quantile_over_time') return;
  for (const quantile of fn.quantiles) checkQuantile(quantile, context.report);
  const quantiles = fn.quantiles.map(({ value, range }) => ({ text: String(Number(value)), range }));
  checkRepeated(quantiles, context);
}

function checkLabels(name: string, by: readonly Field[], context: ItemContext): void {
  for (const field of by) checkReadField(field, context);
  checkRepeated(
    by.map((field) => ({ text: printField(field), range: field.range })),
    context,
  );
  const most = LABELLED.has(name) ? MOST_LABELS - 1 : MOST_LABELS;
  const [excess] = by.slice(most);
  const last = by.at(-1);
  if (excess === undefined || last === undefined) return;
  const range = { start: excess.range.start, end: last.range.end };
  context.report('BT2601', range, `\`${name}\` has at most ${most} fields in \`by\`.`);
}

/** A field that is read of every span: not of a bound one. */
function checkReadField(field: Field, context: ItemContext): void {
  checkUnbound(field, context);
  if (field.bound) return;
  checkField(field, context);
}

function checkRepeated(
  items: readonly { readonly text: string; readonly range: Field['range'] }[],
  { report }: ItemContext,
): void {
  const seen = new Set<string>();
  items.forEach(({ text, range }, index) => {
    const before = items[index - 1];
    if (seen.has(text) && before !== undefined) {
      const fixes = [removeFix(`Remove the second ${text}`, { start: before.range.end, end: range.end })];
      report('BT2607', range, `\`${text}\` is written twice here.`, { fixes });
    }
    seen.add(text);
  });
}

function checkCompare({ selection, top, start, end }: CompareFunction, context: ItemContext): void {
  const { report } = context;
  const { range } = selection;
  checkQueryPipeline({ stages: [{ kind: 'spanset', expression: selection, range }], range }, context);
  if (top !== undefined && (top.value < 1n || top.value > MOST_COMPARED))
    report('BT2602', top.range, `\`compare\` lists 1 to ${MOST_COMPARED} values of each attribute.`);
  if (start !== undefined && end !== undefined && start.value >= end.value) {
    const both = { start: start.range.start, end: end.range.end };
    report('BT2602', both, '`compare` takes a start that is before its end.');
  }
}
