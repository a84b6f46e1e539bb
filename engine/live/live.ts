import type { RefusedSpan } from '../otlp/request.js';
import type { RulePlan } from '../plan/plan.js';
import { groupBy } from '../shared/group-by.js';
import { messageOf } from '../shared/message-of.js';
import { BatchSize } from './batch-size.js';
import { type ClosingJob, lastJobs, outlookOf } from './closing.js';
import { LiveCounters } from './counters.js';
import { EarlyJudging } from './early-judging.js';
import { EarlyWatch } from './early-watch.js';
import { LiveFlows } from './flows/live-flows.js';
import { Handover } from './handover.js';
import type { LiveHealth, Recovering } from './health.js';
import { inBatches } from './in-batches.js';
import { Intake } from './intake.js';
import { Judging, type JudgingBatch } from './judging.js';
import { LateChanges } from './late-changes.js';
import type { LivePorts } from './live-ports.js';
import { Log } from './log/log.js';
import type { SpanBatch } from './otlp/batch.js';
import { Outbox } from './outbox/outbox.js';
import { restoreJudged } from './restore.js';
import { groupName, type RuleSet, rulesOf } from './rules/rule-set.js';
import { ServedClock, startGraceMs } from './served-clock.js';
import type { LiveSettings } from './settings.js';
import { SpanLog } from './span-log/span-log.js';
import { DueQueue } from './traces/due-queue.js';
import { tracesToEvict } from './traces/evict.js';
import type { OpenTrace } from './traces/open-trace.js';
import { addSharingSpans } from './traces/sharing.js';
import { TraceTable } from './traces/trace-table.js';
import { EarlyWindows } from './windows/early-windows.js';

/** How long to wait before something that failed is tried again. */
const RETRY_MS = 1000;
const NOT_MARKED = 'the log could not be marked with what of it is done';

/**
 * Spans in, violations out: logs requests, keeps traces until they are closed, judges them, and puts what was found into the
 * outbox. Time passes only by calls of `tick`.
 */
export class Live {
  readonly counters = new LiveCounters();
  private readonly table: TraceTable;
  private readonly due = new DueQueue<OpenTrace>();
  private readonly early: EarlyWatch;
  private readonly earlyJudging: EarlyJudging;
  private readonly intake: Intake;
  private readonly spans: SpanLog;
  /** What traces are waited for by. */
  private readonly clock: ServedClock;
  private readonly batch: BatchSize;
  private recovering: Recovering | undefined;
  /** Traces that were let go of, and of which the logs do not say so yet. */
  private readonly buried = new Set<string>();
  private readonly judging: Judging;
  private readonly late: LateChanges;
  private readonly flows: LiveFlows;
  private readonly windows: EarlyWindows;
  /** Of traces, to and from other processes that share a source. */
  readonly handover: Handover;
  private running: Promise<void> | undefined;

