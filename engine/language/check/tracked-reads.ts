/** What the checker reads of a table: one entry, its keys, or all of it. */
export interface Lookup<V> extends Iterable<[string, V]> {
  get(key: string): V | undefined;
  keys(): Iterable<string>;
}

/** A table that remembers what was read of it, so that a later one can be asked whether it would have said the same. */
export class TrackedReads<V> implements Lookup<V> {
  private readonly entries = new Map<string, V | undefined>();
  private readAll = false;

  constructor(private readonly source: Lookup<V>) {}

  get(key: string): V | undefined {
    const value = this.source.get(key);
    this.entries.set(key, value);
    return value;
  }

  keys(): Iterable<string> {
    this.readAll = true;
    return this.source.keys();
  }

  [Symbol.iterator](): Iterator<[string, V]> {
    this.readAll = true;
    return this.source[Symbol.iterator]();
  }

  /** Whether every read would give the same from `other`, by `same`. */
  matches(other: Lookup<V>, same: (a: V | undefined, b: V | undefined) => boolean): boolean {
    for (const [key, value] of this.entries) if (!same(value, other.get(key))) return false;
    if (!this.readAll) return true;
    const [before, after] = [[...this.source], [...other]];
    return (
      before.length === after.length &&
      before.every(([key, value], n) => after[n]![0] === key && same(value, after[n]![1]))
    );
  }
}
