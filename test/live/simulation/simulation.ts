/**
 * The live path under a virtual clock, with bounds that a few spans reach, on disks and to a receiver that fail as a seed says. What is
 * promised whatever happens is in `promises.ts`.
 */
import type { FlowStore } from '../../../engine/live/flows/flow-store.js';
import type { Evaluator } from '../../../engine/live/judge/evaluator.js';
import type { TraceSnapshot } from '../../../engine/live/judge/snapshot.js';
import type { OutboxEntry } from '../../../engine/live/outbox/entry.js';
import type { EmittedViolation } from '../../../engine/live/violation/span.js';
import type { WindowAnswer, WindowQuestion } from '../../../engine/live/windows/window-ports.js';
import type { SomeWindows, WindowStore } from '../../../engine/live/windows/window-store.js';
import type { RulePlan } from '../../../engine/plan/plan.js';
import type { WindowRulePlan } from '../../../engine/plan/window-plan.js';
import { FaultyDisk } from '../log/faulty-disk.js';
import { Arrivals } from './arrivals.js';
import { Chronicle, type Seen } from './chronicle.js';
import { type Constants, mayForget } from './constants.js';
import { DeliveryWatch } from './delivery-watch.js';
import type { Evidence } from './evidence.js';
import { FlowShelf } from './flow-shelf.js';
import { HoldUps } from './hold-ups.js';
import { Judged, type JudgedTrace, keyOf } from './judged.js';
import { KnownRequests } from './known-requests.js';
import { LetGo } from './let-go.js';
import { Lives } from './lives.js';
import { MachineFaults } from './machine-faults.js';
import { MemoryWatch } from './memory-watch.js';
import { OwnedFolder } from './owned-folder.js';
import { brokenPromises } from './promises.js';
import { Random } from './random.js';
import { Receiver } from './receiver.js';
import { RuleStops } from './rule-stops.js';
import { RulesInForce } from './rules-in-force.js';
import { type Event, type Fault, type Scenario, STEP_MS, scenarioOf } from './scenario.js';
import { RETRY_MS, Sender } from './sender.js';
import type { Machine, ServiceProcess } from './service-process.js';
import { waitingForALongLife } from './short-lives.js';
import { SlowDisk } from './slow-disk.js';
import { SqlStores } from './sql-stores.js';
import { talliedCases } from './tally-log.js';
import type { ReportedViolation } from './timing.js';
import { TooLate } from './too-late.js';
import { Totals } from './totals.js';
import { type RuleFailure, TrustedEvaluator } from './trusted-evaluator.js';
import { TrustedFlowStore } from './trusted-flow-store.js';
import { TrustedWindowStore } from './trusted-window-store.js';
import { idle, turns } from './turns.js';
import { VirtualClock } from './virtual-clock.js';
import { windowPlanOf } from './window-rules.js';
import { WindowShelf } from './window-shelf.js';
import { judgedWindows } from './window-verdicts.js';
import type { Request } from './workload.js';

const BEGUN_MS = 1_700_000_000_000;
/** Steps after the last fault in which everything has to come to its end. */
const SETTLING_STEPS = 400;
const SETTLING_MS = 5 * STEP_MS;
/** A process that is killed alone, and followed by another at once. */
const KILLED: Fault & { readonly kind: 'crash' } = {
  ...{ kind: 'crash', machine: false, turns: 0, kept: 1, downMs: 0 },
  again: undefined,
  maxBytes: undefined,
};
/** In which evidence has to hear of what was counted. */
const NOTED_MS = 20_000;
/** Longer than any seed. */
const LONG_MS = 1_000_000;

export interface SimulationOptions {
  /** Events of the seed that do not happen, by their names. */
  readonly without?: ReadonlySet<string>;
  /** Judges in the place of the slow evaluator, which it is given; its work is waited for, as it takes time of its own. */
  readonly evaluator?: (trusted: Evaluator, onFault: (fault: string) => void) => Evaluator;
  /** Whether flows and windows are kept in the database of the product as well as in the slow evaluator. */
  readonly sqlStores?: boolean;
  /** What the process has in the place of what it should have: to see that the simulation notices. */
  readonly process?: (constants: Constants) => Constants;
  /** Breaks the disks in a way that no fault may. */
  readonly lieAboutSync?: boolean;
}

