/** A topic in memory and the group that reads it: what brokers do, without any. */
import type { Fetched, Offsets, PartitionBounds, Topic, TopicRecord } from '../../../server/kafka/topic.js';

/** Records of one answer. */
const MOST_RECORDS = 3;

interface Stored {
  readonly timestampMs: number;
  readonly key: Uint8Array | undefined;
  readonly value: Uint8Array | undefined;
}

export class FakeBroker {
  readonly #partitions: { first: number; readonly records: Stored[] }[] = [];
  readonly #members: FakeTopic[] = [];
  readonly committed = new Map<number, bigint>();
  isDown = false;
  refusesCommits = false;

  constructor(partitions: number) {
    this.addPartitions(partitions);
  }

  get count(): number {
    return this.#partitions.length;
  }

  addPartitions(more: number): void {
    for (let n = 0; n < more; n++) this.#partitions.push({ first: 0, records: [] });
  }

  append(
    partition: number,
    key: string | undefined,
    value: Uint8Array | undefined,
    timestampMs: number,
  ): void {
    const bytes = key === undefined ? undefined : Buffer.from(key);
    this.#partitions[partition]!.records.push({ timestampMs, key: bytes, value });
  }

  /** Lets go of the records before the offset, as retention does. */
  letGo(partition: number, before: number): void {
    this.#partitions[partition]!.first = before;
  }

  member(): FakeTopic {
    return new FakeTopic(this);
  }

  join(member: FakeTopic): void {
    this.#members.push(member);
    this.rebalance();
  }

  leave(member: FakeTopic): void {
    const index = this.#members.indexOf(member);
    if (index >= 0) this.#members.splice(index, 1);
    this.rebalance();
  }

  rebalance(): void {
    for (const [n, member] of this.#members.entries())
      member.assignment = this.partitions.filter((partition) => partition % this.#members.length === n);
  }

  get partitions(): readonly number[] {
    return this.#partitions.map((_, partition) => partition);
  }

  boundsOf(partition: number): PartitionBounds {
    const { first, records } = this.#partitions[partition]!;
    return { first: BigInt(first), end: BigInt(records.length) };
  }

  read(partition: number, from: bigint): readonly TopicRecord[] {
    const begin = Number(from);
    return this.#partitions[partition]!.records.slice(begin, begin + MOST_RECORDS).map((record, n) => ({
      ...record,
      partition,
      offset: from + BigInt(n),
    }));
  }

  timed(partition: number, timestampMs: number): bigint | undefined {
    const { first, records } = this.#partitions[partition]!;
    const index = records.findIndex((record, n) => n >= first && record.timestampMs >= timestampMs);
    return index < 0 ? undefined : BigInt(index);
  }
}

export class FakeTopic implements Topic {
  assignment: readonly number[] | undefined;
  readonly #broker: FakeBroker;
  #isMember = false;
  #counted = 0;

  constructor(broker: FakeBroker) {
    this.#broker = broker;
  }

  async attend(): Promise<void> {
    this.#ask();
    if (!this.#isMember) {
      this.#isMember = true;
      this.#broker.join(this);
    } else if (this.#broker.count !== this.#counted) this.#broker.rebalance();
    this.#counted = this.#broker.count;
  }

  async partitions(): Promise<readonly number[]> {
    this.#ask();
    return this.#broker.partitions;
  }

  async committed(partitions: readonly number[]): Promise<Offsets> {
    this.#ask();
    return new Map([...this.#broker.committed].filter(([partition]) => partitions.includes(partition)));
  }

  async bounds(partitions: readonly number[]): Promise<ReadonlyMap<number, PartitionBounds>> {
    this.#ask();
    return new Map(partitions.map((partition) => [partition, this.#broker.boundsOf(partition)]));
  }

  async offsetAt(partition: number, timestampMs: number): Promise<bigint | undefined> {
    this.#ask();
    return this.#broker.timed(partition, timestampMs);
  }

  async fetch(from: Offsets): Promise<Fetched> {
    this.#ask();
    const records: TopicRecord[] = [];
    const next = new Map<number, bigint>();
    const ends = new Map<number, bigint>();
    const outOfRange: number[] = [];
    for (const [partition, offset] of from) {
      const { first, end } = this.#broker.boundsOf(partition);
      ends.set(partition, end);
      if (offset < first || offset > end) outOfRange.push(partition);
      else {
        const some = this.#broker.read(partition, offset);
        records.push(...some);
        if (some.length > 0) next.set(partition, some.at(-1)!.offset + 1n);
      }
    }
    return { records, next, ends, outOfRange };
  }

  async commit(offsets: Offsets): Promise<void> {
    this.#ask();
    if (this.#broker.refusesCommits) throw new Error('the commit is refused');
    for (const [partition, offset] of offsets) this.#broker.committed.set(partition, offset);
  }

  async close(): Promise<void> {
    this.#broker.leave(this);
  }

  #ask(): void {
    if (this.#broker.isDown) throw new Error('the broker is down');
  }
}
