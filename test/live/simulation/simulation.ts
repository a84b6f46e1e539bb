/**
 * The live path under a virtual clock, on disks and to a receiver that fail as a seed says. At the end, the violations that stand at the
 * receiver must be those that the rules give over all spans at once, whatever happened on the way.
 */
import fc from 'fast-check';
import type { ResolvedRule } from '../../../engine/language/workspace.js';
import type { Judge } from '../../../engine/live/judge/judge.js';
import { Live } from '../../../engine/live/live.js';
import type { LogOptions } from '../../../engine/live/log/log.js';
import { LogRefusal } from '../../../engine/live/log/log.js';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import { ruleSet } from '../../../engine/live/rules/rule-set.js';
import { DEFAULT_LIVE_SETTINGS, type LiveSettings } from '../../../engine/live/settings.js';
import type { Trace } from '../../../engine/otlp/model.js';
import { planRules } from '../../../engine/plan/lower.js';
import { violationId } from '../../../engine/query/violation-id.js';
import { loadTraces } from '../../../engine/spans/load.js';
import type { Database } from '../../../engine/sql/duckdb/database.js';
import { evaluateRules } from '../../../engine/sql/duckdb/evaluate.js';
import { aTrace } from '../../support/arbitrary/trace.js';
import { FaultyDisk } from '../log/faulty-disk.js';
import { Random } from './random.js';

const TENANT = 'shop';
/** Virtual milliseconds in which spans are sent; late ones are within the grace period of any trace. */
const SENDING_MS = 60_000;
const STEP_MS = 1_000;
/** Requests are refused from 1.25 times the bound on; some may be on their way to the log then. */
const MEMORY_FACTOR = 1.5;
const HOUR_MS = 3_600_000;

export interface SimulationOptions {
  readonly rules: readonly ResolvedRule[];
  readonly judge: Judge;
  /** For the answer that is compared with. */
  readonly db: Database;
  readonly settings?: Partial<LiveSettings>;
  /** Breaks the disk in a way that no fault may: to see that the simulation notices. */
  readonly lieAboutSync?: boolean;
  /** Events of the seed that do not happen, by their names in `SimulationResult.events`. */
  readonly without?: ReadonlySet<string>;
}

export interface SimulationResult {
  readonly seed: number;
  /** What happened, in order. */
  readonly history: readonly string[];
  /** Requests and faults, each of which can be left out. */
  readonly events: readonly string[];
  readonly expected: readonly string[];
  readonly standing: readonly string[];
  readonly sent: number;
  readonly crashes: number;
  readonly retracted: number;
  readonly late: number;
  readonly virtualMs: number;
  /** Traces judged early for want of memory. */
  readonly evicted: number;
  /** The most bytes of open traces, and the bound that they may not pass. */
  readonly mostBytes: number;
  readonly boundBytes: number;
}

export async function simulate(seed: number, options: SimulationOptions): Promise<SimulationResult> {
  return await new Simulation(seed, options).run();
}

interface Request {
  readonly name: string;
  readonly at: number;
  readonly traces: readonly Trace[];
}

class Simulation {
  private readonly random: Random;
  private readonly disks = [new FaultyDisk(), new FaultyDisk()] as const;
  /** Some of them, so that an evaluation is short. */
  private readonly rules: readonly ResolvedRule[];
  private now = 1_800_000_000_000;
  private live: Live | undefined;
  private readonly history: string[] = [];
  /** What the receiver has: the spans by the key that names them. */
  private readonly received = new Map<string, string>();
  private readonly events: string[] = [];
  private drawn = 0;
  private crashes = 0;
  private retracted = 0;
  private late = 0;
  private evicted = 0;
  private mostBytes = 0;
  /** How far the clock of the machine was set ahead. */
  private setAhead = 0;

  constructor(
    private readonly seed: number,
    private readonly options: SimulationOptions,
  ) {
    this.random = new Random(seed);
    this.rules = this.random.shuffled(options.rules).slice(0, 4);
  }

