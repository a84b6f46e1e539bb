/** What a judgement of flows counted, as a note that is kept with what it was counted from: evidence hears of it once, whatever crashes. */
import type { RulePlan } from '../../plan/plan.js';
import type { RuleFacts } from '../../plan/vacuity/rule-needs.js';
import type { BucketCounts, FactsByKey } from '../../verdicts/evaluation.js';
import type { FoundId } from '../some-ids.js';

/** Tells a rule from others, and from what it was before. */
export type RuleName = Pick<RulePlan, 'id' | 'revision'>;

export interface FlowCounts<Rule extends RuleName = RuleName> {
  readonly tenant: string;
  readonly cases: readonly FlowCasesOfRule<Rule>[];
  /** Rules that gave no verdict on some flows, and how many those are. */
  readonly unjudged: readonly { readonly rule: RuleName; readonly flows: number }[];
}

/** Cases that see no more spans, each once. */
export interface FlowCasesOfRule<Rule extends RuleName = RuleName> {
  readonly rule: Rule;
  /** By the UTC day of the case. */
  readonly days: readonly BucketCounts[];
  readonly facts: FactsByKey;
  /** Of those that are violated some, those that were found first. */
  readonly found: readonly FoundId[];
  /** Cases that cannot be determined, as spans that they need are not there. */
  readonly unseen: number;
}

/** Big numbers as decimal texts. */
interface Note {
  readonly tenant: string;
  readonly cases: readonly {
    readonly rule: RuleName;
    readonly days: readonly (readonly [
      start: string,
      passed: number,
      violated: number,
      cannotTell: number,
    ])[];
    readonly facts: readonly (readonly [day: string, facts: RuleFacts])[];
    readonly found: readonly (readonly [id: string, time: string])[];
    readonly unseen: number;
  }[];
  readonly unjudged: FlowCounts['unjudged'];
}

export function noteOf({ tenant, cases, unjudged }: FlowCounts): string {
  const nameOf = ({ id, revision }: RuleName): RuleName => ({ id, revision });
  const note: Note = {
    tenant,
    cases: cases.map(({ rule, days, facts, found, unseen }) => ({
      rule: nameOf(rule),
      days: days.map(({ start, passed, violated, cannotTell }) => [`${start}`, passed, violated, cannotTell]),
      facts: [...facts].map(([day, found]) => [`${day}`, found]),
      found: found.map(({ id, time }) => [id, `${time}`]),
      unseen,
    })),
    unjudged: unjudged.map(({ rule, flows }) => ({ rule: nameOf(rule), flows })),
  };
  return JSON.stringify(note);
}

/** Of what `noteOf` wrote. */
export function countsIn(text: string): FlowCounts {
  const { tenant, cases, unjudged } = JSON.parse(text) as Note;
  return {
    tenant,
    cases: cases.map(({ rule, days, facts, found, unseen }) => ({
      rule,
      days: days.map(([start, passed, violated, cannotTell]) => ({
        ...{ start: BigInt(start), passed, violated, cannotTell },
      })),
      facts: new Map(facts.map(([day, known]) => [BigInt(day), known])),
      found: found.map(([id, time]) => ({ id, time: BigInt(time) })),
      unseen,
    })),
    unjudged,
  };
}
