interface Entry<V> {
  readonly value: V;
  readonly bytes: number;
}

/** Values in memory up to a bound in bytes; the least recently used go first. */
export class BoundedCache<V> {
  /** In the order of their last use, which a `Map` keeps when an entry is put in anew. */
  private readonly entries = new Map<string, Entry<V>>();
  private readonly loading = new Map<string, Promise<V>>();
  private held = 0;

  constructor(
    readonly maxBytes: number,
    /** About what a value takes, in bytes. */
    private readonly bytesOf: (value: V) => number,
  ) {}

  get bytes(): number {
    return this.held;
  }

  get size(): number {
    return this.entries.size;
  }

  has(key: string): boolean {
    return this.entries.has(key);
  }

  /**
   * The value of `key`, which is loaded once however many ask for it at once. A rejection of `load` reaches all of them and is
   * not kept. A value larger than the bound is returned and not kept.
   */
  async get(key: string, load: () => Promise<V>): Promise<V> {
    const entry = this.entries.get(key);
    if (entry) {
      this.entries.delete(key);
      this.entries.set(key, entry);
      return entry.value;
    }
    const running = this.loading.get(key);
    if (running) return await running;
    const started = load();
    this.loading.set(key, started);
    try {
      const value = await started;
      this.keep(key, value);
      return value;
    } finally {
      this.loading.delete(key);
    }
  }

  private keep(key: string, value: V): void {
    const bytes = this.bytesOf(value);
    if (bytes > this.maxBytes) return;
    this.entries.set(key, { value, bytes });
    this.held += bytes;
    for (const [oldest, entry] of this.entries) {
      if (this.held <= this.maxBytes) break;
      this.entries.delete(oldest);
      this.held -= entry.bytes;
    }
  }
}
