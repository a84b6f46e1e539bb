import type { RefusedSpan } from '../otlp/request.js';
import type { RulePlan } from '../plan/plan.js';
import type { FoundViolation } from '../sql/duckdb/violations.js';
import { type ClosingJob, lastJobs, outlookOf } from './closing.js';
import { LiveCounters } from './counters.js';
import { EarlyWatch } from './early-watch.js';
import { groupBy } from './group-by.js';
import type { LiveHealth, Recovering } from './health.js';
import { inBatches } from './in-batches.js';
import type { Judge } from './judge/judge.js';
import { Judging, type JudgingBatch, type JudgingPorts } from './judging.js';
import { Log, type LogOptions, LogRefusal } from './log/log.js';
import { readStanding } from './log-standing.js';
import type { InvalidSpan, SpanBatch } from './otlp/batch.js';
import { decodeTraces } from './otlp/decode.js';
import { Outbox } from './outbox/outbox.js';
import type { OnRuleEvent } from './rule-health.js';
import { groupName, type RuleSet, rulesOf } from './rules/rule-set.js';
import { isSettled } from './rules/settled.js';
import type { LiveSettings } from './settings.js';
import { decodeSpanRecord, openRecord, overRecord, spansRecord } from './span-log.js';
import type { CaseTally } from './tally.js';
import { DueQueue } from './traces/due-queue.js';
import { tracesToEvict } from './traces/evict.js';
import type { OpenTrace } from './traces/open-trace.js';
import { sharingSpans } from './traces/sharing.js';
import { type Added, TraceTable } from './traces/trace-table.js';
import { isWindowKey } from './violation/over-entry.js';
import type { EmittedViolation } from './violation/span.js';

export interface LivePorts {
  /** Milliseconds that pass evenly, whatever is done to the clock of the machine: waits are measured by it. */
  readonly now: () => number;
  /** Milliseconds since the Unix epoch, as the times of spans are; `now` without it. */
  readonly wall?: () => number;
  readonly spanLog: LogOptions;
  readonly outboxLog: LogOptions;
  readonly judge: Judge;
  /** Told what goes wrong beside the requests: judging, and letting go of what is over. It is tried again. */
  readonly onProblem: (message: string) => void;
  /** Told of each violation once it is in the outbox. */
  readonly onViolation?: (tenant: string, violation: EmittedViolation) => void;
  /** Told of each that was none after all. */
  readonly onRetraction?: JudgingPorts['onRetraction'];
  /** Told what happens to rules that cannot be judged on some traces. */
  readonly onRuleEvent?: OnRuleEvent;
  /** Counts verdicts for evidence. */
  readonly tally?: CaseTally;
}

/** How long to wait before something that failed is tried again. */
const RETRY_MS = 1000;
/** When judging closed traces takes longer than this, nothing is judged before it is closed. */
const BEHIND_MS = 1000;
/** Traces beyond the bound may be held while others are judged, up to this factor; then requests are refused. */
const HARD_FACTOR = 1.25;

/**
 * Spans in, violations out: logs requests, keeps traces until they are closed, judges them, and puts what was found into the
 * outbox. Time passes only by calls of `tick`.
 */
export class Live {
  readonly counters = new LiveCounters();
  private readonly table: TraceTable;
  private readonly due = new DueQueue<OpenTrace>();
  private readonly early: EarlyWatch;
  /** Appends under way, and the segment that each goes to at the earliest. */
  private readonly appending = new Set<{
    readonly segment: number;
    readonly tenant: string;
    readonly batch: SpanBatch;
  }>();
  /** How many keys of traces that are over the log was told since it was last told which are open. */
  private overSaid = 0;
  private recovering: Recovering | undefined;
  /** Traces that were let go of, and of which the logs do not say so yet. */
  private readonly buried = new Set<string>();
  private readonly judging: Judging;
  private running: Promise<void> | undefined;

