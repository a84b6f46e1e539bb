import type { OverRuleItem } from '../ast.js';
import { decodeSettings } from '../settings.js';
import { checkId, checkShape } from './check-rule.js';
import type { ItemContext } from './context.js';
import { checkMetrics } from './metrics.js';
import { checkThreshold, reportCompare } from './metrics-series.js';
import { removeFix } from './report.js';

const SHORTEST_WINDOW = 1_000_000_000n;
/** Settings about the judgement of one trace. */
const ONE_TRACE: ReadonlySet<string> = new Set(['skew', 'required', 'closes after', 'on partial']);

/** Checks a rule over many traces: settings, shape, and the metrics of its clauses. */
export function checkOverRule(rule: OverRuleItem, context: ItemContext): void {
  const { broken, report } = context;
  const settings = rule.settings.filter(({ range }) => !broken(range));
  const { overNs } = decodeSettings({ settings }, report);
  const over = settings.find(({ name }) => name.text === 'over');
  if (over !== undefined && overNs !== undefined && overNs < SHORTEST_WINDOW)
    report('BT2608', over.range, 'A window is at least 1s long.');
  for (const { name, range } of settings) {
    if (!ONE_TRACE.has(name.text)) continue;
    report('BT2609', name.range, `\`${name.text}\` has no effect with \`over\`.`, {
      fixes: [removeFix(`Remove \`${name.text}\``, range)],
    });
  }
  checkId(rule, context);
  checkShape(rule, context);
  for (const { test, range } of rule.clauses) {
    if (broken(range)) continue;
    checkMetrics(test.series, context);
    if (test.series.kind === 'selection' && test.series.function.kind === 'compare')
      reportCompare({ start: test.series.range.end, end: test.range.end }, report);
    else checkThreshold(test.value, test.series, report);
  }
}