export interface SimulationResult {
  readonly seed: number;
  /** What was promised and not held; empty when all is well. */
  readonly faults: readonly string[];
  /** What happened, in order. */
  readonly history: readonly string[];
  /** Names of the events that happened; each can be left out. */
  readonly events: readonly string[];
  /** How much of what may go wrong did. */
  readonly seen: Readonly<Record<Seen, number>>;
  readonly virtualMs: number;
}

export async function simulate(seed: number, options: SimulationOptions = {}): Promise<SimulationResult> {
  const scenario = scenarioOf(seed);
  const clock = new VirtualClock(BEGUN_MS);
  const chronicle = new Chronicle(() => clock.time);
  const folder = scenario.constants.locked
    ? await OwnedFolder.make((fault) => chronicle.fault(fault))
    : undefined;
  return await new Simulation(scenario, options, clock, chronicle, folder).run();
}

class Simulation {
  private readonly random: Random;
  private readonly requests = new KnownRequests();
  private readonly judged = new Judged(this.requests);
  private readonly arrivals = new Arrivals();
  private readonly totals = new Totals();
  private readonly stops: RuleStops;
  private readonly tooLate = new TooLate();
  private readonly shelf = new FlowShelf();
  private readonly windows = new WindowShelf();
  private readonly reportedWindows: string[] = [];
  private crashDue = false;
  /** How often stored blocks were asked about windows. */
  private asks = 0;
  /** The first of the notes that evidence has not heard of, and since when in this process. */
  private oldestNote: { readonly seq: bigint; readonly crashes: number; readonly at: number } | undefined;
  private readonly sqlStores: SqlStores | undefined;
  private readonly holdUps = new HoldUps();
  private readonly letGo: LetGo;
  private readonly deliveries: DeliveryWatch;
  private readonly machine: Machine;
  private readonly machineFaults: MachineFaults;
  private readonly memory: MemoryWatch;
  private readonly rules: RulesInForce;
  private readonly sender: Sender;
  private readonly lives: Lives;
  private readonly slow: boolean;
  private readonly running = new Set<Promise<unknown>>();
  private readonly happened: string[] = [];
  private readonly reported: ReportedViolation[] = [];
  private readonly counted: { readonly key: string; readonly group: string }[] = [];

