/** Sees to it that what waits for a receiver reaches it soon after the receiver is well, whatever it asked for before. */
import type { Answer } from './scenario.js';

/** However long a receiver asked to wait, and however often it failed, it is tried again after so many milliseconds. */
const PROBE_MS = 40_000;
/** Two steps of the settling, within which something may come to be sent. */
const SLACK_MS = 11_000;

export class DeliveryWatch {
  private lastAnswer: Answer | undefined;
  /** Since when something waits for a receiver that is well. */
  private since: number | undefined;

  constructor(private readonly maxWaitMs: number) {}

  /** Looks at the end of a step, and says how long it has been waited where that is too long. */
  look(now: number, depth: number, answer: Answer | undefined): number | undefined {
    if (answer !== undefined) this.lastAnswer = answer;
    if (answer !== undefined || depth === 0) {
      this.since = undefined;
      return undefined;
    }
    this.since ??= now;
    const asked = this.lastAnswer?.kind === 'retry after';
    const most = (asked ? Math.min(this.maxWaitMs, PROBE_MS) : PROBE_MS) + SLACK_MS;
    return now - this.since > most ? now - this.since : undefined;
  }

  /** The process is another, or what it has to write on fails. */
  restart(): void {
    this.since = undefined;
  }
}
