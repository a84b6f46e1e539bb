import { isDeepStrictEqual } from 'node:util';
import { DAY_MS, dayAfter, dayOf, MOST_IDS, startOfDay } from '../../engine/evidence/record.js';
import { type DayFacts, factsOn } from '../../engine/live/day-facts.js';
import type { FlowCounts, RuleName } from '../../engine/live/flows/flow-counts.js';
import { damageText } from '../../engine/live/log/damage.js';
import { Log, type LogOptions } from '../../engine/live/log/log.js';
import type { FoundId } from '../../engine/live/some-ids.js';
import type { CaseTally, ChangedCases, CountedBatch, CountedCases } from '../../engine/live/tally.js';
import type { RulePlan } from '../../engine/plan/plan.js';
import { bothFacts, keptNeeds, NO_FACTS, type RuleFacts } from '../../engine/plan/vacuity/rule-needs.js';
import { groupBy } from '../../engine/shared/group-by.js';
import {
  apply,
  type ClosedDay,
  type DayIds,
  dayKey,
  decodeRecord,
  emptyState,
  type RuleMeta,
  type RuleTally,
  ruleKey,
  type TallyRecord,
} from './tally-state.js';

const DAY_NS = 86_400_000_000_000n;
const NOTHING_UNDECIDED: ReadonlyMap<RuleName, number> = new Map();
/** Log bytes that are not worth tidying up. */
const SMALL = 2 ** 20;
/** Days of downtime that get records of their own; more would be many and say the same. */
const MOST_EMPTY_DAYS = 400;

type CaseCounts = readonly [rule: string, day: string, counts: Partial<RuleTally>];

/** How many cases of flows are undecided on a day of a tenant, by rule; undefined while that is not known. */
export type UndecidedOn = (tenant: string, day: bigint) => ReadonlyMap<RuleName, number> | undefined;

export interface TallyOptions {
  readonly log: LogOptions;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  readonly onDamage: (message: string) => void;
}

/**
 * Counts verdicts by day on disk: each trace once, whatever crashes. A case belongs to the UTC day of its spans, or to today
 * where they carry the time of another day by far.
 */
export class Tally implements CaseTally {
  readonly mostIds = MOST_IDS;
  private readonly state = emptyState();
  private readonly refusals = new Map<string, { refused: number; tooLate: number }>();
  private turn: Promise<unknown> = Promise.resolve();
  private tidyBytes = 0;
  private inForceText = '';

  private constructor(
    private readonly log: Log,
    private readonly now: () => number,
  ) {}

  static async open({ log: options, now, onDamage }: TallyOptions): Promise<Tally> {
    const log = await Log.open(options);
    const tally = new Tally(log, now);
    await log.replay(
      (payload) => apply(tally.state, decodeRecord(payload)),
      // A torn end was never acknowledged.
      (damage) => damage.kind === 'torn' || onDamage(damageText(damage)),
    );
    await tally.write({ kind: 'started', at: now() });
    return tally;
  }

  /** The days that are closed and not yet in the chain. */
  get closing(): readonly ClosedDay[] {
    return this.state.closing;
  }

  /** The rules that were ever in force. */
  get metas(): Readonly<Record<string, RuleMeta>> {
    return this.state.metas;
  }

  metaOf(rule: string): RuleMeta | undefined {
    return this.state.metas[rule];
  }

  /**
   * What each day that is not closed has had by each of these rules, the newest day last. Facts are of numbered patterns: those of
   * a version that numbered them otherwise mean nothing now, and are left out.
   */
  openDays(rules: readonly RulePlan[]): readonly (readonly [tenant: string, of: DayFacts])[] {
    const current = rules.filter(
      (rule) => JSON.stringify(this.metaOf(ruleKey(rule))?.needs) === JSON.stringify(keptNeeds(rule.needs)),
    );
    const days = Object.values(this.state.days).sort((a, b) => startOfDay(a.day) - startOfDay(b.day));
    return days.flatMap((seen) =>
      current.flatMap((rule) => {
        const facts = seen.facts?.[ruleKey(rule)];
        if (facts === undefined) return [];
        const passed = seen.rules[ruleKey(rule)]?.passed ?? 0;
        return [[seen.tenant, { rule, day: BigInt(startOfDay(seen.day) / DAY_MS), passed, facts }] as const];
      }),
    );
  }

  has(trace: string, group: string): boolean {
    return this.state.counted.get(trace)?.includes(group) ?? false;
  }

  async counted(batch: CountedBatch): Promise<void> {
    const { tenant, group, traces, spans, cases, unjudged, partial } = batch;
    await this.know(tenant);
    const today = dayOf(this.now());
    const fresh = [...traces.keys()].filter((n) => !this.state.counted.has(traces[n] ?? ''));
    const facts = this.newFacts(tenant, cases);
    const ids = cases.flatMap(({ rule, found }) =>
      // A case is of the day that its bucket is of.
      this.newIds(tenant, ruleKey(rule), found, (time) => (time / DAY_NS) * DAY_NS),
    );
    await this.write({
      kind: 'counted',
      tenant,
      group,
      traces,
      partial,
      day: today,
      ...(facts.length === 0 ? {} : { facts }),
      ...(ids.length === 0 ? {} : { ids }),
      seen: { traces: fresh.length, spans: fresh.reduce((sum, n) => sum + (spans[n] ?? 0), 0) },
      cases: [
        ...this.casesOf(cases),
        ...unjudged.map(({ rule, traces }) => [ruleKey(rule), today, { unjudged: traces }] as const),
      ],
    });
  }

