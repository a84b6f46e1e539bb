/** Reads Tempo's topic into live judging, and tells the group from where on it is still needed. */
import type { Handover } from '../../engine/live/handover.js';
import { LogRefusal } from '../../engine/live/log/log.js';
import { arrivedSpans } from '../../engine/live/traces/arrived.js';
import { MalformedOtlp } from '../../engine/otlp/malformed.js';

import type { SpanSink } from '../otlp/receiver.js';
import { PartitionProgress } from './partition-progress.js';
import { decodePush, joined, MalformedPush } from './push-request.js';
import type { ReadingClock } from './reading-clock.js';
import { reasonOf } from './reason-of.js';
import { SourceCounters, type UnreadableReason } from './source-counters.js';
import { startOf } from './start-of.js';
import type { Topic, TopicRecord } from './topic.js';

/** How long to wait after something failed. */
const RETRY_MS = 1_000;
/** How long to wait where there is no room for a record, or nothing to read from. */
const PAUSE_MS = 100;

export interface KafkaSourceParts {
  readonly topic: Topic;
  readonly sink: SpanSink;
  readonly handover: Handover;
  readonly clock: ReadingClock;
  /** Milliseconds since the Unix epoch. */
  readonly wall: () => number;
  /** Where a group begins that has never read the topic. */
  readonly start: 'latest' | 'earliest';
  /** How far before the place where it begins to read a partition traces are looked for that are over. */
  readonly lookBackMs: number;
  readonly commitEveryMs: number;
  /** The tenant that a key of a record names, or why it is none that is served. */
  readonly tenantOf: (key: Uint8Array | undefined) => string | { readonly refused: UnreadableReason };
  /** Called with what somebody may have to look at: records that cannot be read or are gone, brokers that refuse. */
  readonly onProblem: (message: string) => void;
  /** Called with the partitions whenever they are others. */
  readonly onAssigned: (partitions: readonly number[]) => void;
  readonly pause: (ms: number) => Promise<void>;
}

/** How far a partition is read, for metrics. */
export interface PartitionState {
  readonly partition: number;
  /** Records that are not read yet. */
  readonly lag: number;
  /** How old the record is that was read last, in milliseconds, while others wait behind it; else 0. */
  readonly behindMs: number;
  /** Records that were read, and that whoever comes after this process would have to read again. */
  readonly uncommitted: number;
  /** When some member had the partition before this one had it, or later: milliseconds since the Unix epoch. Undefined where none ever had. */
  readonly readBeforeMs: number | undefined;
}

export class KafkaSource {
  readonly counters = new SourceCounters();
  private readonly parts: KafkaSourceParts;
  private readonly progress = new Map<number, PartitionProgress>();
  private readonly ends = new Map<number, bigint>();
  private readonly readAtMs = new Map<number, number>();
  /** The assignment that `progress` is of. */
  private assignment: readonly number[] | undefined;
  /** Ends at the first assignment: what was not over when this process began is before them. */
  private firstEnds: ReadonlyMap<number, bigint> | undefined;
  private isSettled = false;
  /** Traces that are over and before what is committed next. */
  private settled: string[] = [];
  private committedAt = 0;
  private failure: string | undefined = 'Kafka was not reached yet';
  private stopping = false;
  private running: Promise<void> = Promise.resolve();

  constructor(parts: KafkaSourceParts) {
    this.parts = parts;
  }

  /** Why the topic is not being read; undefined where it is. */
  get problem(): string | undefined {
    return this.failure;
  }

  get partitions(): readonly PartitionState[] {
    const now = this.parts.wall();
    return [...this.progress].map(([partition, { next, committed, readBeforeMs }]) => {
      const lag = Math.max(0, Number((this.ends.get(partition) ?? next) - next));
      const readAt = this.readAtMs.get(partition);
      return {
        partition,
        lag,
        behindMs: lag === 0 || readAt === undefined ? 0 : Math.max(0, now - readAt),
        uncommitted: committed === undefined ? 0 : Math.max(0, Number(next - committed)),
        readBeforeMs,
      };
    });
  }

  start(): void {
    this.running = this.run();
  }

