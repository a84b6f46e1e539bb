/**
 * The live path under a virtual clock, with bounds that a few spans reach, on disks and to a receiver that fail as a seed says. What is
 * promised whatever happens is in `promises.ts`.
 */
import type { Evaluator } from '../../../engine/live/judge/evaluator.js';
import type { TraceSnapshot } from '../../../engine/live/judge/snapshot.js';
import { LogRefusal } from '../../../engine/live/log/log.js';
import type { RuleSet } from '../../../engine/live/rules/rule-set.js';
import type { EmittedViolation } from '../../../engine/live/violation/span.js';
import type { RulePlan } from '../../../engine/plan/plan.js';
import { FaultyDisk } from '../log/faulty-disk.js';
import { Arrivals } from './arrivals.js';
import { type Constants, mayForget } from './constants.js';
import { DeliveryWatch } from './delivery-watch.js';
import { Judged, type JudgedTrace, keyOf } from './judged.js';
import { KnownRequests } from './known-requests.js';
import { LetGo } from './let-go.js';
import { OwnedFolder } from './owned-folder.js';
import { brokenPromises } from './promises.js';
import { Random } from './random.js';
import { Receiver } from './receiver.js';
import { RuleStops } from './rule-stops.js';
import { longestQuiet, openFor, RULE_VARIANTS, ruleSetOf } from './rules.js';
import { type Event, type Fault, type Scenario, STEP_MS, scenarioOf } from './scenario.js';
import { type Machine, ServiceProcess } from './service-process.js';
import { waitingForALongLife } from './short-lives.js';
import { SlowDisk } from './slow-disk.js';
import type { Told } from './timing.js';
import { TooLate } from './too-late.js';
import { Totals } from './totals.js';
import { type RuleFailure, TrustedEvaluator } from './trusted-evaluator.js';
import { idle, turns } from './turns.js';
import { VirtualClock } from './virtual-clock.js';
import type { Request } from './workload.js';

const BEGUN_MS = 1_700_000_000_000;
const RETRY_MS = 2 * STEP_MS;
/** What a span and its trace take beside their bytes, at most. */
const BYTES_BESIDE = 1000;
/** Steps after the last fault in which everything has to come to its end. */
const SETTLING_STEPS = 400;
const SETTLING_MS = 5 * STEP_MS;

export interface SimulationOptions {
  /** Events of the seed that do not happen, by their names. */
  readonly without?: ReadonlySet<string>;
  /** Judges in the place of the slow evaluator, which it is given; its work is waited for, as it takes time of its own. */
  readonly evaluator?: (trusted: Evaluator, onFault: (fault: string) => void) => Evaluator;
  /** What the process has in the place of what it should have: to see that the simulation notices. */
  readonly process?: (of: Constants) => Constants;
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

export type Seen =
  | 'crashes'
  | 'violations'
  | 'retracted'
  | 'late'
  | 'too late'
  | 'evicted'
  | 'rule changes'
  | 'rules failed'
  | 'out of memory'
  | 'second processes';

export async function simulate(seed: number, options: SimulationOptions = {}): Promise<SimulationResult> {
  return await new Simulation(seed, options).run();
}

/** What there is to tell in the end whether promises were kept. */
export interface Evidence {
  readonly scenario: Scenario;
  readonly judged: Judged;
  readonly arrivals: Arrivals;
  readonly receiver: Receiver;
  readonly totals: Totals;
  readonly rules: RuleSet;
  /** When each rule in force got its text, in virtual milliseconds; absent where it always had it. */
  readonly rulesSince: ReadonlyMap<string, number>;
  /** In the order of time. */
  readonly ruleChanges: readonly RuleChange[];
  readonly stops: RuleStops;
  readonly told: readonly Told[];
  /** Traces that the tally has counted, by `keyOf`, and for rules of which group. */
  readonly counted: readonly { readonly key: string; readonly group: string }[];
  readonly crashes: number;
  /** Whether nothing kept the service from doing in time what is due. */
  readonly smooth: boolean;
  /** The most bytes that open traces took beyond what is promised. */
  readonly excessBytes: number;
  readonly wasFull: boolean;
  /** The most bytes of requests at a time. */
  readonly mostInFlight: number;
  readonly logBytes: number;
  readonly outboxBytes: number;
}

/** Some rule got another text. */
export interface RuleChange {
  /** Virtual milliseconds. */
  readonly at: number;
  /** For how long a trace was open after its last span at least, by the rules before. */
  readonly openForMs: number;
}

class Simulation {
  private readonly scenario: Scenario;
  private readonly random: Random;
  private readonly clock = new VirtualClock(BEGUN_MS);
  private readonly requests = new KnownRequests();
  private readonly judged = new Judged(this.requests);
  private readonly arrivals = new Arrivals();
  private readonly totals = new Totals();
  private readonly stops = new RuleStops(this.judged, (fault) => this.fault(fault));
  private readonly tooLate = new TooLate();
  private readonly letGo: LetGo;
  private readonly deliveries: DeliveryWatch;
  private readonly machine: Machine;
  private readonly slow: boolean;
  private process: ServiceProcess;
  private folder: OwnedFolder | undefined;
  private setAhead = 0;
  private readonly inForce: Map<string, number>;
  private readonly rulesSince = new Map<string, number>();
  private readonly ruleChanges: RuleChange[] = [];
  private longestQuietMs: number;
  /** The bound of memory of the process. */
  private maxBytes: number;
  /** Bytes of the largest request. */
  private mostRequest = 0;
  private readonly failing = new Map<string, number>();
  /** What ends at a time. */
  private ends: { readonly at: number; readonly end: () => void }[] = [];
  private readonly unacknowledged = new Set<Request>();
  private retries: { readonly at: number; readonly request: Request }[] = [];
  private readonly running = new Set<Promise<unknown>>();
  private readonly history: string[] = [];
  private readonly faults: string[] = [];
  private readonly happened: string[] = [];
  private readonly told: Told[] = [];
  private readonly counted: { readonly key: string; readonly group: string }[] = [];
  private smooth = true;
  private diskFailed = false;
  /** Whether a disk was ever late or failed. */
  private heldUp = false;
  private readonly seen = {} as Record<Seen, number>;
  private inFlightBytes = 0;
  private mostInFlight = 0;
  private excessBytes = 0;
  private wasFull = false;

