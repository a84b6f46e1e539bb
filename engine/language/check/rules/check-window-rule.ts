import { printLiteral } from '../../print/print-expression.js';
import { removeFix, replaceFix } from '../../problems/diagnostic.js';
import type { Report } from '../../problems/report.js';
import type { DurationLiteral, Setting, WindowClause, WindowRuleItem } from '../../tree/ast.js';
import { foldNumber } from '../../tree/fold-number.js';
import { decodeSettings } from '../../words/settings.js';
import type { ItemContext } from '../context.js';
import { checkMetrics, selectionsOf } from '../queries/metrics.js';
import { checkThreshold, isCount, reportCompare } from '../queries/metrics-series.js';
import { checkId, checkShape } from './check-rule.js';
import { checkWindowLabels } from './window-labels.js';

const SHORTEST_WINDOW = 1_000_000_000n;
const DAY_NS = 86_400_000_000_000n;
const FARTHEST_PRIOR = 400n * DAY_NS;
/** Settings about the judgement of one trace. */
const ONE_TRACE: ReadonlySet<string> = new Set(['skew', 'required', 'closes after', 'on partial']);

/** Checks a rule over many traces: settings, shape, and the metrics of its clauses. */
export function checkWindowRule(rule: WindowRuleItem, context: ItemContext): void {
  const { broken, report } = context;
  const settings = rule.settings.filter(({ range }) => !broken(range));
  const { overNs } = decodeSettings({ settings }, report);
  const over = settings.find(({ name }) => name.text === 'over');
  if (over !== undefined && overNs !== undefined) checkWindow(over, overNs, report);
  const across = settings.find(({ name }) => name.text === 'across');
  if (across !== undefined)
    report('BT2700', across.name.range, 'A rule is `over` time or `across` traces, not both.', {
      fixes: [
        removeFix('Remove `across`', across.range),
        ...(over === undefined ? [] : [removeFix('Remove `over`', over.range)]),
      ],
    });
  for (const { name, range } of settings) {
    if (!ONE_TRACE.has(name.text)) continue;
    report('BT2609', name.range, `\`${name.text}\` has no effect with \`over\`.`, {
      fixes: [removeFix(`Remove \`${name.text}\``, range)],
    });
  }
  checkId(rule, context);
  checkShape(rule, context);
  const whole = rule.clauses.filter(({ range }) => !broken(range));
  const stepNs = over?.every?.value ?? overNs;
  for (const { test } of whole) {
    checkMetrics(test.series, context);
    for (const { prior } of selectionsOf(test.series))
      if (prior !== undefined && stepNs !== undefined) checkPrior(prior, stepNs, report);
    if (test.series.kind === 'selection' && test.series.function.kind === 'compare')
      reportCompare({ start: test.series.range.end, end: test.range.end }, report);
    else {
      checkThreshold(test.value, isCount(test.series), report);
      checkNeverNegative(test, report);
    }
  }
  checkWindowLabels(whole, report);
}

/** Reports `rate() >= 0`, which every series satisfies, and `rate() < 0`. */
function checkNeverNegative({ series, operator, value, range }: WindowClause['test'], report: Report): void {
  const folded = isCount(series) ? foldNumber(value) : undefined;
  if (folded === undefined || Number(folded.value) !== 0) return;
  const why = 'a count or a rate is never less than 0';
  if (operator === '>=') report('BT2305', range, `This always holds: ${why}.`);
  if (operator === '<') report('BT2304', range, `This never holds: ${why}.`);
}

function checkPrior({ value, raw, range }: DurationLiteral, stepNs: bigint, report: Report): void {
  if (value > FARTHEST_PRIOR)
    report('BT2614', range, `\`prior\` looks ${FARTHEST_PRIOR / DAY_NS} days back at most.`);
  else if (stepNs > 0n && (value <= 0n || value % stepNs !== 0n))
    report(
      'BT2614',
      range,
      `Windows start each ${Number(stepNs) / 1e9}s, and ${raw} is not a whole number of such steps.`,
    );
}

function checkWindow({ range, value, every }: Setting, windowNs: bigint, report: Report): void {
  if (windowNs < SHORTEST_WINDOW) {
    report('BT2608', value.range, 'A window is at least 1s long.');
    return;
  }
  if (every === undefined) return;
  const stepNs = every.value;
  if (stepNs < SHORTEST_WINDOW) {
    report('BT2608', every.range, 'Windows start at least 1s apart.');
    return;
  }
  if (windowNs % stepNs === 0n) return;
  const fixes =
    stepNs > windowNs
      ? [replaceFix('Let windows lie side by side', range, `over ${printLiteral(value as DurationLiteral)}`)]
      : [];
  report(
    'BT2610',
    every.range,
    stepNs > windowNs
      ? 'Windows that start further apart than they are long leave gaps that nobody looks at.'
      : `A window of ${windowNs / 1_000_000_000n}s is not a whole number of steps of ${Number(stepNs) / 1e9}s.`,
    { fixes },
  );
}
