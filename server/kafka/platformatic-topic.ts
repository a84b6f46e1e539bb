/** A topic by `@platformatic/kafka`, which is loaded when one is first read: nobody else needs it installed. */
import type { EventEmitter } from 'node:events';
import type { Consumer, GroupAssignment } from '@platformatic/kafka';
import { StartError } from '../shared/start-error.js';
import type { Fetched, Offsets, PartitionBounds, Topic, TopicRecord } from './topic.js';

/** How long brokers wait for something to read. */
const MOST_WAIT_MS = 500;
/** Of one answer, and of a partition in it; a longer record comes alone. */
const MOST_BYTES = 16 * 2 ** 20;
const MOST_PARTITION_BYTES = 4 * 2 ** 20;
/** How long members have to let go of partitions when others join. */
const REBALANCE_MS = 30_000;
/** Heartbeats in the time after which a member that is not heard has left. */
const HEARTBEATS = 5;
/** How often it is looked for partitions that were added. */
const PARTITIONS_EVERY_MS = 5_000;
/** Batches that brokers write for transactions have no records of anybody. */
const CONTROL_BATCH = 0b10_0000;
const OUT_OF_RANGE = 1;
const EARLIEST = -2n;
const LATEST = -1n;

export interface PlatformaticOptions {
  /** `HOST:PORT` of brokers to ask first. */
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly group: string;
  /** A member that is not heard for that long has left. */
  readonly sessionMs: number;
  readonly tls?: Readonly<Record<string, unknown>>;
  readonly sasl?: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
    readonly username: string;
    readonly password: string;
  };
}

type Client = typeof import('@platformatic/kafka');
type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;

/** Rejects with `StartError` where the client is not installed. No broker is asked yet. */
export async function openTopic(options: PlatformaticOptions): Promise<Topic> {
  try {
    return new PlatformaticTopic(await import('@platformatic/kafka'), options);
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    if (!missing) throw error;
    throw new StartError(
      'BT5046',
      'live.source is kafka, and the package @platformatic/kafka is not installed: `npm install @platformatic/kafka@1` next to betrace',
      { cause: error },
    );
  }
}

/**
 * A connection that is closed while it shows who it is, as brokers do that want a certificate, fails twice: whoever waits for it hears of the
 * first time, and the second, which nothing listens for, would end the process.
 */
function hearErrors(event: unknown): void {
  const { connection } = event as { readonly connection: EventEmitter };
  if (!connection.listeners('error').includes(ignore)) connection.on('error', ignore);
}

function ignore(): void {}

/** Rejects as the client does, with the reason of what failed last in the message. */
class PlatformaticTopic implements Topic {
  private readonly client: Client;
  private readonly options: PlatformaticOptions;
  private consumer: Consumer | undefined;
  private given: readonly number[] | undefined;
  /** Partitions of the topic when the group was counted last. */
  private counted = 0;
  /** Milliseconds of a clock that nobody sets, as the next. */
  private countedAt = Number.NEGATIVE_INFINITY;
  /** When the group was heard last, or joined. */
  private heardAt = 0;

  constructor(client: Client, options: PlatformaticOptions) {
    this.client = client;
    this.options = options;
    client.connectionsConnectsChannel.start.subscribe(hearErrors);
  }

  get assignment(): readonly number[] | undefined {
    return this.given;
  }

  async attend(): Promise<void> {
    const now = performance.now();
    // The client keeps asking a coordinator that is none any more: a new one finds out. While others join, none is heard either.
    if (this.consumer !== undefined && now - this.heardAt > this.options.sessionMs + REBALANCE_MS)
      await this.leave();
    if (this.consumer === undefined) await this.join();
    if (now - this.countedAt < PARTITIONS_EVERY_MS) return;
    this.countedAt = now;
    const count = (await this.partitions()).length;
    const grown = this.counted > 0 && count > this.counted;
    this.counted = count;
    if (grown) await this.member.joinGroup({});
  }

  async partitions(): Promise<readonly number[]> {
    const { partitionsCount } = (await this.metadata()).topic;
    return Array.from({ length: partitionsCount }, (_, partition) => partition);
  }

  async committed(partitions: readonly number[]): Promise<Offsets> {
    const topics = [{ topic: this.options.topic, partitions: [...partitions] }];
    const committed = (await this.member.listCommittedOffsets({ topics })).get(this.options.topic) ?? [];
    return new Map(
      partitions.flatMap((partition) => {
        const offset = committed[partition] ?? -1n;
        return offset < 0n ? [] : [[partition, offset]];
      }),
    );
  }

  async bounds(partitions: readonly number[]): Promise<ReadonlyMap<number, PartitionBounds>> {
    const [firsts, ends] = [await this.listed(partitions, EARLIEST), await this.listed(partitions, LATEST)];
    return new Map(
      partitions.map((partition) => [
        partition,
        { first: firsts.get(partition) ?? 0n, end: ends.get(partition) ?? 0n },
      ]),
    );
  }

  async offsetAt(partition: number, timestampMs: number): Promise<bigint | undefined> {
    return (await this.listed([partition], BigInt(Math.max(0, Math.floor(timestampMs))))).get(partition);
  }

