import type { NamedValue } from '../../otlp/named-value.js';
import type { SelectionPlan } from '../../plan/metrics-plan.js';
import { selectionKey } from '../../plan/revision.js';
import { NO_FACTS } from '../../plan/vacuity/rule-needs.js';
import type { WindowPlan, WindowRulePlan } from '../../plan/window-plan.js';
import { fieldsReadAfter } from '../../query/metrics/selections.js';
import { QueryError } from '../../query/query-error.js';
import { selectionsOfRule } from '../../replay/over/count-rules.js';
import { labelsOfPoint, slotAggregation } from '../../replay/over/count-slots.js';
import { judge, notJudged } from '../../replay/over/judge.js';
import { longestPrior } from '../../replay/over/judge-counted.js';
import { byTelling, type SlotCell, SlotCounts } from '../../replay/over/slot-counts.js';
import { withTraceIds } from '../../replay/over/trace-ids.js';
import { countedGrid, gridEnd, MAX_SERIES, type WindowGrid } from '../../replay/over/windows.js';
import { aggregationSql } from '../../sql/compile/metrics/metrics.js';
import type { Relations } from '../../sql/compile/relations.js';
import { PredicateColumns } from '../../sql/compile/scan/predicate-columns.js';
import { passSql } from '../../sql/compile/scan/scan.js';
import { dropTables } from '../../sql/store/drop-tables.js';
import { problemOf } from '../../sql/store/problem-of.js';
import type { Store } from '../../sql/store/store.js';
import { withTimeLimit } from '../../sql/store/time-limit.js';
import { MATCHED } from '../../sql/tables.js';
import type { KeptCount, TakenCount } from '../../sql/windows/counts.js';
import { KeptCounts, type KeptMark, type KeptSelection, NEVER_NS } from '../../sql/windows/kept-counts.js';
import type { JudgedWindowRule } from '../../verdicts/judged-rule.js';
import { Attempts } from '../stored/attempts.js';
import { labelsIn, labelsText } from '../windows/labels-text.js';
import {
  type KnownSince,
  type NamedTrace,
  type SomeWindows,
  WINDOWS_BEFORE,
  type WindowStore,
} from '../windows/window-store.js';
import { fillRelations } from './fill.js';
import type { TraceSnapshot } from './snapshot.js';

export interface WindowStoreOptions {
  /** Milliseconds that counting one selection may take over some traces. */
  readonly ruleLimitMs: number;
  /** Violations of one window of a rule that are listed, as by stored blocks. */
  readonly mostViolations: number;
  /** Counts of one selection that are kept, by series, slot and what else tells them apart. */
  readonly mostCounts: number;
  /** Series that one window may have. Default: as of a replay. */
  readonly maxSeries?: number;
}

/** A selection of some rules, counted in slots of one length. */
interface Counted {
  readonly kept: KeptSelection;
  readonly plan: SelectionPlan;
  readonly stepNs: bigint;
  /** How far before the end of the windows that are judged its slots are needed. */
  neededNs: bigint;
  /** Why it is not counted; undefined where it is. */
  waits: string | undefined;
}

/** A span whose clock is further ahead is counted by the stored blocks alone. */
const MOST_AHEAD_NS = 86_400_000_000_000n;
/** After a longer time without a process, senders may have given up on spans that stored blocks have. */
const LONGEST_GAP_NS = 300_000_000_000n;
/** Marks of rules that are gone are kept for as long. */
const MARKS_NS = 2n * 86_400_000_000_000n;

/** With the SQL of replay, over counts in a file. */
export class SqlWindowStore implements WindowStore {
  private plan: WindowPlan | undefined;
  private counted: readonly Counted[] = [];
  private readonly attempts = new Attempts();
  private readonly tenantNames = new Set<string>();
  private marks = new Map<string, KeptMark>();

  private constructor(
    private readonly db: Store,
    private readonly kept: KeptCounts,
    /** When a process was there last. */
    private aliveNs: bigint | undefined,
    private readonly options: WindowStoreOptions,
  ) {}

  static async open(db: Store, path: string, options: WindowStoreOptions): Promise<SqlWindowStore> {
    const kept = await KeptCounts.open(db, path);
    const store = new SqlWindowStore(db, kept, await kept.aliveNs(), options);
    for (const tenant of await kept.tenants()) store.tenantNames.add(tenant);
    for (const mark of await kept.marks())
      store.marks.set(markKey(mark.tenant, mark.rule, mark.revision), mark);
    return store;
  }

