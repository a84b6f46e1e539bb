/** The order and the words of rules in reports. */

import { RULE_KINDS } from '../../../engine/language/words/rule-kinds.js';
import { SEVERITIES } from '../../../engine/language/words/settings.js';
import { isIncomplete, type JudgedRule, undecidedCases } from '../../../engine/verdicts/judged-rule.js';
import { formatCount, plural } from '../../shared/numbers.js';

/** Whether the rule has cases and none of its clauses could have failed. */
export function isVacuous(rule: JudgedRule): boolean {
  return rule.vacuous > 0;
}

/** Whether nothing is known of a rule across traces: all of its cases see beyond the end of the range. */
export function isUndecided(rule: JudgedRule): boolean {
  return rule.applicable > 0 && undecidedCases(rule) === rule.applicable;
}

/** Whether some clause of a rule whose cases passed could not have failed, and nobody has accepted that. */
export function isPartlyVacuous({ rule, clauses }: JudgedRule): boolean {
  return !rule.settings.idle && clauses.some(({ vacuous }) => vacuous);
}

/** Whether nothing of a rule is in want of a look. */
export function isCalm(rule: JudgedRule): boolean {
  return rankOf(rule) === CALM;
}

const UNDECIDED = 5;
const PARTLY = 6;
const CALM = 7;

function rankOf(rule: JudgedRule): number {
  if (rule.violated > 0) return 0;
  if (isIncomplete(rule)) return 1;
  if (rule.cannotTell > 0) return 2;
  if (isVacuous(rule)) return 3;
  if (rule.applicable === 0) return 4;
  if (undecidedCases(rule) > 0) return UNDECIDED;
  return isPartlyVacuous(rule) ? PARTLY : CALM;
}

/** By kind, the most severe first; of one severity: violated, not judged to the end, cannot tell, vacuous, never applied, undecided in part, passed in part, passed. */
export function inReportOrder(rules: readonly JudgedRule[]): readonly JudgedRule[] {
  const kind = (rule: JudgedRule): number => RULE_KINDS.indexOf(rule.kind);
  const severity = ({ rule }: JudgedRule): number => SEVERITIES.indexOf(rule.settings.severity);
  return [...rules].sort(
    (a, b) =>
      kind(a) - kind(b) ||
      severity(a) - severity(b) ||
      rankOf(a) - rankOf(b) ||
      (a.rule.id < b.rule.id ? -1 : 1),
  );
}

/** The state of a rule in a word or few: what is most in want of a look. */
export function stateText(rule: JudgedRule): string {
  const { applicable, passed, cannotTell, vacuous, violated } = rule;
  switch (rankOf(rule)) {
    case 0:
      return `${formatCount(violated)} of ${formatCount(applicable)} violated`;
    case 1:
      return 'not judged to the end';
    case 2:
      return `${formatCount(cannotTell)} of ${formatCount(applicable)} cannot tell`;
    case 3:
      return `${formatCount(vacuous)} vacuous`;
    case 4:
      return 'never applied';
    case UNDECIDED:
      return `${formatCount(undecidedCases(rule))} of ${formatCount(applicable)} undecided`;
    case PARTLY:
      return `${formatCount(passed)} passed in part`;
    default:
      return `${formatCount(passed)} passed`;
  }
}

/** `4 violated (159 violations), 1 never applied, 7 passed` */
export function outcomeText(rules: readonly JudgedRule[]): string {
  const violated = rules.filter((rule) => rule.violated > 0);
  const calm = rules.filter((rule) => rule.violated === 0);
  const stopped = calm.filter(isIncomplete);
  const judged = calm.filter((rule) => !isIncomplete(rule));
  const unsure = judged.filter((rule) => rule.cannotTell > 0);
  const vacuous = judged.filter((rule) => rule.cannotTell === 0 && isVacuous(rule));
  const idle = judged.filter((rule) => rule.applicable === 0);
  const undecided = judged.filter((rule) => rankOf(rule) === UNDECIDED);
  const partly = judged.filter((rule) => rankOf(rule) === PARTLY);
  const passed =
    judged.length - unsure.length - vacuous.length - idle.length - undecided.length - partly.length;
  const violations = rules.reduce((sum, rule) => sum + rule.violated, 0);
  const parts = [
    ...(violated.length > 0
      ? [`${formatCount(violated.length)} violated (${plural(violations, 'violation')})`]
      : []),
    ...(stopped.length > 0 ? [`${formatCount(stopped.length)} not judged to the end`] : []),
    ...(unsure.length > 0 ? [`${formatCount(unsure.length)} in doubt`] : []),
    ...(vacuous.length > 0 ? [`${formatCount(vacuous.length)} vacuous`] : []),
    ...(idle.length > 0 ? [`${formatCount(idle.length)} never applied`] : []),
    ...(undecided.length > 0 ? [`${formatCount(undecided.length)} undecided in part`] : []),
    ...(partly.length > 0 ? [`${formatCount(partly.length)} passed in part`] : []),
    ...(passed > 0 ? [`${formatCount(passed)} passed`] : []),
  ];
  return parts.join(', ');
}