  constructor(
    private readonly seed: number,
    private readonly options: SimulationOptions,
  ) {
    this.scenario = scenarioOf(seed);
    const { constants, rules } = this.scenario;
    this.random = new Random(seed ^ 0x5eed);
    this.inForce = new Map(rules);
    this.longestQuietMs = longestQuiet(ruleSetOf(rules), constants.live);
    this.maxBytes = (options.process?.(constants) ?? constants).live.maxBytes;
    const trusted = new TrustedEvaluator(this.judged, constants, {
      failureOf: (rule, traces) => this.failureOf(rule, traces),
      before: async (traces, snapshots) => await this.beforeJudging(traces, snapshots),
    });
    this.slow = options.evaluator !== undefined;
    const disk = (n: number): SlowDisk => new SlowDisk(new FaultyDisk(), new Random(seed * 3 + n));
    this.machine = {
      constants: options.process?.(constants) ?? constants,
      clock: this.clock,
      setAhead: () => this.setAhead,
      maxBytes: () => this.maxBytes,
      disks: [disk(0), disk(1), disk(2)],
      evaluator: options.evaluator?.(trusted, (fault) => this.fault(fault)) ?? trusted,
      receiver: new Receiver(
        async (ms) =>
          await new Promise<void>((resolve) => {
            this.clock.after(ms, resolve);
          }),
      ),
      onViolation: (tenant, violation) => this.noteViolation(tenant, violation),
      onRuleEvent: (tenant, rule, event) => {
        this.note('rule', tenant, rule.id, JSON.stringify(event));
        this.stops.note(this.clock.time, tenant, rule, event);
      },
      onCounted: ({ tenant, group, traces }) => {
        for (const trace of traces)
          this.counted.push({ key: keyOf({ tenant, traceId: trace.slice(0, 32) }), group });
      },
      onProblem: (message) => this.note('problem', message),
      onFault: (fault) => this.fault(fault),
      diskFailed: () => this.diskFailed,
    };
    this.letGo = new LetGo(this.machine.disks[0].disk);
    this.deliveries = new DeliveryWatch(constants.maxWaitMs);
    for (const { disk } of this.machine.disks) disk.lieAboutSync = options.lieAboutSync ?? false;
    this.process = new ServiceProcess(this.machine);
  }

