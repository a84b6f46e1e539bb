/** Where to begin to read partitions that this process was given. */
import type { PartitionBounds, Topic } from './topic.js';

export interface PartitionStart {
  readonly partition: number;
  /** The first offset to read … */
  readonly from: bigint;
  /** … and from which on spans count. */
  readonly liveFrom: bigint;
  /** The offset that the next record will have. */
  readonly end: bigint;
  readonly committed: bigint | undefined;
  /** Records that were to be read and are gone. */
  readonly lost: bigint;
  /** When the last record was written of which the group says that it is over, in milliseconds since the Unix epoch: some member had the partition then, or later. Undefined where none ever had. */
  readonly readBeforeMs: number | undefined;
}

export interface StartParts {
  readonly topic: Topic;
  readonly start: 'latest' | 'earliest';
  readonly lookBackMs: number;
  /** Milliseconds since the Unix epoch. */
  readonly wall: () => number;
}

/**
 * Spans count from the committed offset on: it is that of the oldest trace that was open. Traces that were over by then may have more spans behind it, and
 * whoever judged them is not here to tell: so what came shortly before is read, too, for their names.
 */
export async function startOf(
  partitions: readonly number[],
  { topic, start, lookBackMs, wall }: StartParts,
): Promise<readonly PartitionStart[]> {
  if (partitions.length === 0) return [];
  const { committed, isNew } = await begun(topic, start);
  const bounds = await topic.bounds(partitions);
  const starts: PartitionStart[] = [];
  for (const partition of partitions) {
    const { first, end } = bounds.get(partition) ?? { first: 0n, end: 0n };
    const wanted = committed.get(partition) ?? first;
    // Beyond its end: the partition was made anew.
    const liveFrom = wanted < first || wanted > end ? first : wanted;
    const begunMs = liveFrom < end ? await timeOf(topic, partition, liveFrom) : wall();
    const before =
      liveFrom > first ? await topic.offsetAt(partition, (begunMs ?? wall()) - lookBackMs) : undefined;
    const from = clamped(before ?? liveFrom, { first, end: liveFrom });
    const lost = wanted < first ? first - wanted : 0n;
    // What comes next may have come long after whoever read the record before had ended.
    const lastRead = liveFrom > first ? liveFrom - 1n : first;
    const readBeforeMs = isNew || first === end ? undefined : await timeOf(topic, partition, lastRead);
    starts.push({ partition, from, liveFrom, end, committed: committed.get(partition), lost, readBeforeMs });
  }
  return starts;
}

/**
 * What is committed, after a group that has never read the topic has said where it begins: in all partitions at once, so that one that is added later
 * is read from its first record on.
 */
async function begun(
  topic: Topic,
  start: StartParts['start'],
): Promise<{ readonly committed: ReadonlyMap<number, bigint>; readonly isNew: boolean }> {
  const all = await topic.partitions();
  const committed = await topic.committed(all);
  if (committed.size > 0) return { committed, isNew: false };
  const bounds = await topic.bounds(all);
  const offsets = new Map(
    [...bounds].map(([partition, { first, end }]) => [partition, start === 'latest' ? end : first]),
  );
  await topic.commit(offsets);
  return { committed: offsets, isNew: true };
}

async function timeOf(topic: Topic, partition: number, offset: bigint): Promise<number | undefined> {
  const { records } = await topic.fetch(new Map([[partition, offset]]));
  return records.find((record) => record.offset >= offset)?.timestampMs;
}

function clamped(offset: bigint, { first, end }: PartitionBounds): bigint {
  if (offset < first) return first;
  return offset > end ? end : offset;
}