  private constructor(
    private readonly ports: LivePorts,
    private readonly settings: LiveSettings,
    private rules: RuleSet,
    private readonly log: Log,
    readonly outbox: Outbox,
  ) {
    this.table = new TraceTable(settings.tombstones);
    this.clock = new ServedClock(ports.now);
    this.batch = new BatchSize(settings.batchSpans);
    this.spans = new SpanLog(log, this.table, this.clock, settings.tombstones);
    this.early = new EarlyWatch(ports.wall ?? ports.now, settings.latenessMs);
    const { table, early, counters, clock, batch, due, spans } = this;
    const attempt = this.attempt.bind(this);
    this.earlyJudging = new EarlyJudging({ watch: early, table, clock, batch, counters, attempt });
    this.late = new LateChanges(outbox, ports.tally);
    this.intake = new Intake({
      ...{ tally: ports.tally, settings, counters, table, due, early, spans, clock },
      rules: () => this.rules,
      isRecovering: () => this.recovering !== undefined,
    });
    const idle = async (): Promise<void> => await this.running;
    this.handover = new Handover({ table, due, early, outbox, tally: ports.tally, idle });
    const parts = { ports, settings, counters, outbox, table, early, late: this.late };
    this.flows = new LiveFlows(parts);
    this.windows = new EarlyWindows(parts);
    this.judging = new Judging(ports.judge, this.late, this.counters, settings.placement, {
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
    const outbox = await Outbox.open(ports.outboxLog, (damaged) => damage.push(damaged));
    const live = new Live(ports, settings, rules, log, outbox);
    live.counters.damage.push(...damage);
    live.counters.expectRules(rulesOf(rules));
    live.recovering = live.spans.unread;
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

  /** Spans that are kept for rules across traces. */
  get flowSpans(): number {
    return this.flows.spans;
  }

  /** Cases of flows that are not decided on a day (its number since the Unix epoch), by rule; undefined while that is not known. */
  undecidedOn(tenant: string, day: bigint): ReadonlyMap<RulePlan, number> | undefined {
    return this.flows.undecidedOn(tenant, day);
  }

  get logBytes(): number {
    return this.log.bytes;
  }

  /**
   * Takes a request in protobuf form, whose bytes must not change any more, and resolves with what was in it once its spans survive a
   * crash. `unread` are spans of it that lost their way to protobuf. Throws `MalformedOtlp`; rejects with `LogRefusal` where it has to be sent again later.
   */
  async accept(tenant: string, body: Uint8Array, unread: readonly RefusedSpan[] = []): Promise<SpanBatch> {
    return await this.intake.accept(tenant, body, unread);
  }

  /** Judges by other rules from now on. Traces that are closed are judged by them only if more spans come. */
  setRules(rules: RuleSet): void {
    for (const trace of this.table.values()) {
      const closed = this.isJudged(trace);
      trace.judged.length = 0;
      if (closed) for (const group of rules.closing.keys()) trace.judged[group] = trace.generation;
      else {
        this.due.schedule(trace, this.clock.read());
        this.early.touch(trace);
      }
    }
    this.rules = rules;
    this.flows.setRules(rules);
    this.windows.setRules(rules);
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

  /**
   * Takes up where the last process ended: by what was judged then, and how long traces had been quiet. Memory keeps to its bound: of traces that
   * are over nothing is held, and where those that are open are too many, the oldest are judged while the rest is read. Rejects with
   * `UnreadableLog`; nothing was removed then.
   */
  async recover(): Promise<void> {
    const standing = await this.spans.readStanding((damage) => this.counters.damage.push(damage));
    for (const taking of [this.flows, this.windows]) {
      await taking.open();
      taking.setRules(this.rules);
    }
    const { timeline } = standing;
    this.clock.resume(timeline.end);
    this.intake.notBefore = timeline.end + startGraceMs(timeline.lastLifeMs);
    await this.spans.read(standing, {
      onSpans: async (arrived, segment, atMs, leavesOut) => {
        const { touched } = this.intake.add(arrived, segment, atMs, leavesOut);
        for (const trace of touched)
          if (restoreJudged(trace, standing.judged(trace.key), this.rules)) this.early.forget(trace);
        await this.makeRoom();
      },
      onUnreadable: () => this.counters.unreadable++,
      onSegment: async (segment, left) => {
        this.recovering = left;
        // Where the log does not say yet what was let go of, the spans that are left must not be found without the others.
        if (this.buried.size === 0) await this.trying(async () => await this.spans.dropRead(segment));
      },
    });
    this.intake.notBefore = Number.NEGATIVE_INFINITY;
    this.clock.start();
    this.recovering = undefined;
    // By the process before.
    this.counters.spans = 0;
    this.counters.late = 0;
    this.counters.tooLate = 0;
    if (this.ports.sentAgain !== true) await this.handover.forgetGone();
  }

  // ---------------------------------------------------------------------------------------------------------- judging

  private async work(): Promise<void> {
    this.spans.keepTime();
    const now = this.clock.read();
    const { rules } = this;
    const over = new Set<OpenTrace>();
    const jobs: ClosingJob[] = [];
    for (const trace of this.due.take(now)) {
      const outlook = outlookOf(trace, rules, this.settings, now);
      jobs.push(...outlook.jobs);
      if (outlook.over) over.add(trace);
      else this.due.schedule(trace, outlook.jobs.length > 0 ? now + RETRY_MS : outlook.dueAt);
    }
    const evicted = this.evict();
    // Some rules may be due on a trace that goes, and others not.
    const due = groupBy(jobs, ({ trace }) => trace);
    for (const trace of evicted) {
      const groups = new Set(due.get(trace)?.map(({ group }) => group));
      jobs.push(...lastJobs(trace, rules).filter(({ group }) => !groups.has(group)));
    }
    await this.trying(async () => await this.late.count(), 'evidence could not count yet what has changed');
    const kept = await this.closeTraces(jobs, rules);
    for (const trace of evicted) if (!kept.has(trace)) over.add(trace);
    await this.earlyJudging.judge(this.rules, now);
    await this.flows.tick();
    await this.windows.tick();
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
      for (const some of inBatches(all, () => this.batch.spans)) {
        const [first] = some;
        if (first === undefined || this.rules !== rules) continue;
        const generations = some.map(({ trace }) => trace.generation);
        const spans = some.map(({ trace }) => trace.spans);
        const { tenant } = first.trace;
        const takes = rules.closing[first.group]?.takes;
        const done =
          takes !== undefined
            ? await this[takes].take(tenant, some)
            : await this.attempt({
                tenant,
                plan: first.plan,
                traces: some,
                counted: !this.isCounted(first.trace, first.group),
                group: groupName(rules, first.group),
              });
        if (done && this.rules === rules) {
          for (const [n, job] of some.entries()) this.closed(job, generations[n]!);
          await this.sayJudged(some, spans);
        }
        if (done) continue;
        for (const { trace } of some) {
          kept.add(trace);
          this.due.schedule(trace, this.clock.read() + RETRY_MS);
        }
      }
    return kept;
  }

  /** So that they are not judged again by whoever reads the log. `spans`: how many each had. */
  private async sayJudged(jobs: readonly ClosingJob[], spans: readonly number[]): Promise<void> {
    const group = groupName(this.rules, jobs[0]!.group);
    const traces = jobs.map(({ trace, basis }, n) => ({
      ...{ key: trace.key, spans: spans[n]!, basis },
      closed: this.isJudged(trace),
    }));
    await this.trying(async () => await this.spans.sayJudged({ rules: this.rules.key, group, traces }));
  }

  /** Where evidence is kept it knows across restarts, and for each group by itself. */
  private isCounted(trace: OpenTrace, group: number): boolean {
    return this.ports.tally?.has(trace.key, groupName(this.rules, group)) ?? trace.closedAs !== undefined;
  }

  private closed({ trace, group, basis }: ClosingJob, generation: number): void {
    trace.judged[group] = generation;
    if (basis === 'partial') trace.openedAt = this.clock.read();
    if (!this.isJudged(trace)) return;
    this.early.forget(trace);
    if (trace.closedAs === undefined) {
      this.counters.closed[basis]++;
      addSharingSpans(this.counters.sharingSpans, trace.traceId, trace.pieces);
    }
    trace.closedAs = basis;
    this.due.schedule(trace, outlookOf(trace, this.rules, this.settings, this.clock.read()).dueAt);
  }

  /** Whether all rules have judged the trace in its present state. */
  private isJudged({ judged, generation }: OpenTrace): boolean {
    return this.rules.closing.every((_, group) => judged[group] === generation);
  }

  private async attempt(batch: JudgingBatch): Promise<boolean> {
    try {
      await this.judging.run(batch);
      this.batch.grow();
      return true;
    } catch (error) {
      const message = messageOf(error);
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

  /** Lets go of traces, and of the part of the log that only they needed. Those with spans that came in the meantime stay. */
  private async bury(candidates: readonly OpenTrace[]): Promise<void> {
    for (const trace of candidates.filter((candidate) => this.isJudged(candidate))) {
      // From now on its spans come too late: what the log says of it next is that it is over.
      this.table.remove(trace);
      this.due.remove(trace);
      this.early.forget(trace);
      this.buried.add(trace.key);
    }
    const keys = [...this.buried];
    await this.trying(async () => {
      await this.spans.sayOver(keys);
      if (this.ports.sentAgain !== true) await this.handover.forget(keys);
      for (const key of keys) this.buried.delete(key);
      // What was not read yet may be of any trace.
      if (this.recovering === undefined) await this.spans.dropUnneeded();
    });
  }

  /** What only serves later processes, or makes room: the next batch does it, too. */
  private async trying(work: () => Promise<void>, failed = NOT_MARKED): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.ports.onProblem(`${failed}: ${messageOf(error)}`);
    }
  }
}
