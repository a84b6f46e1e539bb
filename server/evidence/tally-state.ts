/** What the tally knows, and how each record of its log changes that. */
import { dayAfter, dayOf, MOST_IDS, type TimeRange } from '../../engine/evidence/record.js';
import { UnreadableLog } from '../../engine/live/log/unreadable.js';
import type { KeptNeeds } from '../../engine/plan/vacuity/needs.js';
import { bothFacts, NO_FACTS, type RuleFacts } from '../../engine/plan/vacuity/rule-needs.js';

export interface RuleMeta {
  readonly id: string;
  readonly revision: string;
  readonly severity: string;
  readonly summary: string | null;
  readonly controls: readonly string[];
  /** As it is in force. Absent, as what follows, in what an earlier version wrote. */
  readonly text?: string;
  readonly idle?: boolean;
  /** The names of its clauses, as `never#1`, and what they need in order to fail. */
  readonly clauses?: readonly { readonly keyword: string; readonly index: number }[];
  readonly needs?: KeptNeeds;
}

export interface RuleTally {
  passed: number;
  violated: number;
  cannotTell: number;
  lateViolated: number;
  retracted: number;
  unjudged: number;
  misdated: number;
  /** Of flows, cases that could not be determined, as spans that they need are not there. */
  unseen: number;
}

export const NO_CASES: RuleTally = {
  passed: 0,
  violated: 0,
  cannotTell: 0,
  lateViolated: 0,
  retracted: 0,
  unjudged: 0,
  misdated: 0,
  unseen: 0,
};

/** A day of a tenant that is not closed, or has had more since it was. */
export interface DayTally {
  readonly tenant: string;
  readonly day: string;
  /** By `ruleKey`. */
  readonly rules: Record<string, RuleTally>;
  /** What the traces had of what clauses need, by `ruleKey`; absent in what an earlier version wrote, as is `seen`. */
  facts?: Record<string, RuleFacts>;
  /** Ids of the violations that were found first, at most `MOST_IDS`, by `ruleKey`; absent in what an earlier version wrote. */
  ids?: Record<string, readonly string[]>;
  /** Traces judged, each once, and their spans. */
  seen?: { readonly traces: number; readonly spans: number };
  refused: number;
  tooLate: number;
  partial: number;
}

/** A day as its records will tell it; nothing is added any more. */
export interface ClosedDay extends DayTally {
  /** Cases of flows that were not decided when the day was closed, by `ruleKey`; absent in what an earlier version wrote. */
  readonly undecided?: Readonly<Record<string, number>>;
  readonly part: number;
  readonly inForce: readonly string[];
  readonly downtime: readonly TimeRange[];
}

export interface TallyState {
  days: Record<string, DayTally>;
  /** To be written to the chain. */
  closing: ClosedDay[];
  /** For each tenant the last day that was closed; a list, as a tenant may be called `__proto__`. */
  closedUpTo: (readonly [tenant: string, day: string])[];
  /** How often a day was closed. */
  parts: Record<string, number>;
  metas: Record<string, RuleMeta>;
  /** Rules in force, by day. */
  inForce: Record<string, string[]>;
  downtime: { from: number; to: number }[];
  /** When the service was last known to run. */
  aliveAt: number | undefined;
  /** The number of the last note of flows that was counted, as decimal text; absent while there was none. */
  flowSeq?: string;
  /** The number of the last change that was counted; absent while there was none. */
  changeSeq?: number;
  /** Groups of rules that each trace was counted for. */
  counted: Map<string, readonly string[]>;
}

export type DayIds = readonly (readonly [rule: string, day: string, ids: readonly string[]])[];

export type TallyRecord =
  | {
      readonly kind: 'counted';
      readonly tenant: string;
      readonly group: string;
      readonly traces: readonly string[];
      readonly cases: readonly (readonly [rule: string, day: string, counts: Partial<RuleTally>])[];
      readonly partial: number;
      readonly day: string;
      /** Only what was not known of the day. */
      readonly facts?: readonly (readonly [rule: string, day: string, facts: RuleFacts])[];
      /** Only those that are listed for the day. */
      readonly ids?: DayIds;
      /** The number of the note of flows that this is of. */
      readonly flowSeq?: string;
      /** Traces that were counted for no group before. */
      readonly seen?: { readonly traces: number; readonly spans: number };
    }
  | {
      readonly kind: 'changed';
      readonly tenant: string;
      readonly cases: readonly (readonly [rule: string, day: string, counts: Partial<RuleTally>])[];
      readonly ids?: DayIds;
      /** The number that it is counted under, where it has one. */
      readonly seq?: number;
    }
  | {
      readonly kind: 'refused';
      readonly tenant: string;
      readonly day: string;
      readonly refused: number;
      readonly tooLate: number;
    }
  | { readonly kind: 'rules'; readonly day: string; readonly rules: readonly RuleMeta[] }
  | { readonly kind: 'tenant'; readonly tenant: string; readonly closedUpTo: string }
  | { readonly kind: 'started' | 'alive'; readonly at: number }
  | { readonly kind: 'close'; readonly day: ClosedDay }
  | { readonly kind: 'written'; readonly tenant: string; readonly day: string; readonly part: number }
  | {
      readonly kind: 'all';
      readonly state: Omit<TallyState, 'counted'>;
      readonly counted: readonly (readonly [string, readonly string[]])[];
    };

export function emptyState(): TallyState {
  return {
    days: {},
    closing: [],
    closedUpTo: [],
    parts: {},
    metas: {},
    inForce: {},
    downtime: [],
    aliveAt: undefined,
    counted: new Map(),
  };
}