  constructor(
    private readonly scenario: Scenario,
    private readonly options: SimulationOptions,
    private readonly clock: VirtualClock,
    private readonly chronicle: Chronicle,
    folder: OwnedFolder | undefined,
  ) {
    const { seed, constants, rules } = scenario;
    const { judged, arrivals, requests, totals, holdUps } = this;
    const now = (): number => clock.time;
    const random = new Random(seed ^ 0x5eed);
    this.random = random;
    if (options.sqlStores === true)
      this.sqlStores = new SqlStores({
        isExact: constants.live.flowGraceMs > LONG_MS && constants.live.mostFlowSpans > 1000,
        mayForget: mayForget(constants),
        onFault: (fault) => chronicle.fault(fault),
      });
    this.slow = options.evaluator !== undefined;
    this.rules = new RulesInForce(rules, constants.live);
    this.stops = new RuleStops(judged, (fault) => chronicle.fault(fault));
    this.deliveries = new DeliveryWatch(constants.maxWaitMs);
    const disk = (n: number): SlowDisk => new SlowDisk(new FaultyDisk(), new Random(seed * 3 + n));
    const disks = [disk(0), disk(1), disk(2), disk(3)] as const;
    for (const { disk } of disks) disk.lieAboutSync = options.lieAboutSync ?? false;
    this.letGo = new LetGo(disks[0].disk);
    const receiver = new Receiver(
      async (ms) =>
        await new Promise<void>((resolve) => {
          clock.after(ms, resolve);
        }),
    );
    this.machineFaults = new MachineFaults({ disks, receiver, holdUps, mayStall: !this.slow });
    const processConstants = options.process?.(constants) ?? constants;
    this.memory = new MemoryWatch(processConstants.live.maxBytes);
    const trusted = new TrustedEvaluator(judged, constants, {
      now,
      failureOf: (rule, traces) => this.failureOf(rule, traces),
      before: async (traces, snapshots) => await this.beforeJudging(traces, snapshots),
    });
    this.machine = {
      constants: processConstants,
      clock,
      setAhead: () => this.machineFaults.setAhead,
      maxBytes: () => this.memory.maxBytes,
      disks,
      evaluator: options.evaluator?.(trusted, (fault) => chronicle.fault(fault)) ?? trusted,
      openFlows: async (process, commit) => await this.openFlows(process, commit),
      openWindows: async (process, commit) => await this.openWindows(process, commit),
      judgeStored: (tenant, question) => this.judgeStored(tenant, question),
      storedTenants: () => [...new Set(arrivals.keys().map((key) => key.split(' ')[0]!))],
      judgedUntil: {
        load: async () => this.windows.judgedText,
        save: async (text) => {
          this.windows.judgedText = text;
        },
      },
      resolved: () => this.rules.resolved,
      onWindow: (_, __, { id }) => void this.reportedWindows.push(id),
      receiver,
      onViolation: (tenant, violation) => this.noteViolation(tenant, violation),
      onRetraction: (tenant, rule, retracted) => this.checkRetraction(tenant, rule, retracted),
      onRuleEvent: (tenant, rule, event) => {
        chronicle.note('rule', tenant, rule.id, JSON.stringify(event));
        this.stops.note(now(), tenant, rule, event);
      },
      onCounted: ({ tenant, group, traces }) => {
        for (const trace of traces)
          this.counted.push({ key: keyOf({ tenant, traceId: trace.slice(0, 32) }), group });
      },
      onProblem: (message) => chronicle.note('problem', message),
      onFault: (fault) => chronicle.fault(fault),
      diskFailed: () => this.machineFaults.diskFailed,
    };
    this.shelf.onNote = (seq) => {
      if (seq === BigInt(scenario.killedAtNote ?? 0)) this.killAtOnce();
    };
    const keptMs = (): number => this.keptAtMostMs();
    const onSend = (request: Request, process: ServiceProcess): void =>
      this.tooLate.sent(request, process, now(), keptMs());
    this.sender = new Sender({ random, now, chronicle, requests, arrivals, onSend });
    const { machine, machineFaults, memory, stops, deliveries } = this;
    this.lives = new Lives({
      ...{ machine, random, chronicle, holdUps, machineFaults, memory, stops, deliveries, totals, folder },
      rules: () => this.rules.set,
      pass: (ms) => this.advance(ms),
      settled: async () => {
        await Promise.allSettled(this.running);
      },
    });
  }

  async run(): Promise<SimulationResult> {
    const { scenario, chronicle } = this;
    await this.lives.start();
    const events = scenario.events.filter(({ name }) => this.options.without?.has(name) !== true);
    const left = [...events];
    const last = events.at(-1)?.at ?? 0;
    while (this.clock.time <= last) {
      const due: Event[] = [];
      while (left[0] !== undefined && left[0].at <= this.clock.time) due.push(left.shift()!);
      await this.step(due);
      this.advance(STEP_MS);
    }
    chronicle.faults.push(...waitingForALongLife(scenario, this.arrivals, this.judged, last));
    this.machineFaults.endUntil(Number.POSITIVE_INFINITY);
    for (let n = 0; n < SETTLING_STEPS && (n === 0 || this.isUnsettled()); n++) {
      await this.step([]);
      this.advance(SETTLING_MS);
    }
    if (this.isUnsettled()) {
      const { openTraces, outbox } = this.live;
      chronicle.fault(
        `never settles: ${this.sender.waiting} requests, ${openTraces} traces, ${outbox.depth} spans`,
      );
    }
    // What was begun in the last step may take longer than it.
    await Promise.allSettled(this.running);
    this.totals.add(this.live.counters);
    const { violations, retracted, late, tooLate, evicted } = this.totals;
    Object.assign(chronicle.seen, { violations, retracted, late, 'too late': tooLate, evicted });
    const tallied = scenario.constants.tally ? await talliedCases(this.machine.disks[2].disk) : undefined;
    chronicle.faults.push(...brokenPromises(this.evidence(tallied)));
    await this.lives.stop();
    this.sqlStores?.close();
    const { faults, history, seen } = chronicle;
    return {
      ...{ seed: scenario.seed, faults, history, seen },
      events: this.happened,
      virtualMs: this.clock.time,
    };
  }

