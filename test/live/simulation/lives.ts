/** The processes of the service on one machine, one after the other: each takes up what the one before has left on the disks. */
import type { RuleSet } from '../../../engine/live/rules/rule-set.js';
import type { Chronicle } from './chronicle.js';
import type { DeliveryWatch } from './delivery-watch.js';
import type { HoldUps } from './hold-ups.js';
import type { MachineFaults } from './machine-faults.js';
import type { MemoryWatch } from './memory-watch.js';
import type { OwnedFolder } from './owned-folder.js';
import type { Random } from './random.js';
import type { RuleStops } from './rule-stops.js';
import type { Fault } from './scenario.js';
import { type Machine, ServiceProcess } from './service-process.js';
import { SLACK_MS } from './timing.js';
import type { Totals } from './totals.js';
import { idle, turns } from './turns.js';

/** For how long a process does not close what was there before it, at most. */
const START_GRACE_MS = 10_000;

export interface LivesPorts {
  readonly machine: Machine;
  readonly random: Random;
  readonly chronicle: Chronicle;
  readonly holdUps: HoldUps;
  readonly machineFaults: MachineFaults;
  readonly memory: MemoryWatch;
  readonly stops: RuleStops;
  readonly deliveries: DeliveryWatch;
  readonly totals: Totals;
  readonly rules: () => RuleSet;
  /** Undefined where no real file is locked. */
  readonly folder: OwnedFolder | undefined;
  /** Lets virtual time pass while no process is there. */
  readonly pass: (ms: number) => void;
  /** Resolves once all that was under way in the process that is gone has come to its end. */
  readonly settled: () => Promise<void>;
}

export class Lives {
  process: ServiceProcess;

  constructor(private readonly ports: LivesPorts) {
    this.process = new ServiceProcess(ports.machine);
  }

  async start(): Promise<void> {
    await this.ports.folder?.start(1);
    await this.process.start(this.ports.rules());
  }

  /** Somebody starts more of them while one is at work. */
  async startOther({ waits }: Fault & { readonly kind: 'second process' }): Promise<void> {
    const { chronicle, folder } = this.ports;
    chronicle.count(waits ? 'waiting processes' : 'second processes');
    if (waits) folder?.startWaiting();
    else await folder?.start(1);
  }

  async crash(event: Fault & { readonly kind: 'crash' }): Promise<void> {
    const { chronicle, memory, totals, pass, rules } = this.ports;
    await turns(event.turns);
    // One that was killed in the middle of something had said it by then.
    if (this.process.alive) totals.add(this.process.live.counters);
    await this.down(event);
    memory.maxBytes = event.maxBytes ?? memory.maxBytes;
    pass(event.downMs);
    if (event.again !== undefined) {
      const starting = this.process.start(rules()).then(
        () => undefined,
        () => undefined,
      );
      await Promise.race([starting, turns(event.again)]);
      await this.down(event);
    }
    await this.process.start(rules());
    chronicle.note('started again');
  }

  /** Ends what is under way; what is left of it is on the disks. */
  async stop(): Promise<void> {
    await this.process.stop();
    await this.ports.folder?.remove();
  }

  private async down({
    machine: machineToo,
    kept,
    downMs,
  }: Fault & { readonly kind: 'crash' }): Promise<void> {
    const { machine, random, chronicle, holdUps, machineFaults, stops, deliveries, folder, settled } =
      this.ports;
    chronicle.count('crashes');
    chronicle.note(machineToo ? 'the machine goes down' : 'the process is killed');
    const now = machine.clock.time;
    holdUps.add(now, downMs + START_GRACE_MS + SLACK_MS);
    stops.restarted(now);
    deliveries.restart();
    this.process.kill();
    for (const { disk } of machine.disks)
      if (machineToo) disk.crash(kept);
      else disk.kill();
    machineFaults.restartDisks();
    // What was under way comes to its end by failing, before there is another process.
    await settled();
    await idle();
    this.process = new ServiceProcess(machine);
    await folder?.ownerDies(random.below(3));
  }
}