export function ruleKey({ id, revision }: Pick<RuleMeta, 'id' | 'revision'>): string {
  return `${id} ${revision}`;
}

export function dayKey({ tenant, day }: Pick<DayTally, 'tenant' | 'day'>): string {
  return `${day} ${tenant}`;
}

/** The checksum of the log vouches for its shape. Throws `UnreadableLog` for what is of another log. */
export function decodeRecord(payload: Uint8Array): TallyRecord {
  try {
    return JSON.parse(Buffer.from(payload).toString()) as TallyRecord;
  } catch (error) {
    throw new UnreadableLog('foreign', 'has records of another log, not of evidence', undefined, {
      cause: error,
    });
  }
}

/** Days before the newest for which parts and rules in force are remembered. */
const REMEMBERED_DAYS = 40;

export function apply(state: TallyState, record: TallyRecord): void {
  switch (record.kind) {
    case 'counted': {
      for (const trace of record.traces)
        state.counted.set(trace, [...(state.counted.get(trace) ?? []), record.group]);
      if (record.flowSeq !== undefined) state.flowSeq = record.flowSeq;
      addCases(state, record.tenant, record.cases);
      addIds(state, record.tenant, record.ids);
      for (const [rule, day, facts] of record.facts ?? []) {
        const counts = dayOfTenant(state, record.tenant, day);
        counts.facts = { ...counts.facts, [rule]: bothFacts(counts.facts?.[rule] ?? NO_FACTS, facts) };
      }
      if (record.seen !== undefined) {
        const counts = dayOfTenant(state, record.tenant, record.day);
        const { traces, spans } = counts.seen ?? { traces: 0, spans: 0 };
        counts.seen = { traces: traces + record.seen.traces, spans: spans + record.seen.spans };
      }
      if (record.partial > 0) dayOfTenant(state, record.tenant, record.day).partial += record.partial;
      return;
    }
    case 'changed':
      if (record.seq !== undefined) state.changeSeq = record.seq;
      addCases(state, record.tenant, record.cases);
      addIds(state, record.tenant, record.ids);
      return;
    case 'refused': {
      const day = dayOfTenant(state, record.tenant, record.day);
      day.refused += record.refused;
      day.tooLate += record.tooLate;
      return;
    }
    case 'rules': {
      const known = new Set(state.inForce[record.day]);
      for (const rule of record.rules) {
        state.metas[ruleKey(rule)] = rule;
        known.add(ruleKey(rule));
      }
      state.inForce[record.day] = [...known];
      return;
    }
    case 'tenant':
      state.closedUpTo.push([record.tenant, record.closedUpTo]);
      return;
    case 'started':
      state.downtime.push({ from: state.aliveAt ?? Date.parse(dayOf(record.at)), to: record.at });
      state.aliveAt = record.at;
      return;
    case 'alive':
      state.aliveAt = record.at;
      return;
    case 'close':
      close(state, record.day);
      return;
    case 'written':
      state.closing = state.closing.filter(
        (closedDay) => dayKey(closedDay) !== dayKey(record) || closedDay.part !== record.part,
      );
      return;
    case 'all':
      Object.assign(state, record.state);
      state.counted = new Map(record.counted);
      return;
    default:
      throw unknownRecord(record);
  }
}

function unknownRecord(record: never): UnreadableLog {
  const { kind } = record as { readonly kind: unknown };
  return new UnreadableLog(
    'newer',
    `has a record of the kind ${JSON.stringify(kind)}, which this version does not know`,
  );
}

function close(state: TallyState, closed: ClosedDay): void {
  const key = dayKey(closed);
  const { [key]: _, ...days } = state.days;
  state.days = days;
  state.closing.push(closed);
  state.parts[key] = closed.part;
  state.closedUpTo = state.closedUpTo.map(([tenant, day]) => [
    tenant,
    tenant === closed.tenant && day < closed.day ? closed.day : day,
  ]);
  const oldest = dayAfter(closed.day, -REMEMBERED_DAYS);
  for (const old of Object.keys(state.parts)) if (old < oldest) delete state.parts[old];
  for (const old of Object.keys(state.inForce)) if (old < oldest) delete state.inForce[old];
  state.downtime = state.downtime.filter(({ to }) => to >= Date.parse(oldest));
}

function addCases(
  state: TallyState,
  tenant: string,
  cases: readonly (readonly [rule: string, day: string, counts: Partial<RuleTally>])[],
): void {
  for (const [rule, day, counts] of cases) {
    const { rules } = dayOfTenant(state, tenant, day);
    rules[rule] ??= { ...NO_CASES };
    const tally = rules[rule];
    // What an earlier version wrote has not all of them.
    for (const name of Object.keys(NO_CASES) as (keyof RuleTally)[])
      tally[name] = (tally[name] ?? 0) + (counts[name] ?? 0);
  }
}

function addIds(state: TallyState, tenant: string, ids: DayIds = []): void {
  for (const [rule, day, more] of ids) {
    const counts = dayOfTenant(state, tenant, day);
    const all = [...new Set([...(counts.ids?.[rule] ?? []), ...more])];
    counts.ids = { ...counts.ids, [rule]: all.slice(0, MOST_IDS) };
  }
}

function dayOfTenant(state: TallyState, tenant: string, day: string): DayTally {
  const key = dayKey({ tenant, day });
  state.days[key] ??= { tenant, day, rules: {}, refused: 0, tooLate: 0, partial: 0 };
  return state.days[key];
}