  async fetch(from: Offsets): Promise<Fetched> {
    const { id, topic } = await this.metadata();
    const byLeader = new Map<number, number[]>();
    for (const partition of from.keys()) {
      const leader = topic.partitions[partition]?.leader ?? -1;
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), partition]);
    }
    const fetched: FetchedSoFar = { records: [], next: new Map(), ends: new Map(), outOfRange: [] };
    await Promise.all(
      [...byLeader].map(async ([node, partitions]) => {
        const topics = partitions.map((partition) => ({
          topicId: id,
          partitions: [
            {
              partition,
              fetchOffset: from.get(partition)!,
              partitionMaxBytes: MOST_PARTITION_BYTES,
              currentLeaderEpoch: -1,
              lastFetchedEpoch: -1,
            },
          ],
        }));
        const request = { node, topics, maxWaitTime: MOST_WAIT_MS, minBytes: 1, maxBytes: MOST_BYTES };
        read(await this.member.fetch(request).catch(answerOf), fetched);
      }),
    );
    return fetched;
  }

  async commit(offsets: Offsets): Promise<void> {
    const { topic } = this.options;
    await this.member.commit({
      offsets: [...offsets].map(([partition, offset]) => ({ topic, partition, offset, leaderEpoch: -1 })),
    });
  }

  async close(): Promise<void> {
    await this.leave();
  }

  private get member(): Consumer {
    if (this.consumer === undefined) throw new Error('this process is no member of the group');
    return this.consumer;
  }

  private async join(): Promise<void> {
    const { brokers, topic, group, sessionMs, tls, sasl } = this.options;
    const consumer = new this.client.Consumer({
      clientId: 'betrace',
      groupId: group,
      bootstrapBrokers: [...brokers],
      autocommit: false,
      sessionTimeout: sessionMs,
      rebalanceTimeout: REBALANCE_MS,
      heartbeatInterval: sessionMs / HEARTBEATS,
      retries: 1,
      ...(tls === undefined ? {} : { tls }),
      ...(sasl === undefined ? {} : { sasl }),
    });
    // What is wrong is found out by the next request as well.
    consumer.on('error', () => undefined);
    consumer.on('consumer:heartbeat:end', () => {
      if (this.consumer === consumer) this.heardAt = performance.now();
    });
    consumer.on('consumer:group:join', ({ assignments }) => {
      if (this.consumer !== consumer) return;
      this.heardAt = performance.now();
      this.given = partitionsOf(topic, assignments);
    });
    consumer.topics.track(topic);
    this.consumer = consumer;
    this.heardAt = performance.now();
    try {
      await consumer.joinGroup({});
    } catch (error) {
      await this.leave();
      throw error;
    }
  }

  private async leave(): Promise<void> {
    const consumer = this.consumer;
    this.consumer = undefined;
    this.counted = 0;
    await consumer?.close(true);
  }

  private async metadata() {
    const name = this.options.topic;
    const topic = (await this.member.metadata({ topics: [name] })).topics.get(name);
    if (topic === undefined) throw new Error(`there is no topic "${name}"`);
    return { id: topic.id, topic };
  }

  /** Offsets by time; partitions that have no record of it are left out. */
  private async listed(partitions: readonly number[], timestamp: bigint): Promise<Offsets> {
    if (partitions.length === 0) return new Map();
    const { topic } = this.options;
    const listed = await this.member.listOffsetsWithTimestamps({
      topics: [topic],
      partitions: { [topic]: [...partitions] },
      timestamp,
    });
    return new Map(
      [...(listed.get(topic) ?? [])].flatMap(([partition, { offset }]) =>
        offset < 0n ? [] : [[partition, offset]],
      ),
    );
  }
}

interface FetchedSoFar {
  readonly records: TopicRecord[];
  readonly next: Map<number, bigint>;
  readonly ends: Map<number, bigint>;
  readonly outOfRange: number[];
}

function read({ responses }: FetchResponse, { records, next, ends, outOfRange }: FetchedSoFar): void {
  for (const { partitions } of responses)
    for (const { partitionIndex: partition, errorCode, highWatermark, records: batches = [] } of partitions) {
      if (errorCode === OUT_OF_RANGE) outOfRange.push(partition);
      if (errorCode !== 0) continue;
      ends.set(partition, highWatermark);
      for (const batch of batches) {
        next.set(partition, batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n);
        if ((batch.attributes & CONTROL_BATCH) !== 0) continue;
        for (const { offsetDelta, timestampDelta, key, value } of batch.records)
          records.push({
            partition,
            offset: batch.firstOffset + BigInt(offsetDelta),
            timestampMs: Number(batch.firstTimestamp + timestampDelta),
            key: key ?? undefined,
            value: value ?? undefined,
          });
      }
    }
}

/** The answer that an error is about, where nothing but offsets that are not there is wrong with it. */
function answerOf(error: unknown): FetchResponse {
  for (const part of partsOf(error)) {
    const answer = (part as { readonly response?: FetchResponse }).response;
    const codes = answer?.responses?.flatMap(({ partitions }) =>
      partitions.map(({ errorCode }) => errorCode),
    );
    if (answer !== undefined && codes?.every((code) => code === 0 || code === OUT_OF_RANGE)) return answer;
  }
  throw error;
}

function* partsOf(error: unknown): Iterable<Error> {
  if (!(error instanceof Error)) return;
  yield error;
  if (error instanceof AggregateError) for (const inner of error.errors) yield* partsOf(inner);
}

function partitionsOf(topic: string, assignments: readonly GroupAssignment[] = []): readonly number[] {
  return assignments.filter((assigned) => assigned.topic === topic).flatMap(({ partitions }) => partitions);
}
