/** Milliseconds from a failure to the next attempt, by how many there were in a row; after more of them the last. */
const WAITS_MS = [10_000, 60_000, 300_000, 600_000] as const;
const LONGEST_MS = 600_000;

/** When what failed may be tried again. */
export class Attempts {
  private readonly failed = new Map<string, { readonly failures: number; readonly notBefore: number }>();

  /** Failures of it in a row. */
  failures(key: string): number {
    return this.failed.get(key)?.failures ?? 0;
  }

  /** Whether it may be tried at `now`, in milliseconds of a clock that may be set. */
  allows(key: string, now: number): boolean {
    const notBefore = this.failed.get(key)?.notBefore ?? now;
    return now >= notBefore || notBefore > now + LONGEST_MS;
  }

  fail(key: string, now: number): void {
    const failures = this.failures(key) + 1;
    this.failed.set(key, { failures, notBefore: now + (WAITS_MS[failures - 1] ?? LONGEST_MS) });
  }

  succeed(key: string): void {
    this.failed.delete(key);
  }

  clear(): void {
    this.failed.clear();
  }
}