  private constructor(
    private readonly ports: LivePorts,
    private readonly settings: LiveSettings,
    private rules: RuleSet,
    private readonly log: Log,
    readonly outbox: Outbox,
  ) {
    this.table = new TraceTable(settings.tombstones);
    this.early = new EarlyWatch(ports.wall ?? ports.now, settings.latenessMs);
    this.judging = new Judging(ports.judge, outbox, this.counters, settings.placement, {
      now: ports.now,
      onViolation: ports.onViolation ?? (() => undefined),
      onRetraction: ports.onRetraction ?? (() => undefined),
      onRuleEvent: ports.onRuleEvent ?? (() => undefined),
      tally: ports.tally,
    });
  }

  /** Opens the logs and takes up where the last process ended. Rejects where they cannot be read. */
  static async open(ports: LivePorts, settings: LiveSettings, rules: RuleSet): Promise<Live> {
    const live = await Live.prepare(ports, settings, rules);
    await live.recover();
    return live;
  }

  /** Opens the logs; until `recover` has resolved, no request is taken, and nothing may be judged. */
  static async prepare(ports: LivePorts, settings: LiveSettings, rules: RuleSet): Promise<Live> {
    const log = await Log.open(ports.spanLog);
    const damage: LiveCounters['damage'] = [];
    const outbox = await Outbox.open(ports.outboxLog, (one) => damage.push(one));
    const live = new Live(ports, settings, rules, log, outbox);
    live.counters.damage.push(...damage);
    live.counters.expectRules(rulesOf(rules));
    live.recovering = { segments: log.segments, bytes: log.bytes };
    return live;
  }

  get health(): LiveHealth {
    const { recovering } = this;
    const problem = this.log.problem ?? this.outbox.problem;
    return {
      ...(recovering === undefined ? {} : { recovering }),
      ...(problem === undefined ? {} : { problem }),
    };
  }

  /** Finds out whether what is written would be kept; `health` has the answer. To be called now and then. */
  async checkDisk(): Promise<void> {
    if (this.recovering === undefined) await this.log.check();
    await this.outbox.check();
  }

  get openTraces(): number {
    return this.table.size;
  }

  /** Bytes that traces take, about. */
  get openBytes(): number {
    return this.table.bytes;
  }

  get logBytes(): number {
    return this.log.bytes;
  }

  /**
   * Takes a request in protobuf form, whose bytes must not change any more, and resolves with what was in it once its spans survive a
   * crash. `unread` are spans of it that lost their way to protobuf. Throws `MalformedOtlp`; rejects with `LogRefusal` where it has to be sent again later.
   */
  async accept(tenant: string, body: Uint8Array, unread: readonly RefusedSpan[] = []): Promise<SpanBatch> {
    const batch = decodeTraces(body);
    this.counters.requests++;
    if (batch.count > 0) {
      if (this.recovering !== undefined) throw new LogRefusal('disk', 'the logs are still being read');
      if (this.table.bytes + body.length > this.settings.maxBytes * HARD_FACTOR)
        throw new LogRefusal('full', 'open traces have reached the bound of memory');
      const mark = { segment: this.log.head, tenant, batch };
      this.appending.add(mark);
      try {
        const segment = await this.logSpans(tenant, batch, body);
        const { tooLate } = this.add(tenant, batch, segment);
        if (tooLate > 0) this.ports.tally?.refused(tenant, 0, tooLate);
      } finally {
        this.appending.delete(mark);
      }
    }
    this.counters.own += batch.refused.own;
    for (const { reason } of unread) this.refuse(tenant, reason, 1);
    for (const [reason, count] of batch.refused.invalid) this.refuse(tenant, reason, count);
    return batch;
  }

  private refuse(tenant: string, reason: InvalidSpan, count: number): void {
    this.counters.invalid.set(reason, (this.counters.invalid.get(reason) ?? 0) + count);
    this.ports.tally?.refused(tenant, count, 0);
  }