  private get live(): ServiceProcess['live'] {
    return this.lives.process.live;
  }

  private evidence(tallied: Evidence['tallied']): Evidence {
    const { scenario, judged, arrivals, totals, shelf, windows, stops, holdUps, reported, counted, memory } =
      this;
    const { reportedWindows } = this;
    const { outbox } = this.live;
    return {
      ...{ windows, reportedWindows, bySql: this.sqlStores !== undefined },
      ...{ scenario, judged, arrivals, totals, shelf, tallied, stops, holdUps, reported, counted },
      undecided: (tenant, rule) => this.live.counters.find(tenant, rule)?.undecided ?? 0,
      clockSet: this.machineFaults.clockSet,
      receiver: this.machine.receiver,
      rules: this.rules.set,
      inForce: this.rules,
      crashes: this.chronicle.seen.crashes ?? 0,
      excessBytes: memory.excessBytes,
      wasFull: memory.wasFull,
      mostInFlight: this.sender.mostInFlight,
      logBytes: this.live.logBytes,
      outboxBytes: outbox.bytes,
      outboxEntries: outbox.traces().flatMap((trace) => [...outbox.entriesOf(trace).values()]),
    };
  }

  private isUnsettled(): boolean {
    const { openTraces, outbox } = this.live;
    return (
      this.sender.waiting > 0 || openTraces > 0 || outbox.depth > 0 || this.clock.now() < this.storedAt()
    );
  }

  /** When stored blocks have been asked about every window that has spans. */
  private storedAt(): number {
    const { traces, constants } = this.scenario;
    if (this.windows.plans.length === 0) return 0;
    const last = Math.max(BEGUN_MS, ...traces.map(({ beginsMs }) => BEGUN_MS + beginsMs));
    return last + constants.live.overDelayMs + 40 * STEP_MS;
  }

  // ------------------------------------------------------------------------------------------------------- one step

  private async step(events: readonly Event[]): Promise<void> {
    for (const request of this.sender.takeDue()) this.send(request);
    const crashes: (Fault & { readonly kind: 'crash' })[] = [];
    const others: (Fault & { readonly kind: 'second process' })[] = [];
    for (const event of events) {
      this.happened.push(event.name);
      if (event.kind === 'request') this.send(event);
      else if (event.kind === 'crash') crashes.push(event);
      else if (event.kind === 'second process') others.push(event);
      else this.begin(event);
    }
    if (this.crashDue) crashes.unshift(KILLED);
    this.crashDue = false;
    this.start(this.work(this.lives.process));
    for (const other of others) await this.lives.startOther(other);
    for (const crash of crashes) {
      await this.lives.crash(crash);
      this.checkMemory(this.sender.mostRequest);
    }
    if (this.slow) await Promise.allSettled(this.running);
    await idle();
    this.checkMemory();
    this.checkDelivery();
    this.checkNotes();
  }

  /** What the service does every now and then, at some time between requests. */
  private async work(process: ServiceProcess): Promise<void> {
    const { workTurns } = this.scenario.constants;
    const after = (): number => (workTurns === 0 ? 0 : this.random.below(workTurns));
    const [checkAfter, tickAfter] = [after(), after()];
    const check = turns(checkAfter).then(async () => await process.checkDisk());
    await turns(tickAfter);
    await process.tick();
    await check;
  }

  private send(request: Request): void {
    this.start(this.sender.send(request, this.lives.process));
  }

  private start(work: Promise<unknown>): void {
    const noted = work
      .catch((error: unknown) =>
        this.chronicle.fault(error instanceof Error ? (error.stack ?? error.message) : String(error)),
      )
      .finally(() => this.running.delete(noted));
    this.running.add(noted);
  }

  private advance(ms: number): void {
    this.clock.advance(ms);
    this.machineFaults.endUntil(this.clock.time);
  }

  private begin(event: Exclude<Fault, { readonly kind: 'crash' | 'second process' }>): void {
    this.chronicle.note(JSON.stringify(event));
    if (event.kind === 'rules') this.start(this.changeRule(event));
    else this.machineFaults.begin(event, this.clock.time);
  }

