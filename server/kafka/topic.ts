/** What reading a topic as a member of a group needs of Kafka: a port, so that the order of things can be tested without a broker. */

export interface TopicRecord {
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since the Unix epoch, as whoever wrote it says. */
  readonly timestampMs: number;
  readonly key: Uint8Array | undefined;
  readonly value: Uint8Array | undefined;
}

/** Offsets by partition. */
export type Offsets = ReadonlyMap<number, bigint>;

export interface Fetched {
  /** Of each partition in the order of their offsets. */
  readonly records: readonly TopicRecord[];
  /** Where to read on, of each partition that has something new. */
  readonly next: Offsets;
  /** The offset that the next record of each partition will have. */
  readonly ends: Offsets;
  /** Partitions that do not have the offset that was asked for. */
  readonly outOfRange: readonly number[];
}

/** The offsets that a partition has: from `first` to before `end`. */
export interface PartitionBounds {
  readonly first: bigint;
  readonly end: bigint;
}

/** Each of them rejects where brokers cannot be reached or refuse; it may be tried again. */
export interface Topic {
  /**
   * The partitions that the group has given to this member; undefined before it has any say. Another object whenever members have come, gone or been
   * counted anew: what was read before is then to be looked at again.
   */
  readonly assignment: readonly number[] | undefined;
  /** Joins the group where this process is no member, and has it counted anew where partitions were added. To be called often. */
  attend(): Promise<void>;
  /** The partitions that the topic has. */
  partitions(): Promise<readonly number[]>;
  /** What the group has committed; partitions without are left out. */
  committed(partitions: readonly number[]): Promise<Offsets>;
  bounds(partitions: readonly number[]): Promise<ReadonlyMap<number, PartitionBounds>>;
  /** The first offset of a record that is not older; undefined where there is none. */
  offsetAt(partition: number, timestampMs: number): Promise<bigint | undefined>;
  /** What there is from these offsets on, as much as fits into memory; waits a moment where there is nothing. */
  fetch(from: Offsets): Promise<Fetched>;
  commit(offsets: Offsets): Promise<void>;
  /** Leaves the group. */
  close(): Promise<void>;
}