  /** Ends reading, commits how far it got and leaves the group, so that others continue at once. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
    await this.commit().catch(this.failed);
    await this.parts.topic.close().catch(this.failed);
  }

  private readonly failed = (error: unknown): void => {
    const message = reasonOf(error);
    if (this.failure !== message) this.parts.onProblem(`the topic cannot be read: ${message}`);
    this.failure = message;
  };

  private async run(): Promise<void> {
    while (!this.stopping) {
      try {
        await this.cycle();
        this.failure = undefined;
      } catch (error) {
        this.failed(error);
        await this.parts.pause(RETRY_MS);
      }
    }
  }

  /** Reads once. Rejects where Kafka cannot be reached or refuses; nothing is lost then. */
  async cycle(): Promise<void> {
    const { topic, clock, pause, wall, commitEveryMs } = this.parts;
    await topic.attend();
    if (topic.assignment === undefined) throw new Error('the group has given out no partitions yet');
    if (topic.assignment !== this.assignment) await this.reassign(topic.assignment);
    if (topic.assignment !== this.assignment) return;
    if (this.progress.size === 0) {
      clock.reading();
      await pause(PAUSE_MS);
      return;
    }
    const { records, next, ends, outOfRange } = await topic.fetch(
      new Map([...this.progress].map(([partition, progress]) => [partition, progress.next])),
    );
    clock.reading();
    for (const record of records) {
      await this.take(record);
      // What is left of them may be another's by now; it is read again if not.
      if (this.stopping || topic.assignment !== this.assignment) return;
    }
    for (const [partition, offset] of next) this.of(partition).next = offset;
    for (const [partition, end] of ends) this.ends.set(partition, end);
    for (const partition of outOfRange) await this.skipLost(partition);
    await this.settle();
    if (wall() - this.committedAt >= commitEveryMs) await this.commit();
  }

  private of(partition: number): PartitionProgress {
    return this.progress.get(partition)!;
  }

  // ------------------------------------------------------------------------------------------------------- partitions

  /** Lets go of partitions that are another's now, and finds out where to read those that are new. */
  private async reassign(assignment: readonly number[]): Promise<void> {
    const { topic, handover, onAssigned, onProblem } = this.parts;
    const lost = [...this.progress.keys()].filter((partition) => !assignment.includes(partition));
    for (const partition of lost) {
      const keys = [...this.of(partition).keys()];
      this.progress.delete(partition);
      this.ends.delete(partition);
      this.readAtMs.delete(partition);
      await handover.release(keys);
    }
    const gained = assignment.filter((partition) => !this.progress.has(partition));
    const starts = await startOf(gained, this.parts);
    if (topic.assignment !== assignment) return;
    for (const start of starts) {
      const { partition, lost: gone } = start;
      if (gone > 0n) {
        this.counters.lost += gone;
        onProblem(goneText(partition, gone));
      }
      this.progress.set(partition, new PartitionProgress(start));
    }
    this.firstEnds ??= new Map(starts.map(({ partition, end }) => [partition, end]));
    this.assignment = assignment;
    this.counters.reassigned++;
    onAssigned(assignment);
  }

  /** The topic has let go of what was to be read next. */
  private async skipLost(partition: number): Promise<void> {
    const { topic, onProblem } = this.parts;
    const { first = 0n, end = 0n } = (await topic.bounds([partition])).get(partition) ?? {};
    const progress = this.of(partition);
    if (progress.next >= first && progress.next <= end) return;
    if (progress.next < first) {
      this.counters.lost += first - progress.next;
      onProblem(goneText(partition, first - progress.next));
    } else
      onProblem(
        `partition ${partition} ends before ${progress.next}: it was made anew, and is read from its start`,
      );
    progress.next = first;
  }

  // ---------------------------------------------------------------------------------------------------------- records

  private async take(record: TopicRecord): Promise<void> {
    const { tenantOf, handover } = this.parts;
    const { partition, offset, timestampMs, key, value } = record;
    const progress = this.of(partition);
    if (offset < progress.next) return;
    const tenant = tenantOf(key);
    const passesOver = offset < progress.liveFrom;
    if (typeof tenant !== 'string') this.pass(record, tenant.refused, keyText(key));
    else {
      const traces = this.tracesOf(record, value);
      if (passesOver) this.each(record, traces, (body) => handover.passOver(tenant, body));
      else {
        const keys = await this.accept(record, tenant, traces);
        if (keys === undefined) return;
        progress.took(offset, keys);
        this.counters.records++;
      }
    }
    progress.next = offset + 1n;
    this.readAtMs.set(partition, timestampMs);
  }