  private async changeRule(event: Fault & { readonly kind: 'rules' }): Promise<void> {
    await turns(event.turns);
    if (!this.rules.change(event, this.clock.time)) return;
    this.chronicle.count('rule changes');
    this.stops.restarted(this.clock.time);
    this.lives.process.setRules(this.rules.set);
  }

  private async openFlows(process: ServiceProcess, commit: () => Promise<void>): Promise<FlowStore> {
    const trusted = new TrustedFlowStore(this.shelf, this.judged, {
      // Both keep the same.
      commit: this.sqlStores === undefined ? commit : async () => undefined,
      isFailing: ({ id }) => this.machineFaults.isFailing(id),
      mostViolations: this.scenario.constants.mostViolations,
    });
    return (await this.sqlStores?.openFlows(process, trusted, this.shelf)) ?? trusted;
  }

  private async openWindows(process: ServiceProcess, commit: () => Promise<void>): Promise<WindowStore> {
    const { windows, judged } = this;
    const trusted = new TrustedWindowStore(windows, judged, {
      // Both keep the same.
      commit: this.sqlStores === undefined ? commit : async () => undefined,
      onJudged: (tenant, { rule, violations }, { fromNs, toNs }) => {
        this.checkTaken(tenant, rule, { fromNs, toNs });
        const answer = {
          ...{ tenant, rule, fromNs, toNs, sinceNs: windows.sinceNs(rule)! },
          storedNs: BigInt(this.clock.now() - this.scenario.constants.live.overDelayMs) * 1_000_000n,
          found: windows.noteFound(tenant, rule, violations),
          isSettled: false,
        };
        windows.early.push(answer);
        return answer;
      },
    });
    return (await this.sqlStores?.openWindows(process, trusted, windows)) ?? trusted;
  }

  /** What the process would do next does not happen any more; the step after this one notices. */
  private killAtOnce(): void {
    this.totals.add(this.live.counters);
    this.lives.process.kill();
    this.crashDue = true;
  }

  /** By all that was acknowledged up to now. */
  private judgeStored(tenant: string, { rules, range, judgedFromNs }: WindowQuestion): WindowAnswer {
    const { arrivals, windows } = this;
    // What one hears that was killed says nothing of the next.
    if (!this.lives.process.alive) throw new Error('the process was killed');
    if (this.scenario.killedAtAsks.has(++this.asks)) this.killAtOnce();
    const mine = arrivals.keys().filter((key) => key.startsWith(`${tenant} `));
    const spans = new Map(mine.map((key) => [key.split(' ')[1]!, [...arrivals.spansOf(key).keys()]]));
    const asked = { fromNs: judgedFromNs ?? range.fromNs, toNs: range.toNs };
    // A disk that takes nothing keeps nothing of where a rule begins either.
    const isKept = !this.machineFaults.diskFailed;
    const results = rules.map((rule) => judgedWindows(tenant, windowPlanOf(rule), spans, asked));
    for (const { rule, violations } of results)
      windows.stored.push({
        ...{ ...asked, tenant, rule, isBegun: isKept || windows.isBegun(tenant, rule) },
        found: windows.noteFound(tenant, rule, violations),
      });
    return { results, unread: [] };
  }

  // ------------------------------------------------------------------------------------------------------- judging

  private failureOf({ id }: RulePlan, traces: readonly JudgedTrace[]): RuleFailure | undefined {
    const { constants, expensive } = this.scenario;
    const cost = traces.reduce((sum, { spans }) => sum + spans.size ** 2, 0);
    const isTooLarge = expensive.has(id) && cost > constants.mostCost;
    if (!isTooLarge && !this.machineFaults.isFailing(id)) return undefined;
    this.chronicle.count('rules failed');
    return isTooLarge ? 'too large' : 'too slow';
  }

  private async beforeJudging(
    traces: readonly JudgedTrace[],
    snapshots: readonly TraceSnapshot[],
  ): Promise<void> {
    const { judgingTurns, tracesInMemory } = this.scenario.constants;
    if (traces.length > tracesInMemory) this.chronicle.count('out of memory');
    const { process } = this.lives;
    const bodies = new Set(snapshots.flatMap(({ pieces }) => pieces.map(({ batch }) => batch.bytes)));
    for (const body of bodies)
      if (process.alive && (await this.letGo.has(body)))
        this.chronicle.fault('traces are judged with spans that the log has let go of');
    for (const { tenant, traceId, spans } of traces)
      for (const span of spans)
        if (this.tooLate.has(span))
          this.chronicle.fault(`span ${span.spanId} of ${tenant} ${traceId} came too late, and is judged`);
    await turns(judgingTurns === 0 ? 1 : this.random.below(judgingTurns));
  }