  async run(): Promise<SimulationResult> {
    const start = this.now;
    const traces = this.traces();
    const requests = this.requests(traces).filter(({ name }) => this.happens(name));
    const waiting = [...requests];
    for (const disk of this.disks) disk.lieAboutSync = this.options.lieAboutSync ?? false;
    await this.open();
    while (waiting.length > 0) {
      const due = waiting.filter(({ at }) => at <= this.now);
      for (const request of due) waiting.splice(waiting.indexOf(request), 1);
      const refused = await this.send(due);
      for (const request of refused) waiting.push({ ...request, at: this.now + 2 * STEP_MS });
      await this.step();
      await this.fault();
      this.now += STEP_MS;
    }
    for (const disk of this.disks) {
      disk.capacity = Number.POSITIVE_INFINITY;
      disk.failSync = false;
    }
    for (let n = 0; n < 60 && this.pending(); n++) {
      await this.step();
      this.now += 5 * STEP_MS;
    }
    const result = {
      seed: this.seed,
      history: this.history,
      events: this.events,
      expected: await this.expected(sentOf(traces, requests)),
      standing: this.standing(),
      sent: this.received.size,
      crashes: this.crashes,
      retracted: this.retracted,
      late: this.late,
      virtualMs: this.now - start,
      evicted: this.evicted,
      mostBytes: this.mostBytes,
      boundBytes: (this.options.settings?.maxBytes ?? DEFAULT_LIVE_SETTINGS.maxBytes) * MEMORY_FACTOR,
    };
    this.countLive();
    await this.live?.close();
    return { ...result, retracted: this.retracted, late: this.late, evicted: this.evicted };
  }

  private async fault(): Promise<void> {
    const { random } = this;
    const chance = random.next();
    if (chance < 0.04) {
      if (this.happens(`crash ${this.drawn++}`)) await this.crash();
    } else if (chance < 0.08) {
      const room = random.below(300);
      if (this.happens(`full ${this.drawn++}`))
        for (const disk of this.disks) disk.capacity = disk.used + room;
    } else if (chance < 0.2) for (const disk of this.disks) disk.capacity = Number.POSITIVE_INFINITY;
    else if (chance < 0.22) {
      if (this.happens(`sync fails ${this.drawn++}`)) this.disks[0].failSync = true;
    } else if (chance < 0.35) this.disks[0].failSync = false;
    else if (chance < 0.4) {
      const hours = random.below(5) - 2;
      if (this.happens(`clock set ${this.drawn++}`)) this.setAhead = hours * HOUR_MS;
    }
  }

  private happens(event: string): boolean {
    if (this.options.without?.has(event)) return false;
    this.events.push(event);
    return true;
  }

  private pending(): boolean {
    return this.live === undefined || this.live.openTraces > 0 || this.live.outbox.depth > 0;
  }

  // -------------------------------------------------------------------------------------------------------- spans

  private traces(): readonly Trace[] {
    const count = 2 + this.random.below(4);
    return Array.from({ length: count }, (_, n) => {
      const [trace] = fc.sample(aTrace(n + 1), { numRuns: 1, seed: this.random.below(2 ** 31) });
      return trace!;
    });
  }

  /** Every span at least once, some twice, in requests that mix traces, in any order. */
  private requests(traces: readonly Trace[]): Request[] {
    const { random } = this;
    const spans = traces.flatMap(({ traceId, spans }) => spans.map((span) => ({ traceId, span })));
    const all = random.shuffled([...spans, ...spans.filter(() => random.chance(0.2))]);
    const requests: Request[] = [];
    while (all.length > 0) {
      const some = all.splice(0, 1 + random.below(6));
      const at = this.now + Math.floor(random.next() ** 2 * SENDING_MS);
      const name = `request ${requests.length}`;
      requests.push({ name, at, traces: some.map(({ traceId, span }) => ({ traceId, spans: [span] })) });
    }
    return requests;
  }

  private async send(requests: readonly Request[]): Promise<readonly Request[]> {
    const refused: Request[] = [];
    await Promise.all(
      requests.map(async (request) => {
        try {
          await this.live!.accept(TENANT, Buffer.from(protobufOf(request.traces)));
          this.note(
            'accepted',
            request.traces
              .map(({ traceId, spans }) => `${traceId.slice(-2)}/${spans[0]!.spanId.slice(-4)}`)
              .join(' '),
          );
          // An acknowledgement may be lost, too.
          if (this.random.chance(0.05)) refused.push(request);
        } catch (error) {
          if (!(error instanceof LogRefusal)) throw error;
          this.note('refused', error.reason);
          refused.push(request);
        }
      }),
    );
    return refused;
  }