  get tenants(): readonly string[] {
    return [...this.tenantNames];
  }

  async setRules(plan: WindowPlan, nowNs: bigint): Promise<void> {
    const { kept, aliveNs } = this;
    const known = new Map((await kept.selections()).map((selection) => [selection.key, selection]));
    let next = Math.max(-1, ...[...known.values()].map(({ number }) => number)) + 1;
    const wasAway = aliveNs !== undefined && nowNs - aliveNs > LONGEST_GAP_NS;
    const counted = new Map<string, Counted>();
    for (const rule of plan.rules)
      for (const index of selectionsOfRule(rule)) {
        const selection = plan.selections[index]!;
        const key = keyOf(plan, rule, index);
        const before = counted.get(key);
        const neededNs = windowsBefore(rule) + BigInt(selection.prior ?? 0);
        if (before !== undefined) {
          if (neededNs > before.neededNs) before.neededNs = neededNs;
          continue;
        }
        const stored = known.get(key);
        const sinceNs =
          stored === undefined || stored.sinceNs === NEVER_NS || (wasAway && stored.sinceNs < nowNs)
            ? nowNs
            : stored.sinceNs;
        counted.set(key, {
          kept: { number: stored?.number ?? next++, key, sinceNs },
          plan: selection,
          stepNs: BigInt(rule.every),
          neededNs,
          waits: undefined,
        });
      }
    await kept.setSelections([...counted.values()].map((entry) => entry.kept));
    this.aliveNs = undefined;
    this.attempts.clear();
    this.plan = plan;
    this.counted = [...counted.values()];
  }

  async take(tenant: string, traces: readonly TraceSnapshot[], nowNs: bigint): Promise<void> {
    const { plan, kept, attempts } = this;
    if (plan === undefined) throw new Error('spans are counted before there are rules');
    const nowMs = Number(nowNs / 1_000_000n);
    const resting = this.counted.filter((entry) => entry.waits !== undefined);
    const again = resting.filter((entry) => attempts.allows(entry.kept.key, nowMs));
    if (again.length > 0) {
      await kept.beginAnew(
        again.map((entry) => entry.kept.number),
        nowNs,
      );
      for (const entry of again) {
        entry.kept.sinceNs = nowNs;
        entry.waits = undefined;
      }
    }
    const ready = this.counted.filter(({ waits }) => waits === undefined);
    const failed = new Map<Counted, string>();
    const counts: TakenCount[] = [];
    const relations = await this.scan(plan, ready, traces).catch((error: unknown) => {
      for (const entry of ready) failed.set(entry, problemOf(error).message);
      return undefined;
    });
    for (const entry of relations === undefined ? [] : ready)
      try {
        counts.push(...(await this.countIn(entry, relations!, nowNs)));
        attempts.succeed(entry.kept.key);
      } catch (error) {
        failed.set(entry, problemOf(error).message);
      }
    const anew = [...failed.keys()].map((entry) => entry.kept.number);
    // Where nothing could be counted the traces may not be at hand either.
    if (relations === undefined) await kept.beginAnew(anew, NEVER_NS);
    else await kept.take(tenant, counts, anew);
    this.tenantNames.add(tenant);
    for (const [entry, reason] of failed) this.rest(entry, reason, nowMs);
  }

  knownSince(rule: WindowRulePlan): KnownSince {
    const { plan } = this;
    let fromNs = 0n;
    for (const index of plan === undefined ? [] : selectionsOfRule(rule)) {
      const entry = this.countedBy(rule, index);
      if (entry === undefined) return { waits: 'it is not counted yet' };
      if (entry.waits !== undefined) return { waits: entry.waits };
      if (entry.kept.sinceNs > fromNs) fromNs = entry.kept.sinceNs;
    }
    return { fromNs: fromNs + longestPrior(rule, plan?.selections ?? []) };
  }

  judgedUntil(tenant: string, { id, revision }: WindowRulePlan): bigint | undefined {
    return this.marks.get(markKey(tenant, id, revision))?.untilNs;
  }

