import { printField } from '../../print/print-field.js';
import { type Fix, guesses, removeFix, replaceFix } from '../../problems/diagnostic.js';
import type { Report } from '../../problems/report.js';
import type { Field, WindowClause } from '../../tree/ast.js';
import type {
  LabelMatching,
  MetricsExpression,
  MetricsNumber,
  MetricsSelection,
} from '../../tree/ast-query.js';

/** What tells the series of an expression apart, each by the text of its field; undefined for a number, which has no series. */
type Labels = readonly string[];

/**
 * Checks that the series of a rule over many traces can meet: the sides of every calculation, and those of `when` with those of
 * each clause. Only labels that the author wrote in `by` count, and buckets of a histogram.
 */
export function checkWindowLabels(clauses: readonly WindowClause[], report: Report): void {
  const [when] = clauses.filter(({ kind }) => kind === 'when');
  const chosen = when && labelsOf(when.test.series, report);
  for (const clause of clauses) {
    if (clause === when) continue;
    const labels = labelsOf(clause.test.series, report) ?? [];
    if (when === undefined || chosen === undefined) continue;
    const missing = chosen.filter((label) => !labels.includes(label));
    if (missing.length === 0) continue;
    report(
      'BT2611',
      clause.test.series.range,
      `\`when\` chooses series by ${listed(chosen)}, and the series of this clause ${labels.length === 0 ? 'has no labels' : `have ${listed(labels)}`}: it never applies. Give both the same labels in \`by\`.`,
      {
        fixes: byFix(clause.test.series, [...labels, ...missing]),
        related: [{ message: 'Series are chosen here', range: when.test.series.range }],
      },
    );
  }
}

/** A query joins series as TraceQL does. */
export function checkUnmatched(expression: MetricsExpression | MetricsNumber, report: Report): void {
  if (expression.kind === 'selection' && expression.prior !== undefined)
    report(
      'BT2614',
      expression.prior.range,
      'A query has no windows that something could be before: `prior` is for rules with `over`, which can be run as a query too.',
    );
  if (expression.kind !== 'operation') return;
  const { left, right, matching } = expression;
  if (matching !== undefined)
    report(
      'BT2612',
      matching.range,
      `TraceQL joins series of equal labels: \`${matching.kind} (…)\` is for rules with \`over\`, which can be run as a query too.`,
      { fixes: [removeFix(`Remove ${matching.kind}`, matching.range)] },
    );
  checkUnmatched(left, report);
  checkUnmatched(right, report);
}

function labelsOf(expression: MetricsExpression | MetricsNumber, report: Report): Labels | undefined {
  switch (expression.kind) {
    case 'selection':
      return labelsOfSelection(expression, report);
    case 'operation': {
      const left = labelsOf(expression.left, report);
      const right = labelsOf(expression.right, report);
      if (left === undefined || right === undefined) return left ?? right;
      return joined(expression, left, right, report);
    }
    default:
      return undefined;
  }
}

function labelsOfSelection({ function: fn }: MetricsSelection, report: Report): Labels {
  if (fn.kind === 'compare') return [];
  if (fn.kind === 'quantile_over_time') {
    const [first, ...more] = fn.quantiles;
    const last = more.at(-1);
    if (first !== undefined && last !== undefined)
      report(
        'BT2613',
        { start: more[0]!.range.start, end: last.range.end },
        'A clause compares one quantile: write a clause for each.',
        { fixes: [removeFix('Keep the first', { start: first.range.end, end: last.range.end })] },
      );
  }
  const by = [...new Set(fn.by.map(printField))];
  return fn.kind === 'histogram_over_time' ? [...by, BUCKET] : by;
}

/** Every bucket of a histogram is a series. */
const BUCKET = '__bucket';

function joined(
  { right: rightSide, matching, range }: Extract<MetricsExpression, { kind: 'operation' }>,
  left: Labels,
  right: Labels,
  report: Report,
): Labels {
  const wider = left.length >= right.length ? left : right;
  if (matching !== undefined) {
    checkMatching(matching, left, right, report);
    return wider;
  }
  // One series without labels is paired with every other.
  if (left.length === 0 || right.length === 0 || isSame(left, right)) return wider;
  const common = left.filter((label) => right.includes(label));
  const narrower = wider === left ? right : left;
  const hint = isSame(common, narrower)
    ? `, or join them on those that both have: \`on (${common.join(', ')})\` behind the operator`
    : '';
  report(
    'BT2611',
    range,
    `Series by ${listed(left)} never meet series by ${listed(right)}. Give both the same labels in \`by\`${hint}.`,
    { fixes: byFix(rightSide, left) },
  );
  return wider;
}

function checkMatching(
  { kind, labels, range }: LabelMatching,
  left: Labels,
  right: Labels,
  report: Report,
): void {
  const named = labels.map(printField);
  for (const [n, name] of named.entries()) {
    const sides = [left, right].filter((side) => side.includes(name)).length;
    if (sides === 2 || (kind === 'ignoring' && sides === 1)) continue;
    report(
      'BT2612',
      labels[n]!.range,
      kind === 'on'
        ? `Series are joined on labels that both sides have in \`by\`, and ${sides === 0 ? 'neither has' : 'one lacks'} \`${name}\`.`
        : `Neither side has the label \`${name}\` in \`by\`.`,
    );
    return;
  }
  const kept = (side: Labels): Labels => side.filter((name) => named.includes(name) === (kind === 'on'));
  if (!isSame(kept(left), kept(right))) {
    report(
      'BT2611',
      range,
      `Without the labels that are ignored, series by ${listed(kept(left))} never meet series by ${listed(kept(right))}.`,
    );
    return;
  }
  if (kept(left).length < left.length && kept(right).length < right.length)
    report(
      'BT2612',
      range,
      'Both sides have more labels than they are joined on, so many series would meet many: one side has exactly those.',
    );
}

function byFix(expression: MetricsExpression | MetricsNumber, labels: Labels): readonly Fix[] {
  if (expression.kind !== 'selection' || !('by' in expression.function)) return [];
  const wanted = labels.filter((label) => label !== BUCKET).join(', ');
  if (wanted === '') return [];
  const { by, range }: { readonly by: readonly Field[]; readonly range: Field['range'] } =
    expression.function;
  const title = `Write by (${wanted})`;
  const [first] = by;
  const last = by.at(-1);
  if (first === undefined || last === undefined)
    return [replaceFix(title, { start: range.end, end: range.end }, ` by (${wanted})`)];
  return guesses([replaceFix(title, { start: first.range.start, end: last.range.end }, wanted)]);
}

function isSame(a: Labels, b: Labels): boolean {
  return a.length === b.length && a.every((label) => b.includes(label));
}

function listed(labels: Labels): string {
  return `\`${labels.join(', ')}\``;
}