  async run(): Promise<SimulationResult> {
    if (this.scenario.constants.locked) this.folder = await OwnedFolder.make();
    await this.own(1);
    await this.process.start(ruleSetOf(this.inForce));
    const events = this.scenario.events.filter(({ name }) => this.options.without?.has(name) !== true);
    const left = [...events];
    const last = events.at(-1)?.at ?? 0;
    while (this.clock.time <= last) {
      const due: Event[] = [];
      while (left[0] !== undefined && left[0].at <= this.clock.time) due.push(left.shift()!);
      await this.step(due);
      this.advance(STEP_MS);
    }
    this.faults.push(...waitingForALongLife(this.scenario, this.arrivals, this.judged, last));
    for (const { end } of this.ends.splice(0)) end();
    for (let n = 0; n < SETTLING_STEPS && this.isUnsettled(); n++) {
      await this.step([]);
      this.advance(SETTLING_MS);
    }
    if (this.isUnsettled()) {
      const { openTraces, outbox } = this.process.live;
      const requests = this.unacknowledged.size;
      this.fault(`never settles: ${requests} requests, ${openTraces} traces, ${outbox.depth} spans`);
    }
    this.totals.add(this.process.live.counters);
    this.seen.violations = this.totals.violations;
    this.seen.retracted = this.totals.retracted;
    this.seen.late = this.totals.late;
    this.seen['too late'] = this.totals.tooLate;
    this.seen.evicted = this.totals.evicted;
    this.faults.push(...brokenPromises(this.evidence()));
    await this.process.stop();
    await this.folder?.remove();
    return {
      seed: this.seed,
      faults: this.faults,
      history: this.history,
      events: this.happened,
      seen: this.seen,
      virtualMs: this.clock.time,
    };
  }

  private evidence(): Evidence {
    return {
      scenario: this.scenario,
      judged: this.judged,
      arrivals: this.arrivals,
      receiver: this.machine.receiver,
      totals: this.totals,
      rules: ruleSetOf(this.inForce),
      rulesSince: this.rulesSince,
      ruleChanges: this.ruleChanges,
      stops: this.stops,
      told: this.told,
      counted: this.counted,
      crashes: this.seen.crashes ?? 0,
      smooth: this.smooth,
      excessBytes: this.excessBytes,
      wasFull: this.wasFull,
      mostInFlight: this.mostInFlight,
      logBytes: this.process.live.logBytes,
      outboxBytes: this.process.live.outbox.bytes,
    };
  }

  private isUnsettled(): boolean {
    const { live } = this.process;
    return this.unacknowledged.size > 0 || live.openTraces > 0 || live.outbox.depth > 0;
  }

  // ------------------------------------------------------------------------------------------------------- one step

  private async step(events: readonly Event[]): Promise<void> {
    for (const { request } of this.dueRetries()) this.start(this.send(request));
    const crashes: (Fault & { readonly kind: 'crash' })[] = [];
    let others = 0;
    for (const event of events) {
      this.happened.push(event.name);
      if (event.kind === 'request') this.start(this.send(event));
      else if (event.kind === 'crash') crashes.push(event);
      else if (event.kind === 'second process') others++;
      else this.begin(event);
    }
    this.start(this.process.tick());
    if (others > 0) await this.startOthers(others);
    for (const crash of crashes) await this.crash(crash);
    if (this.slow) await Promise.allSettled(this.running);
    await idle();
    this.checkMemory();
    this.checkDelivery();
  }

  private start(work: Promise<unknown>): void {
    const noted = work
      .catch((error: unknown) =>
        this.fault(error instanceof Error ? (error.stack ?? error.message) : String(error)),
      )
      .finally(() => this.running.delete(noted));
    this.running.add(noted);
  }

  private advance(ms: number): void {
    this.clock.advance(ms);
    const over = this.ends.filter(({ at }) => at <= this.clock.time);
    this.ends = this.ends.filter(({ at }) => at > this.clock.time);
    for (const { end } of over) end();
  }

  private dueRetries(): readonly { readonly request: Request }[] {
    const due = this.retries.filter(({ at }) => at <= this.clock.time);
    this.retries = this.retries.filter(({ at }) => at > this.clock.time);
    return due;
  }

