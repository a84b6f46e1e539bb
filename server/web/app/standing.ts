/** The standing of a rule: the one word and colour that everything about it comes to. Green only where all of it is known. */
import type { RuleJson } from '../../../engine/answers/replay.js';
import type { RuleInForceJson } from '../../../engine/answers/rule.js';
import { unmatchedPatterns, unmatchedText, wantText } from '../../../engine/plan/vacuity/texts.js';
import { doubtTexts } from '../../shared/doubt.js';
import { UNJUDGED } from '../../shared/unjudged.js';
import { earlyText } from './early.js';
import { ELSEWHERE } from './elsewhere.js';
import { plural } from './format.js';

export type Standing =
  | 'violated'
  | 'not judged'
  | 'undecided'
  | 'vacuous'
  | 'kept'
  | 'not replayed'
  | 'disabled';

export const STANDINGS: readonly Standing[] = [
  'violated',
  'not judged',
  'undecided',
  'vacuous',
  'not replayed',
  'kept',
  'disabled',
];

export function standingOf(rule: RuleInForceJson, result: RuleJson | undefined): Standing {
  if (!rule.settings.enabled) return 'disabled';
  const last = rule.lastReplay;
  const { live } = rule;
  if ((last?.violated ?? 0) > 0 || (live !== null && live.violated > live.retracted)) return 'violated';
  if (
    result?.problem != null ||
    (live !== null && (live.stopped !== null || live.tooLarge + live.whileStopped + live.unseen > 0))
  )
    return 'not judged';
  if (last === null) return 'not replayed';
  if (last.partial || (last.applicable === 0 && unjudgedTexts(result).length > 0)) return 'not judged';
  return fromCounts({
    applicable: last.applicable,
    unsure: last.cannotTell + undecidedOf(result) + (live?.cannotTell ?? 0),
    vacuous: last.vacuous + last.vacuousClauses.length,
  });
}

/** By what one replay found alone, of whatever text of the rule. */
export function standingOfResult(result: RuleJson): Standing {
  if (result.violated > 0) return 'violated';
  if (result.problem !== null) return 'not judged';
  return fromCounts({
    applicable: result.applicable,
    unsure: undecidedOf(result) + ('cannotTell' in result ? result.cannotTell : 0),
    vacuous: result.vacuous + result.clauses.filter(({ vacuous }) => vacuous).length,
  });
}

interface Counted {
  readonly applicable: number;
  /** Cases that are undecided, or that no verdict is known of. */
  readonly unsure: number;
  /** Cases and clauses that could not have failed. */
  readonly vacuous: number;
}

/** Of a rule that nothing violates. */
function fromCounts({ applicable, unsure, vacuous }: Counted): Standing {
  if (unsure > 0) return 'undecided';
  return applicable === 0 || vacuous > 0 ? 'vacuous' : 'kept';
}

/** The class of the style sheet. */
export function classOf(standing: Standing): string {
  return standing.replace(' ', '-');
}

function undecidedOf(result: RuleJson | undefined): number {
  return result !== undefined && 'undecided' in result ? result.undecided : 0;
}

/** Which windows of a rule over many traces were not judged, and why. */
export function unjudgedTexts(result: RuleJson | undefined): readonly string[] {
  if (result === undefined || !('windowsNotJudged' in result)) return [];
  const { count, runs } = result.windowsNotJudged;
  const reasons = [...new Set(runs.map(({ reason }) => UNJUDGED[reason]))].join(', or ');
  return count === 0 ? [] : [`${plural(count, 'window')} not judged: ${reasons}`];
}

/** Why a rule is not green although nothing is violated, and what else to know. */
export function reasonsOf(rule: RuleInForceJson, result: RuleJson | undefined): readonly string[] {
  const { lastReplay: last, live } = rule;
  return [
    ...(rule.stale ? ['its file has errors: the last version without is in force'] : []),
    ...(last?.partial ? ['the last replay is partial: something could not be read or judged'] : []),
    ...(result?.problem == null ? [] : [`not judged to the end: ${result.problem.reason}`]),
    ...(undecidedOf(result) === 0
      ? []
      : [`${undecidedOf(result)} cases are undecided: what comes after the range can still change them`]),
    ...(last?.cannotTellWhy ?? []),
    ...(last?.vacuousClauses ?? []),
    ...unjudgedTexts(result),
    ...(last !== null && last.applicable === 0 && unjudgedTexts(result).length === 0
      ? ['it never applied in the last replay']
      : []),
    ...(live === null ? [] : liveReasons(live)),
  ];
}

/** What else to know of the result of a trial: why none, or few, of its cases say anything. */
export function doubtsOf(result: RuleJson): readonly string[] {
  const { applicable, clauses, problem } = result;
  const unmatched = unmatchedPatterns(clauses);
  return [
    ...(problem === null ? [] : [`not judged to the end: ${problem.reason}`]),
    ...(applicable === 0 ? ['it applies to nothing in these traces'] : []),
    ...clauses
      .filter(({ vacuous }) => vacuous)
      .map((clause) => `${clause.clause} could not have failed: ${wantText(clause)}`),
    ...(unmatched.length === 0 ? [] : [unmatchedText(unmatched)]),
    ...('missing' in result
      ? doubtTexts({ cannotTell: result.cannotTell, missing: new Map(Object.entries(result.missing)) })
      : []),
    ...(undecidedOf(result) === 0
      ? []
      : [
          `${plural(undecidedOf(result), 'case')} undecided: what comes after the range can still change them`,
        ]),
    ...unjudgedTexts(result),
  ];
}

function liveReasons(live: NonNullable<RuleInForceJson['live']>): readonly string[] {
  return [
    ...(live.stopped === null ? [] : [`live: stopped, ${live.stopped}`]),
    ...(live.elsewhere ? [`live: ${ELSEWHERE}`] : []),
    ...(live.tooLarge === 0 ? [] : [`live: ${live.tooLarge} traces too large for the rule`]),
    ...(live.whileStopped === 0 ? [] : [`live: ${live.whileStopped} traces came while it was stopped`]),
    ...(live.unseen === 0
      ? []
      : [`live: ${live.unseen} cases see spans that were let go of, or came before the rule was there`]),
    ...(live.early === null || live.early.waits === null ? [] : [`live: ${earlyText(live.early)}`]),
    ...[...live.cannotTellWhy, ...live.vacuousClauses].map((text) => `live: ${text}`),
  ];
}