  /** Judges by other rules from now on. Traces that are closed are judged by them only if more spans come. */
  setRules(rules: RuleSet): void {
    for (const trace of this.table.values()) {
      const closed = this.isJudged(trace);
      trace.judged.length = 0;
      if (closed) for (const group of rules.closing.keys()) trace.judged[group] = trace.generation;
      else {
        this.schedule(trace, this.ports.now());
        this.early.touch(trace);
      }
    }
    this.rules = rules;
    this.counters.expectRules(rulesOf(rules));
    this.judging.restart();
  }

  /** Does what is due. A call while another is at work waits for that one. */
  async tick(): Promise<void> {
    this.running ??= this.work().finally(() => {
      this.running = undefined;
    });
    await this.running;
  }

  /** Ends what is under way; everything else is in the logs. */
  async close(): Promise<void> {
    await this.running;
    await this.log.close();
    await this.outbox.close();
  }

  // ---------------------------------------------------------------------------------------------------------- spans

  /**
   * Spans that came too late must not be found in the log without their trace being known as over, and the segment that says so may be
   * dropped before theirs: they are logged with it. What is appended in one turn is in one segment, in this order.
   */
  private async logSpans(tenant: string, batch: SpanBatch, body: Uint8Array): Promise<number> {
    const over = this.table.overIn(tenant, batch);
    const said = over.length === 0 ? undefined : this.log.append(overRecord(over), true);
    for (const key of over) this.table.bury(key);
    this.overSaid += over.length;
    const [segment] = await Promise.all([this.log.append(spansRecord(tenant, body)), said]);
    return segment;
  }

  private add(
    tenant: string,
    batch: SpanBatch,
    segment: number,
    leavesOut?: (key: string) => boolean,
  ): Pick<Added, 'tooLate'> {
    const now = this.ports.now();
    this.counters.expectTenant(tenant);
    const { touched, late, tooLate } = this.table.add(tenant, batch, segment, now, leavesOut);
    this.counters.spans += batch.count;
    this.counters.late += late;
    this.counters.tooLate += tooLate;
    const soonest = Math.min(
      this.settings.completeAfterMs,
      ...this.rules.closing.map(({ closesAfterMs }) => closesAfterMs ?? Number.POSITIVE_INFINITY),
    );
    for (const trace of touched) this.schedule(trace, now + soonest);
    this.early.noteSpans(tenant, touched, this.rules.early);
    return { tooLate };
  }

  private schedule(trace: OpenTrace, at: number): void {
    if (trace.dueAt <= at) return;
    trace.dueAt = at;
    this.due.add(at, trace);
  }

  /**
   * Takes up where the last process ended. Memory keeps to its bound: of traces that are over nothing is held, and where those that are open are too
   * many, the oldest are judged while the rest is read. Rejects with `UnreadableLog`; nothing was removed then.
   */
  async recover(): Promise<void> {
    const { over, leavesOut } = await readStanding(this.log, this.settings.tombstones, (damage) =>
      this.counters.damage.push(damage),
    );
    for (const key of over) this.table.bury(key);
    let left: Recovering = { segments: this.log.segments, bytes: this.log.bytes };
    let n = -1;
    await this.log.replay(
      async (payload, segment) => {
        n++;
        const record = decodeSpanRecord(payload);
        if (record.kind !== 'spans') return;
        const at = n;
        const batch = this.decodeLogged(record.body);
        if (batch === undefined) return;
        this.add(record.tenant, batch, segment, (key) => leavesOut(key, at, segment));
        await this.makeRoom();
      },
      () => undefined,
      (segment) => {
        left = { segments: left.segments - 1, bytes: left.bytes - this.log.sizeOf(segment) };
        this.recovering = left;
      },
    );
    this.recovering = undefined;
    this.counters.spans = 0;
    this.counters.tooLate = 0;
    const gone = this.outbox
      .traces()
      .filter((trace) => this.table.get(trace) === undefined && !isWindowKey(trace));
    await this.outbox.forget(gone);
    this.ports.tally?.retain((trace) => this.table.get(trace) !== undefined);
  }

