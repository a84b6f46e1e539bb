/** What goes wrong around a process, and for how long: on its disks, with its clock, with rules, at the receiver. */
import type { HoldUps } from './hold-ups.js';
import type { Receiver } from './receiver.js';
import type { Fault } from './scenario.js';
import type { SlowDisk } from './slow-disk.js';
import { SLACK_MS } from './timing.js';

/** Around processes, what they are and which rules they have. */
export type MachineFault = Exclude<Fault, { readonly kind: 'crash' | 'second process' | 'rules' }>;

export interface FaultyParts {
  readonly disks: readonly SlowDisk[];
  readonly receiver: Receiver;
  readonly holdUps: HoldUps;
  /** Whether disks may not answer for a while: what is waited for must not be held up by that. */
  readonly mayStall: boolean;
}

export class MachineFaults {
  /** How far the clock of the machine was set ahead, in milliseconds. */
  setAhead = 0;
  /** Whether it ever was. */
  clockSet = false;
  /** Whether a disk was ever full, failed or did not answer … */
  disksHeldUp = false;
  /** … and whether one could not keep what it was given. */
  diskFailed = false;
  private readonly failing = new Map<string, number>();
  private ends: { readonly at: number; readonly end: () => void }[] = [];

  constructor(private readonly parts: FaultyParts) {}

  /** Whether the rule cannot be judged at the moment. */
  isFailing(rule: string): boolean {
    return (this.failing.get(rule) ?? 0) > 0;
  }

  /** Virtual milliseconds. */
  begin(event: MachineFault, now: number): void {
    const until = (forMs: number, end: () => void): void => {
      this.ends.push({ at: now + forMs, end });
    };
    const { disks, receiver, mayStall } = this.parts;
    switch (event.kind) {
      case 'full': {
        this.diskFailed = true;
        const { disk } = disks[event.disk]!;
        this.holdUp(now, event.forMs);
        disk.capacity = disk.used + event.room;
        until(event.forMs, () => {
          disk.capacity = Number.POSITIVE_INFINITY;
        });
        return;
      }
      case 'sync fails': {
        this.diskFailed = true;
        const { disk } = disks[event.disk]!;
        this.holdUp(now, event.forMs);
        disk.failSync = true;
        until(event.forMs, () => {
          disk.failSync = false;
        });
        return;
      }
      case 'stall': {
        this.holdUp(now, event.forMs);
        if (!mayStall) return;
        const disk = disks[event.disk]!;
        disk.stall();
        until(event.forMs, () => disk.release());
        return;
      }
      case 'clock set':
        this.setAhead = event.aheadMs;
        this.clockSet = true;
        return;
      case 'rule fails': {
        this.failing.set(event.rule, (this.failing.get(event.rule) ?? 0) + 1);
        until(event.forMs, () => this.failing.set(event.rule, this.failing.get(event.rule)! - 1));
        return;
      }
      case 'receiver': {
        receiver.answer = event.answer;
        until(event.forMs, () => {
          if (receiver.answer === event.answer) receiver.answer = undefined;
        });
        return;
      }
    }
  }

  /** Ends what is over by then. */
  endUntil(now: number): void {
    const over = this.ends.filter(({ at }) => at <= now);
    this.ends = this.ends.filter(({ at }) => at > now);
    for (const { end } of over) end();
  }

  /** The machine went down: its disks are as new. */
  restartDisks(): void {
    for (const slow of this.parts.disks) {
      slow.disk.capacity = Number.POSITIVE_INFINITY;
      slow.disk.failSync = false;
      slow.release();
    }
  }

  private holdUp(now: number, forMs: number): void {
    this.disksHeldUp = true;
    // What has failed is tried again with one of the next ticks.
    this.parts.holdUps.add(now, forMs + SLACK_MS);
  }
}
