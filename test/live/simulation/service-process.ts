import type { ResolvedRule } from '../../../engine/language/link/resolved.js';
import type { FlowStore } from '../../../engine/live/flows/flow-store.js';
import type { Evaluator } from '../../../engine/live/judge/evaluator.js';
import { Judge } from '../../../engine/live/judge/judge.js';
import { Live } from '../../../engine/live/live.js';
import type { LogOptions } from '../../../engine/live/log/log.js';
import { Delivery } from '../../../engine/live/outbox/delivery.js';
import type { OutboxEntry } from '../../../engine/live/outbox/entry.js';
import type { OnRuleEvent } from '../../../engine/live/rule-health.js';
import type { RuleSet } from '../../../engine/live/rules/rule-set.js';
import { JudgedUntil, type TextFile } from '../../../engine/live/stored/judged-until.js';
import type { CaseTally, CountedBatch } from '../../../engine/live/tally.js';
import type { EmittedViolation } from '../../../engine/live/violation/span.js';
import type { WindowAnswer, WindowQuestion } from '../../../engine/live/windows/window-ports.js';
import type { WindowStore } from '../../../engine/live/windows/window-store.js';
import { WindowWatch } from '../../../engine/live/windows/window-watch.js';
import type { RulePlan } from '../../../engine/plan/plan.js';
import type { WindowRulePlan } from '../../../engine/plan/window-plan.js';
import type { WindowViolation } from '../../../engine/verdicts/window-violation.js';
import { Tally } from '../../../server/evidence/tally.js';
import type { Constants } from './constants.js';
import type { Receiver } from './receiver.js';
import type { SlowDisk } from './slow-disk.js';
import type { VirtualClock } from './virtual-clock.js';

/** The machine that processes of the service run on, and what is around it. */
export interface Machine {
  readonly constants: Constants;
  readonly clock: VirtualClock;
  /** How far the clock of the machine was set ahead, in milliseconds. */
  readonly setAhead: () => number;
  /** The bound of memory. */
  readonly maxBytes: () => number;
  /** Of the log of spans, of the outbox, of the tally, and of flows. */
  readonly disks: readonly [SlowDisk, SlowDisk, SlowDisk, SlowDisk];
  readonly evaluator: Evaluator;
  /** Opens what keeps flows, for one process; `commit` resolves once what it writes is on disk. */
  readonly openFlows: (process: ServiceProcess, commit: () => Promise<void>) => Promise<FlowStore>;
  /** The same of what is counted for windows. */
  readonly openWindows: (process: ServiceProcess, commit: () => Promise<void>) => Promise<WindowStore>;
  /** What stored blocks say of windows. */
  readonly judgeStored: (tenant: string, question: WindowQuestion) => WindowAnswer;
  /** Tenants that have stored blocks. */
  readonly storedTenants: () => readonly string[];
  /** Until when windows were judged by them, as it is on disk. */
  readonly judgedUntil: TextFile;
  /** The rules in force. */
  readonly resolved: () => readonly ResolvedRule[];
  readonly onWindow: (tenant: string, rule: WindowRulePlan, violation: WindowViolation) => void;
  readonly receiver: Receiver;
  readonly onViolation: (tenant: string, violation: EmittedViolation) => void;
  readonly onRetraction: (tenant: string, rule: RulePlan, retracted: OutboxEntry) => void;
  readonly onRuleEvent: OnRuleEvent;
  /** Called with what the tally has counted. */
  readonly onCounted: (batch: CountedBatch) => void;
  readonly onProblem: (message: string) => void;
  readonly onFault: (fault: string) => void;
  /** Whether some disk has failed: then a segment that was let go of may be taken for one that is lost. */
  readonly diskFailed: () => boolean;
}

/** So that each is called otherwise. */
let filesMade = 0;

/** One process of the service, from its start until it is killed: put together as the service does it. */
export class ServiceProcess {
  alive = true;
  /** What is to be done at once when it is killed. */
  onKill: (() => void) | undefined;
  private opened:
    | {
        readonly live: Live;
        readonly windows: WindowWatch;
        readonly delivery: Delivery;
        readonly tally?: Tally;
      }
    | undefined;
  private ticking: Promise<void> = Promise.resolve();
  private watching: Promise<void> | undefined;

  constructor(private readonly machine: Machine) {}

