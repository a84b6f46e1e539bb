import { replaceFix } from '../../problems/diagnostic.js';
import type { Report } from '../../problems/report.js';
import type { Range } from '../../tree/ast.js';
import type { MetricsExpression, MetricsNumber, MetricsStep } from '../../tree/ast-query.js';
import { foldNumber } from '../../tree/fold-number.js';
import type { ItemContext } from '../context.js';

/** Checks what series go through: arithmetic, thresholds, topk and bottomk. */
export function checkSeries(expression: MetricsExpression, { report }: ItemContext): void {
  const [first] = expression.steps;
  if (isCompare(expression) && first !== undefined) reportCompare(first.range, report);
  else for (const step of expression.steps) checkStep(step, isCount(expression), report);
  if (expression.kind === 'operation') checkSides(expression, report);
}

/** Checks what is calculated; only the outermost operation has steps. */
function checkSides(
  { left, right }: Extract<MetricsExpression, { kind: 'operation' }>,
  report: Report,
): void {
  for (const side of [left, right]) {
    switch (side.kind) {
      case 'operation':
        checkSides(side, report);
        break;
      case 'selection':
        if (isCompare(side)) reportCompare(side.function.range, report);
        else for (const step of side.steps) checkStep(step, isCount(side), report);
        break;
      default:
        checkFactor(side, report);
    }
  }
}

function isCompare(expression: MetricsExpression): boolean {
  return expression.kind === 'selection' && expression.function.kind === 'compare';
}

/** Reports `compare()` where its series would be calculated with. */
export function reportCompare(range: Range, report: Report): void {
  report('BT2603', range, '`compare()` lists attributes and their values, and takes no further step.');
}

/** `counts`: whether the series are counts or rates. */
export function checkStep(step: MetricsStep, counts: boolean, report: Report): void {
  switch (step.kind) {
    case 'topk':
    case 'bottomk':
      if (step.count.value >= 1n && step.count.value <= BigInt(Number.MAX_SAFE_INTEGER)) return;
      report('BT2602', step.count.range, `\`${step.kind}\` chooses at least one series.`);
      return;
    case 'threshold':
      checkThreshold(step.value, counts, report);
  }
}

/** Checks the number that series are compared with. `counts`: whether they are counts or rates. */
export function checkThreshold(value: MetricsNumber, counts: boolean, report: Report): void {
  const folded = checkedFold(value, report);
  if (folded?.kind !== 'duration' || !counts) return;
  const seconds = String(Number(folded.value) / 1e9);
  report('BT2606', value.range, `This is a number, and not of seconds; the threshold reads as ${seconds}.`, {
    fixes: [replaceFix(`Change to ${seconds}`, value.range, seconds)],
  });
}

const COUNTS: ReadonlySet<string> = new Set(['rate', 'count_over_time', 'distinct_over_time']);

export function isCount(expression: MetricsExpression): boolean {
  return expression.kind === 'selection' && COUNTS.has(expression.function.kind);
}

function checkFactor(value: MetricsNumber, report: Report): void {
  const folded = checkedFold(value, report);
  if (folded?.kind !== 'duration') return;
  const seconds = String(Number(folded.value) / 1e9);
  report('BT2604', value.range, 'Series are calculated with plain numbers; durations in them are seconds.', {
    fixes: [replaceFix(`Change to ${seconds}`, value.range, seconds)],
  });
}

function checkedFold(value: MetricsNumber, report: Report): ReturnType<typeof foldNumber> {
  const folded = foldNumber(value);
  if (folded === undefined)
    report('BT2605', value.range, 'This has no value: it divides by zero, or is too large.');
  return folded;
}
