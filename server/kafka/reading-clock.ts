/**
 * Milliseconds that pass only while the topic is being read: spans that wait in a topic which cannot be reached are no silence of their
 * trace.
 */
export class ReadingClock {
  private readonly now: () => number;
  private readonly slackMs: number;
  /** What passed while nothing was read. */
  private missed = 0;
  private readAt: number;

  /** `now`: milliseconds that pass evenly. `slackMs`: how long after reading time still passes. */
  constructor(now: () => number, slackMs: number) {
    this.now = now;
    this.slackMs = slackMs;
    this.readAt = now() - slackMs;
  }

  /** Says that the topic was read. */
  reading(): void {
    const now = this.now();
    this.missed += Math.max(0, now - this.readAt - this.slackMs);
    this.readAt = now;
  }

  read(): number {
    return Math.min(this.now(), this.readAt + this.slackMs) - this.missed;
  }
}