  async start(rules: RuleSet): Promise<void> {
    const {
      constants,
      clock,
      setAhead,
      maxBytes,
      disks,
      evaluator,
      openFlows,
      openWindows,
      receiver,
      ...ports
    } = this.machine;
    const logOn = (disk: SlowDisk, maxBytes: number): LogOptions => ({
      disk: disk.mount(this),
      segmentBytes: constants.segmentBytes,
      maxBytes,
      maxWaitingBytes: constants.maxWaitingBytes,
    });
    const wall = (): number => clock.now() + setAhead();
    const tally = constants.tally
      ? await Tally.open({
          log: logOn(disks[2], constants.maxBytes),
          now: wall,
          onDamage: (message) => ports.onFault(`the log of the tally is damaged: ${message}`),
        })
      : undefined;
    const live = await Live.open(
      {
        now: () => clock.now(),
        wall,
        spanLog: logOn(disks[0], constants.maxBytes),
        outboxLog: logOn(disks[1], constants.outboxBytes),
        judge: new Judge(evaluator),
        flows: async () => await openFlows(this, await this.commits(disks[3])),
        windows: async () => await openWindows(this, await this.commits(disks[3])),
        onWindowViolation: (...reported) => this.alive && ports.onWindow(...reported),
        onProblem: (message) => this.alive && ports.onProblem(message),
        onViolation: (tenant, violation) => this.alive && ports.onViolation(tenant, violation),
        onRetraction: (...retracted) => this.alive && ports.onRetraction(...retracted),
        onRuleEvent: (...event) => this.alive && ports.onRuleEvent(...event),
        ...(tally === undefined ? {} : { tally: this.watched(tally) }),
      },
      { ...constants.live, maxBytes: maxBytes() },
      rules,
    );
    for (const damage of live.counters.damage)
      if (damage.kind !== 'torn' && !(damage.kind === 'missing' && ports.diskFailed()))
        ports.onFault(`${damage.kind} of a log: ${JSON.stringify(damage)}`);
    if (live.counters.unreadable > 0) ports.onFault('a logged request could not be read');
    const delivery = new Delivery(live.outbox, {
      send: async (tenant, request) => {
        // A process that is gone sends nothing, and hears of nothing.
        const outcome = this.alive ? await receiver.send(tenant, request) : undefined;
        return this.alive && outcome !== undefined ? outcome : await new Promise<never>(() => undefined);
      },
      batch: constants.deliveryBatch,
      version: '0',
      backoffMs: (failures) => Math.min(60_000, 500 * 2 ** Math.min(failures - 1, 10)),
      maxWaitMs: constants.maxWaitMs,
      onProblem: (message) => this.alive && ports.onProblem(message),
      clock,
    });
    const windows = await this.watchWindows(live, wall, await this.commits(disks[3]));
    this.opened = { live, windows, delivery, ...(tally === undefined ? {} : { tally }) };
  }

  get live(): Live {
    if (this.opened === undefined) throw new Error('the process has not started');
    return this.opened.live;
  }

  private async watchWindows(
    live: Live,
    wall: () => number,
    commit: () => Promise<void>,
  ): Promise<WindowWatch> {
    const { judgedUntil, judgeStored, storedTenants, resolved, constants, ...ports } = this.machine;
    const { outbox, counters } = live;
    const file: TextFile = {
      load: async () => await judgedUntil.load(),
      save: async (text) => {
        await commit();
        await judgedUntil.save(text);
      },
    };
    const watch = new WindowWatch(
      {
        ...{ wall, outbox, counters },
        tenants: storedTenants,
        judge: async (tenant, question) => {
          await Promise.resolve();
          return judgeStored(tenant, question);
        },
        judged: await JudgedUntil.open(file, ports.onFault),
        onViolation: (...reported) => this.alive && ports.onWindow(...reported),
        onRetraction: () => undefined,
        onProblem: (message) => this.alive && ports.onProblem(message),
      },
      { delayMs: constants.live.overDelayMs, mostViolations: 10_000 },
    );
    watch.setRules(resolved());
    return watch;
  }

  /** Judges by other rules from now on. */
  setRules(rules: RuleSet): void {
    this.live.setRules(rules);
    this.opened?.windows.setRules(this.machine.resolved());
  }

  /** How an op of the database is on disk: all of it once a note of it is synced, and nothing before. */
  private async commits(disk: SlowDisk): Promise<() => Promise<void>> {
    const file = await disk.mount(this).create(`ops ${filesMade++}`);
    return async () => {
      await file.write([Buffer.from('an op of the database')]);
      await file.sync();
    };
  }

  private watched(tally: Tally): CaseTally {
    return {
      mostIds: tally.mostIds,
      has: (trace, group) => tally.has(trace, group),
      counted: async (batch) => {
        await tally.counted(batch);
        if (this.alive) this.machine.onCounted(batch);
      },
      countedFlows: async (...counts) => await tally.countedFlows(...counts),
      changed: async (...change) => await tally.changed(...change),
      get changesUpTo() {
        return tally.changesUpTo;
      },
      refused: (...refused) => tally.refused(...refused),
      forget: (traces) => tally.forget(traces),
      retain: (keeps) => tally.retain(keeps),
    };
  }

  /** Finds out whether the disks can be written, as the service does now and then. */
  async checkDisk(): Promise<void> {
    if (this.alive) await this.live.checkDisk();
  }

  /** Resolves once the work that is due is done, or the process is gone. */
  tick(): Promise<void> {
    if (!this.alive) return this.ticking;
    this.watching ??= this.opened?.windows.tick().finally(() => {
      this.watching = undefined;
    });
    this.ticking = Promise.all([this.live.tick(), this.watching]).then(
      () => undefined,
      (error: unknown) => {
        if (this.alive) this.machine.onFault(`a tick failed: ${error}`);
      },
    );
    return this.ticking;
  }

  /** From now on nothing that it does reaches anything. */
  kill(): void {
    this.alive = false;
    this.onKill?.();
  }

  /** Ends what is under way; everything else is in the logs. */
  async stop(): Promise<void> {
    await this.opened?.delivery.stop();
    await this.opened?.live.close();
    await this.opened?.tally?.stop();
  }
}
