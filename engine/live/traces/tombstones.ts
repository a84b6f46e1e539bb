/**
 * Traces that are over: spans that still come for them cannot be judged any more, as the others are gone. The oldest are
 * forgotten first.
 */
export class Tombstones {
  private readonly keys = new Set<string>();

  constructor(private readonly most: number) {}

  /** Added again, it is among the newest again. */
  add(key: string): void {
    this.keys.delete(key);
    this.keys.add(key);
    if (this.keys.size <= this.most) return;
    const [oldest] = this.keys;
    if (oldest !== undefined) this.keys.delete(oldest);
  }

  has(key: string): boolean {
    return this.keys.has(key);
  }
}