  private tracesOf(record: TopicRecord, value: Uint8Array | undefined): readonly Uint8Array[] {
    try {
      if (value === undefined) throw new MalformedPush('it has no value');
      return decodePush(value);
    } catch (error) {
      if (!(error instanceof MalformedPush)) throw error;
      this.pass(record, 'value', error.message);
      return [];
    }
  }

  /** Does it for all traces at once, or, where one of them cannot be read, for each by itself. */
  private each(record: TopicRecord, traces: readonly Uint8Array[], work: (body: Uint8Array) => void): void {
    const tried = (body: Uint8Array): string | undefined => {
      try {
        work(body);
        return undefined;
      } catch (error) {
        if (error instanceof MalformedOtlp) return error.message;
        throw error;
      }
    };
    if (tried(joined(traces)) === undefined) return;
    for (const trace of traces) {
      const problem = tried(joined([trace]));
      if (problem !== undefined) this.pass(record, 'trace', problem);
    }
  }

  /** The keys of the traces that it has spans of; undefined where the record was not taken, as the partition is another's or the process stops. */
  private async accept(
    record: TopicRecord,
    tenant: string,
    traces: readonly Uint8Array[],
  ): Promise<readonly string[] | undefined> {
    if (traces.length === 0) return [];
    const whole = await this.acceptOne(tenant, joined(traces));
    if (!(whole instanceof MalformedOtlp)) return whole;
    const keys: string[] = [];
    for (const trace of traces) {
      const taken = await this.acceptOne(tenant, joined([trace]));
      if (taken === undefined) return undefined;
      if (taken instanceof MalformedOtlp) this.pass(record, 'trace', taken.message);
      else keys.push(...taken);
    }
    return keys;
  }

  /** Waits for room. Undefined where that has no use any more. */
  private async acceptOne(
    tenant: string,
    body: Uint8Array,
  ): Promise<readonly string[] | MalformedOtlp | undefined> {
    const { sink, topic, pause, clock } = this.parts;
    while (!this.stopping && topic.assignment === this.assignment) {
      try {
        const batch = await sink.accept(tenant, body);
        return [...arrivedSpans(tenant, batch).rowsOf.keys()];
      } catch (error) {
        if (error instanceof MalformedOtlp) return error;
        if (!(error instanceof LogRefusal)) throw error;
        // It is this process that is slow: traces that are held are to be judged meanwhile.
        clock.reading();
        await pause(PAUSE_MS);
      }
    }
    return undefined;
  }

  private pass({ partition, offset }: TopicRecord, reason: UnreadableReason, message: string): void {
    this.counters.unreadable[reason]++;
    this.parts.onProblem(
      `the record at offset ${offset} of partition ${partition} is passed over (${reason}): ${message}`,
    );
  }

  // ---------------------------------------------------------------------------------------------------------- commits

  private async commit(): Promise<void> {
    const { topic, handover, wall } = this.parts;
    const offsets = new Map<number, bigint>();
    for (const [partition, progress] of this.progress) {
      const { offset, settled } = progress.settle((key) => handover.holds(key));
      for (const key of settled) this.settled.push(key);
      if (offset !== progress.committed) offsets.set(partition, offset);
    }
    this.committedAt = wall();
    if (offsets.size > 0) await topic.commit(offsets);
    for (const [partition, offset] of offsets) {
      const progress = this.progress.get(partition);
      if (progress !== undefined) progress.committed = offset;
    }
    const settled = this.settled;
    this.settled = [];
    await handover.forget(settled);
  }

  /** Once all is read again that the process before had not committed, what is known of other traces has no use. */
  private async settle(): Promise<void> {
    if (this.isSettled || this.firstEnds === undefined) return;
    for (const [partition, end] of this.firstEnds)
      if ((this.progress.get(partition)?.next ?? end) < end) return;
    const needed = new Set<string>();
    for (const progress of this.progress.values()) for (const key of progress.keys()) needed.add(key);
    this.isSettled = true;
    await this.parts.handover.forgetGone((key) => needed.has(key));
  }
}

function goneText(partition: number, records: bigint): string {
  return `BT5047: ${records} records of partition ${partition} are gone before they were read: the retention of the topic is shorter than what it takes to read them. Violations in traces that they belong to may be missing, or be none`;
}

function keyText(key: Uint8Array | undefined): string {
  return key === undefined
    ? 'it has no key'
    : `its key is ${JSON.stringify(Buffer.from(key.subarray(0, 200)).toString())}`;
}
