/**
 * The milliseconds in which spans were taken, of all processes on the same log together: what traces are waited for is measured by it. It
 * stops while no process runs and while one reads the log: spans may wait at their senders then, and that is no silence of their trace.
 */
export class ServedClock {
  /** What had passed before this process. */
  private before = 0;
  private runningSince: number | undefined;

  /** `now`: milliseconds that pass evenly. */
  constructor(private readonly now: () => number) {}

  /** Continues from where the last process was; before `start`. */
  resume(ms: number): void {
    this.before = ms;
  }

  start(): void {
    this.runningSince = this.now();
  }

  /** What it showed when this process began to take spans. */
  get began(): number {
    return this.before;
  }

  read(): number {
    return this.before + (this.runningSince === undefined ? 0 : this.now() - this.runningSince);
  }
}

/** With a first pause of five seconds, as most have it, senders are back by then, and spans that had to wait are not late. */
const SENDERS_BACK_MS = 10_000;

/**
 * For how long after a start no trace is closed for a silence that it had before. Of a process that lives as long as the one before, three
 * quarters are left for judging.
 */
export function startGraceMs(lastLifeMs: number): number {
  return Math.min(SENDERS_BACK_MS, lastLifeMs / 4);
}
