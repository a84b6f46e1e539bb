/** The order and the words in which reports tell of rules. */

import { SEVERITIES } from '../../../engine/language/settings.js';
import type { OverRuleResult } from '../../../engine/replay/over/result.js';
import type { RuleResult } from '../../../engine/replay/result.js';
import { formatCount, plural } from '../terminal/numbers.js';

type AnyResult = RuleResult | OverRuleResult;

/** A rule over many traces always can tell. */
function doubts(rule: AnyResult): number {
  return 'cannotTell' in rule ? rule.cannotTell : 0;
}

/** Most severe first; of one severity: violated, not judged to the end, cannot tell, never applied, passed. */
export function inReportOrder<T extends AnyResult>(rules: readonly T[]): readonly T[] {
  const rank = (rule: T): number =>
    rule.violated > 0 ? 0 : rule.problem ? 1 : doubts(rule) > 0 ? 2 : rule.applicable === 0 ? 3 : 4;
  const severity = ({ rule }: T): number => SEVERITIES.indexOf(rule.settings.severity);
  return [...rules].sort(
    (a, b) => severity(a) - severity(b) || rank(a) - rank(b) || (a.rule.id < b.rule.id ? -1 : 1),
  );
}

/** `3.2 %`; never `0 %` for something nor `100 %` for less than all. */
export function percent(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %';
  if (part === whole) return '100 %';
  const share = (part / whole) * 100;
  if (share < 0.01) return '< 0.01 %';
  const text = share.toFixed(share < 1 ? 2 : share < 10 ? 1 : 0);
  return text === '100' ? '> 99 %' : `${text} %`;
}

/** `4 violated (159 violations), 1 never applied, 7 passed` */
export function outcomeText(rules: readonly AnyResult[]): string {
  const violated = rules.filter((rule) => rule.violated > 0);
  const calm = rules.filter((rule) => rule.violated === 0);
  const stopped = calm.filter(({ problem }) => problem !== undefined);
  const judged = calm.filter(({ problem }) => problem === undefined);
  const unsure = judged.filter((rule) => doubts(rule) > 0);
  const idle = judged.filter((rule) => rule.applicable === 0);
  const passed = judged.length - unsure.length - idle.length;
  const violations = rules.reduce((sum, rule) => sum + rule.violated, 0);
  const parts = [
    ...(violated.length > 0
      ? [`${formatCount(violated.length)} violated (${plural(violations, 'violation')})`]
      : []),
    ...(stopped.length > 0 ? [`${formatCount(stopped.length)} not judged to the end`] : []),
    ...(unsure.length > 0 ? [`${formatCount(unsure.length)} in doubt`] : []),
    ...(idle.length > 0 ? [`${formatCount(idle.length)} never applied`] : []),
    ...(passed > 0 ? [`${formatCount(passed)} passed`] : []),
  ];
  return parts.join(', ');
}