  // -------------------------------------------------------------------------------------------------------- time

  private async open(): Promise<void> {
    const log = (disk: FaultyDisk): LogOptions => ({
      disk,
      segmentBytes: 2_000,
      maxBytes: 10_000_000,
      maxWaitingBytes: 1_000_000,
    });
    const { judge, settings } = this.options;
    this.live = await Live.open(
      {
        now: () => this.now,
        wall: () => this.now + this.setAhead,
        spanLog: log(this.disks[0]),
        outboxLog: log(this.disks[1]),
        judge,
        onProblem: (message) => this.note('problem', message),
      },
      {
        ...DEFAULT_LIVE_SETTINGS,
        completeAfterMs: 2_000,
        quietAfterMs: 8_000,
        graceMs: SENDING_MS * 2,
        ...settings,
      },
      ruleSet(this.rules),
    );
  }

  private async step(): Promise<void> {
    this.mostBytes = Math.max(this.mostBytes, this.live!.openBytes);
    await this.live!.tick();
    await this.deliver();
  }

  private async deliver(): Promise<void> {
    const { outbox } = this.live!;
    const spans = outbox.take(1 + this.random.below(10));
    if (spans.length === 0) return;
    if (this.random.chance(0.3) && this.happens(`receiver down ${this.drawn++}`))
      return outbox.putBack(spans);
    for (const { key, span } of spans) {
      const bytes = Buffer.from(span).toString('hex');
      const known = this.received.get(key);
      if (known !== undefined && known !== bytes) throw new Error(`${key} was sent as two different spans`);
      this.received.set(key, bytes);
      this.note('received', key);
    }
    if (this.random.chance(0.1) && this.happens(`crash after delivery ${this.drawn++}`)) await this.crash();
    else
      await outbox.delivered(spans).catch((error: unknown) => {
        if (!(error instanceof LogRefusal)) throw error;
        outbox.putBack(spans);
      });
  }

  private async crash(): Promise<void> {
    this.crashes++;
    this.note('crash');
    this.countLive();
    for (const disk of this.disks) {
      disk.crash(this.random.next());
      disk.capacity = Number.POSITIVE_INFINITY;
      disk.failSync = false;
    }
    this.now += this.random.below(5) * STEP_MS;
    await this.open();
  }

  private countLive(): void {
    for (const { retracted } of this.live!.counters.rules.values()) this.retracted += retracted;
    this.late += this.live!.counters.late;
    this.evicted += this.live!.counters.evicted;
  }

  private note(...words: readonly unknown[]): void {
    this.history.push(`${this.now - 1_800_000_000_000} ${words.join(' ')}`);
  }

  // -------------------------------------------------------------------------------------------------------- answers

  /** Ids of the violations that are not retracted, by what the receiver has. */
  private standing(): readonly string[] {
    const last = new Map<string, { generation: number; stands: boolean }>();
    for (const key of this.received.keys()) {
      const [id = '', generation = '', stands] = key.split(' ');
      const known = last.get(id);
      const of = { generation: Number(generation), stands: stands === 'true' };
      if (known === undefined || known.generation < of.generation) last.set(id, of);
      else if (known.generation === of.generation && !of.stands) last.set(id, of);
    }
    return [...last]
      .filter(([, { stands }]) => stands)
      .map(([id]) => id)
      .sort();
  }

  private async expected(traces: readonly Trace[]): Promise<readonly string[]> {
    const plan = planRules(this.rules);
    const columns = await loadTraces(this.options.db, traces, plan.needs);
    const { rules, failed } = await evaluateRules(this.options.db, plan, columns, {
      bucketNs: 1n << 62n,
      limit: 1_000_000,
    });
    if (failed.length > 0) throw new Error(failed[0]!.problem.message);
    return rules
      .flatMap(({ rule, violations }) => violations.map((found) => violationId(TENANT, rule, found)))
      .sort();
  }
}

/** What of the traces some request carries. */
function sentOf(traces: readonly Trace[], requests: readonly Request[]): readonly Trace[] {
  const sent = new Set(requests.flatMap(({ traces: some }) => some.flatMap(({ spans }) => spans)));
  return traces
    .map(({ traceId, spans }) => ({ traceId, spans: spans.filter((span) => sent.has(span)) }))
    .filter(({ spans }) => spans.length > 0);
}