  /** Undefined, and counted, for a request that cannot be read any more. */
  private decodeLogged(body: Uint8Array): SpanBatch | undefined {
    try {
      return decodeTraces(body);
    } catch {
      this.counters.unreadable++;
      return undefined;
    }
  }

  // ---------------------------------------------------------------------------------------------------------- judging

  private async work(): Promise<void> {
    const now = this.ports.now();
    const { rules } = this;
    const over = new Set<OpenTrace>();
    const jobs: ClosingJob[] = [];
    for (const trace of this.due.take(now)) {
      if (trace.dueAt > now || this.table.get(trace.key) !== trace) continue;
      trace.dueAt = Number.POSITIVE_INFINITY;
      const outlook = outlookOf(trace, rules, this.settings, now);
      jobs.push(...outlook.jobs);
      if (outlook.over) over.add(trace);
      else this.schedule(trace, outlook.jobs.length > 0 ? now + RETRY_MS : outlook.dueAt);
    }
    const evicted = this.evict();
    // Some rules may be due on a trace that goes, and others not.
    const due = groupBy(jobs, ({ trace }) => trace);
    for (const trace of evicted) {
      const groups = new Set(due.get(trace)?.map(({ group }) => group));
      jobs.push(...lastJobs(trace, rules).filter(({ group }) => !groups.has(group)));
    }
    const kept = await this.closeTraces(jobs, rules);
    for (const trace of evicted) if (!kept.has(trace)) over.add(trace);
    await this.judgeEarly(now);
    await this.bury([...over]);
  }

  /** Judges closed traces; returns those that could not be judged and stay. Once the rules are others, the rest is judged by those. */
  private async closeTraces(jobs: readonly ClosingJob[], rules: RuleSet): Promise<ReadonlySet<OpenTrace>> {
    const kept = new Set<OpenTrace>();
    const alike = groupBy(jobs, ({ trace, group, plan, basis }) =>
      [
        group,
        trace.closedAs !== undefined,
        this.isCounted(trace, group),
        plan.rules.length,
        basis === 'partial',
        trace.tenant,
      ].join(' '),
    );
    for (const all of alike.values())
      for (const some of inBatches(all, this.settings.batchSpans)) {
        const [first] = some;
        if (first === undefined || this.rules !== rules) continue;
        const generations = some.map(({ trace }) => trace.generation);
        const done = await this.attempt({
          tenant: first.trace.tenant,
          plan: first.plan,
          traces: some,
          counted: !this.isCounted(first.trace, first.group),
          group: groupName(rules, first.group),
        });
        for (const [n, job] of some.entries())
          if (done && this.rules === rules) this.closed(job, generations[n]!);
          else if (!done) {
            kept.add(job.trace);
            this.schedule(job.trace, this.ports.now() + RETRY_MS);
          }
      }
    return kept;
  }

  /** Where evidence is kept it knows across restarts, and for each group by itself. */
  private isCounted(trace: OpenTrace, group: number): boolean {
    return this.ports.tally?.has(trace.key, groupName(this.rules, group)) ?? trace.closedAs !== undefined;
  }

  private closed({ trace, group, basis }: ClosingJob, generation: number): void {
    trace.judged[group] = generation;
    if (basis === 'partial') trace.openedAt = this.ports.now();
    if (!this.isJudged(trace)) return;
    this.early.forget(trace);
    if (trace.closedAs === undefined) {
      this.counters.closed[basis]++;
      this.counters.sharingSpans += sharingSpans(trace.traceId, trace.pieces);
    }
    trace.closedAs = basis;
    this.schedule(trace, outlookOf(trace, this.rules, this.settings, this.ports.now()).dueAt);
  }

  /** Whether all rules have judged the trace as it stands. */
  private isJudged({ judged, generation }: OpenTrace): boolean {
    return this.rules.closing.every((_, group) => judged[group] === generation);
  }

