/** The rules of a report, a line each: what came of them, at a glance. */
import type { ReplayResult } from '../../../engine/replay/result.js';
import type { JudgedRule } from '../../../engine/verdicts/judged-rule.js';
import { lastRise } from '../../../engine/verdicts/rate-rise.js';
import { historyOf } from '../../../engine/verdicts/rule-histories.js';
import { formatCount, percent } from '../../shared/numbers.js';
import { displayWidth, printable, truncate } from '../../shared/printable.js';
import { hasRate } from '../../shared/rate-text.js';
import { axisTimes } from '../../shared/times.js';
import { isCalm, stateText } from './order.js';
import { markOf, severityText } from './rule-lines.js';
import type { TextContext } from './text-context.js';

/** What is left for the rest of the line. */
const LEAST_REST = 52;
const SEVERITY_WIDTH = 'critical'.length;

/** @param rules in the order of the report */
export function summaryLines(rules: readonly JudgedRule[], context: TextContext): readonly string[] {
  const room = Math.max(12, context.width - LEAST_REST);
  const ids = rules.map(({ rule }) => truncate(printable(rule.id), room));
  const widest = Math.max(...ids.map(displayWidth));
  return rules.map((found, n) => line(found, padded(ids[n]!, widest), context));
}

function line(found: JudgedRule, id: string, context: TextContext): string {
  const { style, width } = context;
  const { severity } = found.rule.settings;
  const level = severityText(found, style) + ' '.repeat(SEVERITY_WIDTH - severity.length);
  const lines = texts(found, context.result);
  const used = 2 + displayWidth(id) + 2 + SEVERITY_WIDTH + 2;
  const [first, ...others] = lines;
  const fitting = others.filter((text) => used + first.length + 2 + text.length <= width);
  const shown = truncate([first, ...fitting].join('  '), width - used);
  const colour = found.violated > 0 ? style.bold : isCalm(found) ? style.dim : style.yellow;
  return `${markOf(found, context)} ${id}  ${level}  ${colour(shown)}`;
}

/** The first is always shown, the others where there is room. */
function texts(found: JudgedRule, result: ReplayResult): readonly [string, ...string[]] {
  const { violated, applicable } = found;
  if (violated === 0) return [stateText(found)];
  const share = `${formatCount(violated)} of ${formatCount(applicable)} violated (${percent(violated, applicable)})`;
  const since = sinceText(found, result);
  return since === undefined ? [share] : [share, since];
}

/** Since when there are more of them: `since 14:30`. */
function sinceText(found: JudgedRule, result: ReplayResult): string | undefined {
  const { fromNs, toNs } = result.range;
  const rise = hasRate(found, result) ? lastRise(historyOf(found, result)) : undefined;
  if (rise === undefined || fromNs === undefined || toNs === undefined) return undefined;
  return `since ${axisTimes(fromNs, toNs)(rise.atNs)}`;
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}
