/** What two replays of the same rules found differently: what an edit of a rule has changed. */
import type { ReplayJson } from '../../engine/answers/replay.js';
import { type FoundViolation, type JudgedRule, judgedRules } from './judged.js';

export interface RuleChange {
  /** Ids of violations that only the later replay found. */
  readonly added: ReadonlySet<string>;
  /** Those that only the earlier one found. */
  readonly gone: readonly FoundViolation[];
  /** Some violations were not listed, and what they changed is not known. */
  readonly isAtLeast: boolean;
}

/**
 * By rule, for the rules that both judged to the end. Only times that both looked at count: what is new because the range has moved is
 * no change of the rule. An id is that of the case and the clause, so it is the same in both.
 */
export function changesBetween(before: ReplayJson, after: ReplayJson): ReadonlyMap<string, RuleChange> {
  const earlier = new Map(judgedRules(before).map((rule) => [rule.id, rule]));
  const changes = new Map<string, RuleChange>();
  for (const rule of judgedRules(after)) {
    const other = earlier.get(rule.id);
    if (other === undefined || other.problem !== null || rule.problem !== null) continue;
    const from = latest([before.range.from, after.range.from]);
    const to = earliest([before.range.to, after.range.to, listedUntil(other), listedUntil(rule)]);
    const both = (found: FoundViolation): boolean =>
      (from === undefined || found.time >= from) && (to === undefined || found.time < to);
    const [was, is] = [other.violations.filter(both), rule.violations.filter(both)];
    const [wasIds, isIds] = [new Set(was.map(({ id }) => id)), new Set(is.map(({ id }) => id))];
    changes.set(rule.id, {
      added: new Set([...isIds].filter((id) => !wasIds.has(id))),
      gone: was.filter(({ id }) => !isIds.has(id)),
      isAtLeast: other.violationsLeftOut > 0 || rule.violationsLeftOut > 0,
    });
  }
  return changes;
}

/** The earliest violations are listed: from the last of them on it is not known which there are, unless all are listed. */
function listedUntil({ violations, violationsLeftOut }: JudgedRule): string | null {
  return violationsLeftOut === 0 ? null : (violations.at(-1)?.time ?? '');
}

function latest(times: readonly (string | null)[]): string | undefined {
  return known(times).at(-1);
}

function earliest(times: readonly (string | null)[]): string | undefined {
  return known(times)[0];
}

/** Ascending: times of a replay are all written alike. */
function known(times: readonly (string | null)[]): readonly string[] {
  return times.flatMap((time) => (time === null ? [] : [time])).sort();
}

/** `+3 −1`; undefined where nothing has changed. */
export function changeText({
  added,
  gone,
  isAtLeast,
}: Pick<RuleChange, 'isAtLeast'> & ChangeCounts): string | undefined {
  const parts = [...(added > 0 ? [`+${added}`] : []), ...(gone > 0 ? [`−${gone}`] : [])];
  return parts.length === 0 ? undefined : `${isAtLeast ? 'at least ' : ''}${parts.join(' ')}`;
}

export interface ChangeCounts {
  readonly added: number;
  readonly gone: number;
}

/** Of all rules together. */
export function countChanges(changes: Iterable<RuleChange>): ChangeCounts & Pick<RuleChange, 'isAtLeast'> {
  let [added, gone, isAtLeast] = [0, 0, false];
  for (const change of changes) {
    added += change.added.size;
    gone += change.gone.length;
    isAtLeast ||= change.isAtLeast;
  }
  return { added, gone, isAtLeast };
}