  /** Violations that no later span undoes need not wait until their trace is closed. */
  private async judgeEarly(now: number): Promise<void> {
    const { early } = this.rules;
    const touched = this.early.takeTouched();
    if (early === undefined) return;
    // Closing traces has taken long already, and it judges these rules as well.
    if (this.ports.now() - now > BEHIND_MS) {
      this.counters.earlySkipped += touched.size;
      return;
    }
    const candidates = new Set([...touched, ...this.early.takePassed(early)]);
    const open = [...candidates].filter((trace) => this.table.get(trace.key) === trace);
    const byTenant = groupBy(open, ({ tenant }) => tenant);
    for (const [tenant, traces] of byTenant) {
      const watermark = this.early.watermark(tenant);
      const [some = [], ...others] = [
        ...inBatches(
          traces.map((trace) => ({ trace, basis: 'early' as const })),
          this.settings.batchSpans,
        ),
      ];
      // When there is more than one batch of them, judging is behind; closing them is what must not wait.
      for (const batch of others) this.counters.earlySkipped += batch.length;
      const settled = (rule: RulePlan, violation: FoundViolation): boolean =>
        isSettled(rule, violation, watermark);
      await this.attempt({ tenant, plan: early.plan, traces: some, settled, counted: false, group: '' });
    }
  }

  private async attempt(batch: JudgingBatch): Promise<boolean> {
    try {
      await this.judging.run(batch);
      return true;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.ports.onProblem(`${batch.traces.length} traces could not be judged yet: ${message}`);
      return false;
    }
  }

  // ---------------------------------------------------------------------------------------------------------- letting go

  /** Lets go of traces for want of memory while the log is being read. */
  private async makeRoom(): Promise<void> {
    const { rules } = this;
    const evicted = this.evict();
    if (evicted.length === 0) return;
    const jobs = evicted.flatMap((trace) => [...lastJobs(trace, rules)]);
    const kept = await this.closeTraces(jobs, rules);
    await this.bury(evicted.filter((trace) => !kept.has(trace)));
  }

  /** Traces to let go of for want of memory. */
  private evict(): readonly OpenTrace[] {
    const evicted = tracesToEvict(this.table, this.settings.maxBytes);
    this.counters.evicted += evicted.filter(({ closedAs }) => closedAs === undefined).length;
    return evicted;
  }

  /** Tells the log now and then which traces are open, so that who reads it need not remember all that are over. */
  private async sayOpen(overSaid: number): Promise<void> {
    this.overSaid += overSaid;
    if (this.overSaid < Math.max(this.settings.tombstones / 2, this.table.size)) return;
    // Requests under way may stand before this record, and are not in the table yet.
    const open = new Map<string, number>();
    for (const { segment, tenant, batch } of this.appending)
      for (const key of this.table.openIn(tenant, batch)) open.set(key, segment);
    for (const { key, segment } of this.table.values()) open.set(key, segment);
    await this.log.append(openRecord(open), true);
    this.overSaid = 0;
  }

  /** Lets go of traces, and of the part of the log that only they needed. Those with spans that came in the meantime stay. */
  private async bury(candidates: readonly OpenTrace[]): Promise<void> {
    for (const trace of candidates.filter((one) => this.isJudged(one))) {
      // From now on its spans come too late: what the log says of it next is that it is over.
      this.table.remove(trace);
      this.early.forget(trace);
      this.buried.add(trace.key);
    }
    const keys = [...this.buried];
    try {
      if (keys.length > 0) await this.log.append(overRecord(keys), true);
      await this.outbox.forget(keys);
      this.ports.tally?.forget(keys);
      for (const key of keys) this.buried.delete(key);
      // What was not read yet may be of any trace, and nothing is removed before all of it is known to be readable.
      if (this.recovering !== undefined) return;
      await this.sayOpen(keys.length);
      const needed = [this.table.oldestSegment ?? this.log.head];
      for (const { segment } of this.appending) needed.push(segment);
      await this.log.dropBefore(Math.min(...needed));
    } catch (error) {
      this.ports.onProblem(
        `traces that are over could not be let go: ${error instanceof Error ? error.message : error}`,
      );
    }
  }
}