  async countedFlows(seq: bigint, { tenant, cases, unjudged }: FlowCounts): Promise<void> {
    if (seq <= BigInt(this.state.flowSeq ?? '0')) return;
    await this.know(tenant);
    const today = dayOf(this.now());
    const facts = this.newFacts(tenant, cases);
    const ids = cases.flatMap(({ rule, found }) =>
      this.newIds(tenant, ruleKey(rule), found, (time) => (time / DAY_NS) * DAY_NS),
    );
    await this.write({
      ...{ kind: 'counted', tenant, group: 'flows', traces: [], partial: 0, day: today, flowSeq: `${seq}` },
      ...(facts.length === 0 ? {} : { facts }),
      ...(ids.length === 0 ? {} : { ids }),
      cases: [
        ...this.casesOf(cases),
        ...cases.flatMap(({ rule, unseen }) =>
          unseen > 0 ? [[ruleKey(rule), today, { unseen }] as const] : [],
        ),
        ...unjudged.map(({ rule, flows }) => [ruleKey(rule), today, { unjudged: flows }] as const),
      ],
    });
  }

  private casesOf(
    cases: readonly (Pick<CountedCases, 'days'> & { readonly rule: RuleName })[],
  ): readonly CaseCounts[] {
    return cases.flatMap(({ rule, days }) =>
      days.map(({ start, passed, violated, cannotTell }) => {
        const { day, misdated } = this.dayFor(start);
        const all = passed + violated + cannotTell;
        return [ruleKey(rule), day, { passed, violated, cannotTell, misdated: misdated ? all : 0 }] as const;
      }),
    );
  }

  get changesUpTo(): number {
    return this.state.changeSeq ?? 0;
  }

  async changed(
    tenant: string,
    rule: RuleName,
    { violated = [], retracted = 0, unjudged = 0 }: ChangedCases,
    seq?: number,
  ): Promise<void> {
    if (seq !== undefined && seq <= this.changesUpTo) return;
    const key = ruleKey(rule);
    const today = dayOf(this.now());
    const cases: (readonly [string, string, Partial<RuleTally>])[] = violated.map(({ time }) => [
      key,
      this.dayFor(time).day,
      { lateViolated: 1 },
    ]);
    if (retracted > 0) cases.push([key, today, { retracted }]);
    if (unjudged > 0) cases.push([key, today, { unjudged }]);
    const ids = this.newIds(tenant, key, violated, (time) => time);
    const withIds = ids.length === 0 ? {} : { ids };
    const numbered = seq === undefined ? {} : { seq };
    if (cases.length > 0) await this.write({ kind: 'changed', tenant, cases, ...withIds, ...numbered });
  }

  refused(tenant: string, invalid: number, tooLate: number): void {
    const before = this.refusals.get(tenant) ?? { refused: 0, tooLate: 0 };
    this.refusals.set(tenant, {
      refused: before.refused + invalid,
      tooLate: before.tooLate + tooLate,
    });
  }

  forget(traces: readonly string[]): void {
    // Not logged: what a crash brings back is forgotten when the logs are opened again.
    for (const trace of traces) this.state.counted.delete(trace);
  }

  retain(keeps: (trace: string) => boolean): void {
    for (const trace of this.state.counted.keys()) if (!keeps(trace)) this.state.counted.delete(trace);
  }

  /** From its first day on there are records of the tenant, also of days on which nothing comes. */
  async know(tenant: string): Promise<void> {
    if (this.state.closedUpTo.some(([known]) => known === tenant)) return;
    await this.write({ kind: 'tenant', tenant, closedUpTo: dayAfter(dayOf(this.now()), -1) });
  }

  /** The rules that are judged from now on. */
  async inForce(rules: readonly RuleMeta[]): Promise<void> {
    const record = { kind: 'rules', day: dayOf(this.now()), rules } as const;
    const text = JSON.stringify(record);
    if (text === this.inForceText) return;
    await this.write(record);
    this.inForceText = text;
  }

  /** Notes that the service runs, and what was refused since the last time. */
  async beat(): Promise<void> {
    const refusals = [...this.refusals];
    this.refusals.clear();
    const day = dayOf(this.now());
    for (const [tenant, counts] of refusals) {
      await this.know(tenant);
      await this.write({ kind: 'refused', tenant, day, ...counts });
    }
    await this.write({ kind: 'alive', at: this.now() });
  }