  async judge(tenant: string, rule: WindowRulePlan, windows: SomeWindows): Promise<JudgedWindowRule> {
    try {
      return await this.judgeCounts(tenant, rule, windows);
    } catch (error) {
      const { code, message } = error instanceof QueryError ? error : problemOf(error);
      return { ...notJudged(rule), problem: { code, message } };
    }
  }

  async settle(
    tenant: string,
    judged: readonly (readonly [rule: WindowRulePlan, untilNs: bigint])[],
  ): Promise<void> {
    const marks = new Map(this.marks);
    let last = 0n;
    for (const [{ id, revision }, untilNs] of judged) {
      marks.set(markKey(tenant, id, revision), { tenant, rule: id, revision, untilNs });
      if (untilNs > last) last = untilNs;
    }
    const rules = new Set(this.plan?.rules.map(({ id, revision }) => `${id} ${revision}`));
    for (const [key, { rule, revision, untilNs }] of marks)
      if (!rules.has(`${rule} ${revision}`) && untilNs < last - MARKS_NS) marks.delete(key);
    await this.kept.keepMarks([...marks.values()]);
    this.marks = marks;
  }

  async tidy(keeps: (trace: NamedTrace) => boolean, beforeNs: bigint, nowNs: bigint): Promise<void> {
    const { kept, counted, options } = this;
    const over = (await kept.takenTraces()).filter((trace) => !keeps(trace));
    if (over.length > 0) await kept.fold(over);
    const gone = counted.map((entry) => ({ entry, slot: (beforeNs - entry.neededNs) / entry.stepNs }));
    await kept.letGo(
      gone.map(({ entry, slot }) => ({ selection: entry.kept.number, slot, sinceNs: slot * entry.stepNs })),
    );
    for (const { entry, slot } of gone)
      if (slot * entry.stepNs > entry.kept.sinceNs) entry.kept.sinceNs = slot * entry.stepNs;
    const sizes = await kept.sizes();
    const large = counted.filter((entry) => (sizes.get(entry.kept.number) ?? 0) > options.mostCounts);
    if (large.length > 0)
      await kept.beginAnew(
        large.map((entry) => entry.kept.number),
        NEVER_NS,
      );
    for (const entry of large)
      this.rest(
        entry,
        `it needs more than ${options.mostCounts} counts (live.over_counts)`,
        Number(nowNs / 1_000_000n),
      );
    await kept.keepAlive(nowNs);
  }

  private rest(entry: Counted, reason: string, nowMs: number): void {
    entry.kept.sinceNs = NEVER_NS;
    entry.waits = reason;
    this.attempts.fail(entry.kept.key, nowMs);
  }

  private countedBy(rule: WindowRulePlan, index: number): Counted | undefined {
    const { plan } = this;
    if (plan === undefined) return undefined;
    const key = keyOf(plan, rule, index);
    return this.counted.find((entry) => entry.kept.key === key);
  }

  private async scan(
    plan: WindowPlan,
    ready: readonly Counted[],
    traces: readonly TraceSnapshot[],
  ): Promise<Relations> {
    const { db } = this;
    const { ruleLimitMs } = this.options;
    const columns = await fillRelations(db, traces, plan.needs);
    const predicates = new PredicateColumns(plan.predicates, columns);
    const relations: Relations = { columns, predicates, matched: MATCHED };
    const late = ready.flatMap((entry) => fieldsReadAfter(entry.plan));
    const pass = passSql({ predicates: plan.predicates, needs: plan.needs, late, shows: false }, relations);
    await dropTables(db, [MATCHED]);
    await withTimeLimit(db, ruleLimitMs, ruleLimitMs, () => db.run(pass));
    return relations;
  }

