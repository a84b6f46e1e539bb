/** What kept the service from doing in time what is due, and for how long at most. Times are virtual milliseconds. */
interface HoldUp {
  readonly at: number;
  readonly forMs: number;
}

export class HoldUps {
  /** In the order of time. */
  private readonly known: HoldUp[] = [];
  private memoryWasFull = false;

  /** From then on nothing may have been done for so long. */
  add(timeMs: number, forMs: number): void {
    this.known.push({ at: timeMs, forMs });
  }

  /** Traces may have been closed before their time. */
  noteFullMemory(): void {
    this.memoryWasFull = true;
  }

  /** Whether all that is due was done when it was: then it is known what the service knew when it judged. */
  get none(): boolean {
    return this.known.length === 0 && !this.memoryWasFull;
  }

  /** When that is done at the latest which something at `from` makes due at `due`. */
  latest(from: number, due: number): number {
    let latest = due;
    for (const { at, forMs } of this.known) if (at <= latest && at + forMs >= from) latest += forMs;
    return latest;
  }
}