  /** Closes the days that ended `afterMs` ago or earlier, once it is known what is undecided. */
  async closeDays(afterMs: number, undecidedOn: UndecidedOn = () => NOTHING_UNDECIDED): Promise<void> {
    const last = dayOf(this.now() - afterMs - DAY_MS);
    for (const [tenant, upTo] of this.state.closedUpTo) {
      const open = Object.values(this.state.days).filter(
        (dayTally) => dayTally.tenant === tenant && dayTally.day <= last,
      );
      const days = new Set(open.map(({ day }) => day));
      const from = dayAfter(last, 1 - MOST_EMPTY_DAYS);
      for (let day = upTo < from ? from : dayAfter(upTo); day <= last; day = dayAfter(day)) days.add(day);
      for (const day of [...days].sort()) {
        const undecided = undecidedOn(tenant, BigInt(startOfDay(day) / DAY_MS));
        if (undecided !== undefined) await this.close(tenant, day, undecided);
      }
    }
  }

  async written({ tenant, day, part }: ClosedDay): Promise<void> {
    await this.write({ kind: 'written', tenant, day, part });
  }

  async stop(): Promise<void> {
    await this.turn;
    await this.log.close();
  }

  private async close(tenant: string, day: string, cases: ReadonlyMap<RuleName, number>): Promise<void> {
    const key = dayKey({ tenant, day });
    const open = this.state.days[key] ?? { tenant, day, rules: {}, refused: 0, tooLate: 0, partial: 0 };
    const part = (this.state.parts[key] ?? 0) + 1;
    // Only the first part has rules that never applied; of spans that were refused some part must.
    const alone = part > 1 && Object.keys(open.rules).length > 0;
    const inForce = alone ? [] : (this.state.inForce[day] ?? this.latestRules());
    const start = startOfDay(day);
    const downtime = this.state.downtime
      .map(({ from, to }) => ({ from: Math.max(from, start), to: Math.min(to, start + DAY_MS) }))
      .filter(({ from, to }) => from < to)
      .map(({ from, to }) => ({ from: new Date(from).toISOString(), to: new Date(to).toISOString() }));
    const undecided = Object.fromEntries([...cases].map(([rule, count]) => [ruleKey(rule), count]));
    await this.write({ kind: 'close', day: { ...open, part, inForce, downtime, undecided } });
  }

  private latestRules(): readonly string[] {
    const days = Object.keys(this.state.inForce).sort();
    return this.state.inForce[days.at(-1) ?? ''] ?? [];
  }

  /** What the cases show of days that is not known of them yet: after the first traces of a day there is hardly anything. */
  private newFacts(
    tenant: string,
    cases: readonly (Pick<CountedCases, 'days' | 'facts'> & { readonly rule: RuleName })[],
  ): readonly (readonly [rule: string, day: string, facts: RuleFacts])[] {
    return cases.flatMap(({ rule, days, facts }) => {
      const key = ruleKey(rule);
      const numbers = new Set([...days.map(({ start }) => start / DAY_NS), ...facts.keys()]);
      return [...numbers].flatMap((number) => {
        const { day } = this.dayFor(number * DAY_NS);
        const known = this.state.days[dayKey({ tenant, day })]?.facts?.[key];
        const all = bothFacts(known ?? NO_FACTS, factsOn(number, facts));
        // That nothing was found is a fact too.
        return isDeepStrictEqual(all, known) ? [] : [[key, day, all] as const];
      });
    });
  }

  /** Of violations those that are among the first of their day. */
  private newIds(
    tenant: string,
    key: string,
    found: readonly FoundId[],
    dayTime: (time: bigint) => bigint,
  ): DayIds {
    const byDay = groupBy(found, ({ time }) => this.dayFor(dayTime(time)).day);
    return [...byDay].flatMap(([day, all]) => {
      const known = this.state.days[dayKey({ tenant, day })]?.ids?.[key] ?? [];
      const fresh = all.map(({ id }) => id).filter((id) => !known.includes(id));
      const listed = fresh.slice(0, MOST_IDS - known.length);
      return listed.length === 0 ? [] : [[key, day, listed] as const];
    });
  }

  private dayFor(ns: bigint): { readonly day: string; readonly misdated: boolean } {
    const now = this.now();
    const ms = Number(ns / 1_000_000n);
    if (ms > now - 2 * DAY_MS && ms < now + DAY_MS) return { day: dayOf(ms), misdated: false };
    return { day: dayOf(now), misdated: true };
  }

  private async write(record: TallyRecord): Promise<void> {
    const written = this.turn.then(async () => {
      await this.log.append([Buffer.from(JSON.stringify(record))], true);
      apply(this.state, record);
      if (this.log.bytes > SMALL && this.log.bytes > 2 * this.tidyBytes) await this.tidy();
    });
    this.turn = written.catch(() => undefined);
    await written;
  }

  /** Writes the state anew and drops everything older; where that fails, all of it stays. */
  private async tidy(): Promise<void> {
    const { counted, ...state } = this.state;
    const record: TallyRecord = { kind: 'all', state, counted: [...counted] };
    try {
      await this.log.rotate();
      const first = this.log.head;
      await this.log.append([Buffer.from(JSON.stringify(record))], true);
      await this.log.dropBefore(first);
    } catch {
      // The log is as good as before, only longer.
    }
    this.tidyBytes = this.log.bytes;
  }
}