  private noteViolation(tenant: string, { id, generation, rule, found, basis }: EmittedViolation): void {
    const key = `${id} ${generation}`;
    const trace = this.judged.snapshotOf({ tenant, traceId: found.traceId });
    if (found.watched !== undefined) this.shelf.foundIn.set(id, found.watched);
    this.reported.push({ key, trace, rule, basis, at: this.clock.time });
    this.chronicle.note('violation', tenant, found.traceId.slice(-2), rule.id, key);
  }

  // ------------------------------------------------------------------------------------------------------- looking

  /** In flows nothing is taken back of cases that were settled, or see spans that are gone. */
  private checkRetraction(tenant: string, rule: RulePlan, { id, sees }: OutboxEntry): void {
    if (rule.flow === undefined || sees === undefined) return;
    const [firstNs, lastNs] = sees.map(BigInt) as [bigint, bigint];
    if (lastNs < this.shelf.tenant(tenant).settlingNs)
      this.chronicle.fault(`violation ${id} of ${rule.id} was retracted when its case was settled`);
    if (firstNs < this.shelf.knownNs(tenant, rule))
      this.chronicle.fault(`violation ${id} of ${rule.id} was retracted when spans of it were gone`);
  }

  /** What a process has counted, evidence hears of at once, or when the next process begins. */
  private checkNotes(): void {
    const [note] = this.shelf.notes;
    const { crashes = 0 } = this.chronicle.seen;
    if (note?.seq !== this.oldestNote?.seq || crashes !== this.oldestNote?.crashes)
      this.oldestNote = note && { seq: note.seq, crashes, at: this.clock.time };
    const since = this.oldestNote?.at ?? this.clock.time;
    if (this.clock.time - since > NOTED_MS && !this.machineFaults.disksHeldUp)
      this.chronicle.fault(`evidence has not heard of what was counted at ${since}`);
  }

  /** Windows are judged with all traces that began in them, as far as they had come. */
  private checkTaken(tenant: string, rule: WindowRulePlan, { fromNs, toNs }: SomeWindows): void {
    const { arrivals, windows, clock, holdUps } = this;
    const { maxAgeMs, quietAfterMs } = this.scenario.constants.live;
    if (!holdUps.none) return;
    const taken = windows.tracesOf(tenant, rule);
    const longAgo = BigInt(clock.now() - maxAgeMs - quietAfterMs) * 1_000_000n;
    for (const key of arrivals.keys().filter((name) => name.startsWith(`${tenant} `))) {
      const traceId = key.split(' ')[1]!;
      if (taken.has(traceId) || this.rules.since.has(rule.id)) continue;
      for (const [{ start }, acknowledgedMs] of arrivals.spansOf(key))
        if (start >= fromNs && start < toNs && start > longAgo && acknowledgedMs < clock.time - 2 * STEP_MS)
          this.chronicle.fault(`a window of ${rule.id} in ${tenant} was judged before ${traceId} was taken`);
    }
  }

  /** For how long a trace is kept after its last span; infinite where nobody can say. */
  private keptAtMostMs(): number {
    const { constants } = this.scenario;
    if (this.machineFaults.disksHeldUp || mayForget(constants)) return Number.POSITIVE_INFINITY;
    return this.rules.longestQuietMs + constants.live.graceMs + RETRY_MS;
  }

  private checkDelivery(): void {
    if (this.machineFaults.disksHeldUp) return;
    const { depth } = this.live.outbox;
    const late = this.deliveries.look(this.clock.time, depth, this.machine.receiver.answer);
    if (late !== undefined)
      this.chronicle.fault(`${depth} spans wait ${late} ms for a receiver that is well`);
  }

  private checkMemory(incomingBytes?: number): void {
    this.memory.look(this.live, this.sender.mostInFlight, incomingBytes);
    if (this.memory.wasFull) this.holdUps.noteFullMemory();
  }
}