  private begin(event: Exclude<Fault, { readonly kind: 'crash' | 'second process' }>): void {
    this.note(JSON.stringify(event));
    if (event.kind === 'full' || event.kind === 'sync fails' || event.kind === 'stall') {
      this.smooth = false;
      this.heldUp = true;
    }
    const until = (forMs: number, end: () => void): void => {
      this.ends.push({ at: this.clock.time + forMs, end });
    };
    switch (event.kind) {
      case 'full': {
        const { disk } = this.machine.disks[event.disk]!;
        this.diskFailed = true;
        disk.capacity = disk.used + event.room;
        until(event.forMs, () => {
          disk.capacity = Number.POSITIVE_INFINITY;
        });
        return;
      }
      case 'sync fails': {
        const { disk } = this.machine.disks[event.disk]!;
        this.diskFailed = true;
        disk.failSync = true;
        until(event.forMs, () => {
          disk.failSync = false;
        });
        return;
      }
      case 'stall': {
        if (this.slow) return;
        const disk = this.machine.disks[event.disk]!;
        disk.stall();
        until(event.forMs, () => disk.release());
        return;
      }
      case 'clock set':
        this.setAhead = event.aheadMs;
        return;
      case 'rules':
        this.start(this.changeRule(event));
        return;
      case 'rule fails': {
        this.failing.set(event.rule, (this.failing.get(event.rule) ?? 0) + 1);
        until(event.forMs, () => this.failing.set(event.rule, this.failing.get(event.rule)! - 1));
        return;
      }
      case 'receiver': {
        const { receiver } = this.machine;
        receiver.answer = event.answer;
        until(event.forMs, () => {
          if (receiver.answer === event.answer) receiver.answer = undefined;
        });
        return;
      }
    }
  }

  private failureOf({ id }: RulePlan, traces: readonly JudgedTrace[]): RuleFailure | undefined {
    const { constants, expensive } = this.scenario;
    const cost = traces.reduce((sum, { spans }) => sum + spans.size ** 2, 0);
    if (expensive.has(id) && cost > constants.mostCost) {
      this.count('rules failed');
      return 'too large';
    }
    if ((this.failing.get(id) ?? 0) === 0) return undefined;
    this.count('rules failed');
    return 'too slow';
  }

  private async beforeJudging(
    traces: readonly JudgedTrace[],
    snapshots: readonly TraceSnapshot[],
  ): Promise<void> {
    const { judgingTurns, tracesInMemory } = this.scenario.constants;
    if (traces.length > tracesInMemory) this.count('out of memory');
    const { process } = this;
    const bodies = new Set(snapshots.flatMap(({ pieces }) => pieces.map(({ batch }) => batch.bytes)));
    for (const body of bodies)
      if (process.alive && (await this.letGo.has(body)))
        this.fault('traces are judged with spans that the log has let go of');
    for (const { tenant, traceId, spans } of traces)
      for (const span of spans)
        if (this.tooLate.has(span))
          this.fault(`span ${span.spanId} of ${tenant} ${traceId} came too late, and is judged`);
    await turns(judgingTurns === 0 ? 1 : this.random.below(judgingTurns));
  }

  private async changeRule({
    turns: after,
    rule,
    variant,
  }: Fault & { readonly kind: 'rules' }): Promise<void> {
    await turns(after);
    if (this.inForce.get(rule) === variant) return;
    const openForMs = openFor(ruleSetOf(this.inForce), this.scenario.constants.live);
    if (variant === undefined) {
      // Without any rule nothing is judged, and nothing could be said of the spans.
      if ([...this.inForce].filter(([name, n]) => name !== rule && isEnabled(name, n)).length === 0) return;
      this.inForce.delete(rule);
    } else {
      const others = [...this.inForce].some(([name, n]) => name !== rule && isEnabled(name, n));
      if (!isEnabled(rule, variant) && !others) return;
      this.inForce.set(rule, variant);
      this.rulesSince.set(rule, this.clock.time);
    }
    this.count('rule changes');
    this.ruleChanges.push({ at: this.clock.time, openForMs });
    const quietMs = longestQuiet(ruleSetOf(this.inForce), this.scenario.constants.live);
    this.longestQuietMs = Math.max(this.longestQuietMs, quietMs);
    this.stops.restarted(this.clock.time);
    this.process.live.setRules(ruleSetOf(this.inForce));
  }

  // ------------------------------------------------------------------------------------------------------- requests

  private async send(request: Request): Promise<void> {
    this.unacknowledged.add(request);
    const body = this.requests.encode(request);
    const { process } = this;
    this.tooLate.sent(request, process, this.clock.time, this.keptAtMostMs());
    const bytes = body.length + request.spans.length * BYTES_BESIDE;
    this.inFlightBytes += bytes;
    this.mostRequest = Math.max(this.mostRequest, bytes);
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlightBytes);
    const outcome = await turns(request.turns)
      .then(async () => await process.live.accept(request.tenant, body))
      .then(
        // An acknowledgement may be lost, too, and does not come from a process that is gone.
        () => (process.alive && !this.random.chance(0.05) ? 'acknowledged' : 'not heard of'),
        (error: unknown) => {
          if (process.alive && !(error instanceof LogRefusal)) throw error;
          return error instanceof LogRefusal ? error.reason : 'crashed';
        },
      );
    this.inFlightBytes -= bytes;
    this.note(outcome, describe(request));
    if (outcome === 'acknowledged' || (outcome === 'not heard of' && process.alive))
      this.arrivals.arrived(request, this.clock.time, outcome === 'acknowledged');
    if (outcome === 'acknowledged') this.unacknowledged.delete(request);
    else this.retries.push({ at: this.clock.time + RETRY_MS, request });
  }