  private async countIn(
    { kept: { number: selection }, plan, stepNs, neededNs }: Counted,
    relations: Relations,
    nowNs: bigint,
  ): Promise<readonly TakenCount[]> {
    const { db } = this;
    const { ruleLimitMs } = this.options;
    const first = nowNs - neededNs - MOST_AHEAD_NS < 0n ? 0n : (nowNs - neededNs - MOST_AHEAD_NS) / stepNs;
    const startNs = first * stepNs;
    const endNs = startNs + ((neededNs + 2n * MOST_AHEAD_NS) / stepNs) * stepNs;
    const { sql, read } = aggregationSql(
      { ...slotAggregation(plan), witnesses: false, byTrace: true },
      { kind: 'slots', startNs, endNs, stepNs },
      relations,
    );
    const counts: TakenCount[] = [];
    await withTimeLimit(db, ruleLimitMs, ruleLimitMs, async () => {
      for await (const rows of db.batches(sql))
        for (const row of rows) {
          const point = read(row);
          counts.push({
            selection,
            trace: point.trace!,
            slot: first + BigInt(point.interval),
            labels: labelsText(labelsOfPoint(plan, point)),
            ...{ key: point.key, value: point.value, count: point.count, numbers: point.numbers },
          });
        }
    });
    return counts;
  }

  private async judgeCounts(
    tenant: string,
    rule: WindowRulePlan,
    { fromNs, toNs }: SomeWindows,
  ): Promise<JudgedWindowRule> {
    const { plan, options } = this;
    if (plan === undefined) throw new Error('windows are judged before there are rules');
    const { maxSeries = MAX_SERIES } = options;
    const [window, stepNs] = [BigInt(rule.window), BigInt(rule.every)];
    const startNs = fromNs - BigInt(WINDOWS_BEFORE) * window;
    const perWindow = Number(window / stepNs);
    const grid: WindowGrid = {
      startNs,
      stepNs,
      perWindow,
      windows: Number((toNs - startNs - window) / stepNs) + 1,
    };
    const ids = new Map<bigint, string>();
    const counts = new Map<number, SlotCounts>();
    for (const index of selectionsOfRule(rule)) {
      const { kept } = this.countedBy(rule, index)!;
      counts.set(
        index,
        await this.slotCounts(tenant, kept.number, countedGrid(plan.selections[index]!, grid), {
          maxSeries,
          ids,
        }),
      );
    }
    const judged = judge(
      rule,
      { grid, selections: plan.selections, counts },
      {
        ...{ tenant, maxSeries, bucketNs: window, cut: [], judgedFromNs: fromNs },
        limit: options.mostViolations * Number((toNs - fromNs - window) / stepNs + 1n),
        // Vacuity is known of the stored blocks, which windows are counted by.
        facts: NO_FACTS,
        rememberedSlots: WINDOWS_BEFORE * perWindow,
      },
    );
    return withTraceIds(judged, ids);
  }

  /** What a selection has counted in the slots of a grid. The ids of the traces that are examples of it go into `ids`. */
  private async slotCounts(
    tenant: string,
    selection: number,
    grid: WindowGrid,
    { maxSeries, ids }: { readonly maxSeries: number; readonly ids: Map<bigint, string> },
  ): Promise<SlotCounts> {
    const counts = new SlotCounts({ maxSeries });
    const from = grid.startNs / grid.stepNs;
    const labels = new Map<string, readonly NamedValue[]>();
    for await (const entry of this.kept.counts(tenant, selection, from, gridEnd(grid) / grid.stepNs)) {
      for (const { hash, traceId } of [entry.first, entry.last]) ids.set(hash, traceId);
      const known = labels.get(entry.labels) ?? labelsIn(entry.labels);
      labels.set(entry.labels, known);
      counts.add(known, Number(entry.slot - from), cellIn(entry));
    }
    return counts;
  }
}

function cellIn({ count, numbers, key, value, first, last }: KeptCount): SlotCell {
  return {
    count,
    witnesses: [first, last].map(({ hash, value: by }) => ({ trace: hash, value: by })).sort(byTelling),
    ...(numbers === undefined ? {} : { numbers: { ...numbers, lost: 0 } }),
    ...(value === undefined ? {} : { values: [value, count] }),
    ...(key === undefined ? {} : { keys: new Map([[key, count]]) }),
  };
}

function keyOf(plan: WindowPlan, rule: WindowRulePlan, selection: number): string {
  return `${selectionKey(plan.selections[selection]!, plan.predicates)} ${rule.every}`;
}

function markKey(tenant: string, rule: string, revision: string): string {
  return JSON.stringify([tenant, rule, revision]);
}

/** A window, and those before it in which a series may have been seen last. */
function windowsBefore({ window }: WindowRulePlan): bigint {
  return BigInt(window) * BigInt(WINDOWS_BEFORE + 2);
}
