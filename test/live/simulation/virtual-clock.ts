import type { DeliveryClock } from '../../../engine/live/outbox/delivery.js';

interface Timer {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that passes on command. */
export class VirtualClock implements DeliveryClock {
  /** Milliseconds since the simulation began. */
  time = 0;
  private timers = new Set<Timer>();

  constructor(private readonly begun: number) {}

  now(): number {
    return this.begun + this.time;
  }

  after(ms: number, wake: () => void): () => void {
    const timer = { at: this.time + ms, wake };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  advance(ms: number): void {
    this.time += ms;
    for (const timer of [...this.timers].sort((a, b) => a.at - b.at)) {
      if (timer.at > this.time || !this.timers.delete(timer)) continue;
      timer.wake();
    }
  }
}