  // ------------------------------------------------------------------------------------------------------- processes

  /** Of processes that start at once, one owns the folder and goes on; the others refuse to start. */
  private async own(processes: number): Promise<void> {
    const owners = await this.folder?.start(processes);
    if (owners !== undefined && owners !== 1) this.fault(`${owners} processes own the folder of the logs`);
  }

  /** Somebody starts more of them while one is at work. */
  private async startOthers(processes: number): Promise<void> {
    this.count('second processes');
    const owners = await this.folder?.start(processes);
    if (owners !== 0) this.fault(`${owners} more processes own the folder of the logs`);
  }

  private async crash(event: Fault & { readonly kind: 'crash' }): Promise<void> {
    await turns(event.turns);
    this.totals.add(this.process.live.counters);
    await this.down(event.kept);
    this.maxBytes = event.maxBytes ?? this.maxBytes;
    this.advance(event.downMs);
    if (event.again !== undefined) {
      const starting = this.process.start(ruleSetOf(this.inForce)).then(
        () => undefined,
        () => undefined,
      );
      await Promise.race([starting, turns(event.again)]);
      await this.down(event.kept);
    }
    await this.process.start(ruleSetOf(this.inForce));
    this.note('started again');
    this.checkMemory(this.mostRequest);
  }

  private async down(kept: number): Promise<void> {
    this.count('crashes');
    this.smooth = false;
    this.stops.restarted(this.clock.time);
    this.deliveries.restart();
    this.note('crash');
    const { process, machine } = this;
    process.kill();
    for (const disk of machine.disks) {
      disk.disk.crash(kept);
      disk.disk.capacity = Number.POSITIVE_INFINITY;
      disk.disk.failSync = false;
      disk.release();
    }
    // What was under way comes to its end by failing, before there is another process.
    await Promise.allSettled(this.running);
    await idle();
    this.process = new ServiceProcess(machine);
    await this.folder?.ownerDies();
    await this.own(2);
  }

  // ------------------------------------------------------------------------------------------------------- notes

  /** After its last span; infinite where nobody can say. */
  private keptAtMostMs(): number {
    const { constants } = this.scenario;
    if (this.heldUp || mayForget(constants)) return Number.POSITIVE_INFINITY;
    return this.longestQuietMs + constants.live.graceMs + RETRY_MS;
  }

  private checkDelivery(): void {
    if (this.heldUp) return;
    const { depth } = this.process.live.outbox;
    const late = this.deliveries.look(this.clock.time, depth, this.machine.receiver.answer);
    if (late !== undefined) this.fault(`${depth} spans wait ${late} ms for a receiver that is well`);
  }

  /** `besideBytes`: what may be on its way into memory beside the traces. */
  private checkMemory(besideBytes = this.mostInFlight): void {
    const { maxBytes } = this;
    const { openBytes, counters } = this.process.live;
    // It may have been full within a step, or while it read the log.
    if (openBytes + this.mostInFlight > maxBytes || counters.evicted > 0) {
      this.wasFull = true;
      this.smooth = false;
    }
    const most = 1.25 * maxBytes + besideBytes;
    this.excessBytes = Math.max(this.excessBytes, openBytes - most);
  }

  private noteViolation(tenant: string, { id, generation, rule, found, basis }: EmittedViolation): void {
    const key = `${id} ${generation}`;
    const trace = this.judged.snapshotOf({ tenant, traceId: found.traceId });
    this.told.push({ key, trace, rule, basis, at: this.clock.time });
    this.note('violation', tenant, found.traceId.slice(-2), rule.id, key);
  }

  private count(what: Seen): void {
    this.seen[what] = (this.seen[what] ?? 0) + 1;
  }

  private fault(fault: string): void {
    this.faults.push(fault);
    this.note('FAULT', fault);
  }

  private note(...words: readonly unknown[]): void {
    this.history.push(`${this.clock.time} ${words.join(' ')}`);
  }
}

function isEnabled(rule: string, variant: number): boolean {
  return RULE_VARIANTS[rule]![variant]!.settings.enabled;
}

function describe({ tenant, spans }: Request): string {
  return `${tenant} ${spans.map(({ traceId, span }) => `${traceId.slice(-2)}/${span.spanId.slice(-4)}`).join(' ')}`;
}
