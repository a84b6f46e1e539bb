import type { PartitionStart } from './start-of.js';

interface Needed {
  readonly offset: bigint;
  /** Of the traces that the record has spans of. */
  readonly keys: readonly string[];
}

/** How far a partition was read, and from where on it is still needed. */
export class PartitionProgress {
  /** The offset to read next. */
  next: bigint;
  /** Records before it are read only for the names of their traces: those are over. */
  readonly liveFrom: bigint;
  /** What the group has committed last, as far as this process knows. */
  committed: bigint | undefined;
  /** As `PartitionStart` says. */
  readonly readBeforeMs: number | undefined;
  /** Records that may be needed, oldest first, from `first` on. */
  private needed: Needed[] = [];
  private first = 0;

  constructor({ from, liveFrom, committed, readBeforeMs }: PartitionStart) {
    this.next = from;
    this.liveFrom = liveFrom;
    this.committed = committed;
    this.readBeforeMs = readBeforeMs;
  }

  /** Notes a record whose spans were taken. */
  took(offset: bigint, keys: readonly string[]): void {
    if (keys.length > 0) this.needed.push({ offset, keys });
  }

  /**
   * The offset that whoever reads after this process may begin at: of the oldest record with a trace that is held. `settled`: traces of the
   * records before it, which are all over, since the last call.
   */
  settle(holds: (key: string) => boolean): { readonly offset: bigint; readonly settled: readonly string[] } {
    const settled: string[] = [];
    for (let oldest = this.oldest; oldest !== undefined && !oldest.keys.some(holds); oldest = this.oldest) {
      for (const key of oldest.keys) settled.push(key);
      this.first++;
    }
    if (this.first > 1024 && this.first * 2 > this.needed.length) {
      this.needed = this.needed.slice(this.first);
      this.first = 0;
    }
    if (this.next < this.liveFrom) return { offset: this.liveFrom, settled };
    return { offset: this.oldest?.offset ?? this.next, settled };
  }

  /** Traces of the records that may be needed. */
  *keys(): Iterable<string> {
    for (let n = this.first; n < this.needed.length; n++) yield* this.needed[n]!.keys;
  }

  private get oldest(): Needed | undefined {
    return this.needed[this.first];
  }
}
