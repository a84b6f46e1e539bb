import type { Recovering } from '../health.js';
import type { LogDamage } from '../log/damage.js';
import type { Log } from '../log/log.js';
import type { SpanBatch } from '../otlp/batch.js';
import { decodeTraces } from '../otlp/decode.js';
import type { ServedClock } from '../served-clock.js';
import { type ArrivedSpans, arrivedSpans } from '../traces/arrived.js';
import type { TraceTable } from '../traces/trace-table.js';
import {
  decodeSpanRecord,
  type JudgedTraces,
  judgedRecord,
  openRecord,
  overRecord,
  spansRecord,
  timeRecord,
} from './record.js';
import { type LogStanding, readStanding } from './standing.js';

/** How well it is known when spans in the log came, and until when a process lived. */
const TIME_STEP_MS = 250;

/** What reads the log after a start. */
export interface SpanLogReader {
  /** Spans that count, and when they came by `ServedClock`; `leavesOut` says of which traces they do not. The next are read once it resolves. */
  readonly onSpans: (
    arrived: ArrivedSpans,
    segment: number,
    time: number,
    leavesOut: (key: string) => boolean,
  ) => Promise<void>;
  /** A request that cannot be read any more. */
  readonly onUnreadable: () => void;
  /** Called after each segment with what is still to be read. The next is read once it resolves. */
  readonly onSegment: (segment: number, left: Recovering) => Promise<void>;
}

/**
 * The log of spans, and what it says of traces: which are over, so that what is left of them there is not judged again, and from where on it
 * is still needed.
 */
export class SpanLog {
  /** Requests under way, and the segment that each goes to at the earliest. */
  private readonly appending = new Set<{ readonly segment: number; readonly arrived: ArrivedSpans }>();
  /** How many traces were said to be over since the log last said which are open. */
  private overSaid = 0;
  /** The time that this process has logged last; undefined before the first. */
  private timeSaid: number | undefined;

  /** `mostOver`: how many traces that are over whoever reads the log may have to remember, in addition to as many as are open. */
  constructor(
    private readonly log: Log,
    private readonly table: TraceTable,
    private readonly clock: ServedClock,
    private readonly mostOver: number,
  ) {}

  /** Where the log has yet to be read. */
  get unread(): Recovering {
    return { segments: this.log.segments, bytes: this.log.bytes };
  }

  /**
   * Logs a request and hands the segment that it is in to `taken`, once it survives a crash: until that is done, no segment goes that it
   * may be in. Rejects with `LogRefusal`.
   */
  async append(arrived: ArrivedSpans, body: Uint8Array, taken: (segment: number) => void): Promise<void> {
    const mark = { segment: this.log.head, arrived };
    this.appending.add(mark);
    try {
      taken(await this.write(arrived, body));
    } finally {
      this.appending.delete(mark);
    }
  }

  /** Says now and then what time it is while traces are waited for, so that a process that comes after waits only for the rest of it. To be called often. */
  keepTime(): void {
    // Where it cannot be written now, it can be in a second, or nothing can.
    if (this.table.size > 0) this.sayTime()?.catch(() => undefined);
  }

  /** Says that rules have judged traces, once what came of it is in the outbox. Rejects with `LogRefusal`. */
  async sayJudged(judged: Omit<JudgedTraces, 'at'>): Promise<void> {
    await this.log.append(judgedRecord({ at: this.clock.read(), ...judged }), true);
  }

  /** Says of traces that they are over. Rejects with `LogRefusal`. */
  async sayOver(keys: readonly string[]): Promise<void> {
    if (keys.length > 0) await this.log.append(overRecord(keys), true);
    this.overSaid += keys.length;
  }

  /** Drops the part of the log that no trace needs any more. Rejects with `LogRefusal`. */
  async dropUnneeded(): Promise<void> {
    await this.sayOpen();
    const needed = [this.table.oldestSegment ?? this.log.head];
    for (const { segment } of this.appending) needed.push(segment);
    await this.log.dropBefore(Math.min(...needed));
  }

  /** Drops what of the log no trace needs while it is being read, up to that segment. Rejects where the disk does not let go of it. */
  async dropRead(upTo: number): Promise<void> {
    await this.log.dropBefore(Math.min(this.table.oldestSegment ?? upTo, upTo));
  }

  /**
   * Finds out what the log says of traces. Of those that are over nothing is held but the keys of the newest. Rejects with `UnreadableLog`;
   * once it has resolved, all of the log is known to be readable.
   */
  async readStanding(onDamage: (damage: LogDamage) => void): Promise<LogStanding> {
    const standing = await readStanding(this.log, this.mostOver, onDamage);
    for (const key of standing.over) this.table.bury(key);
    return standing;
  }

  /** Reads the spans that the last process left. */
  async read(
    { timeline, leavesOut }: LogStanding,
    { onSpans, onUnreadable, onSegment }: SpanLogReader,
  ): Promise<void> {
    let left = this.unread;
    let recordNumber = -1;
    let time: number | undefined;
    await this.log.replay(
      async (payload, segment) => {
        recordNumber++;
        const record = decodeSpanRecord(payload);
        if (record.kind === 'time' || record.kind === 'judged') time = record.at;
        if (record.kind !== 'spans') return;
        const number = recordNumber;
        const seen = time === undefined ? timeline.start : Math.min(time + TIME_STEP_MS, timeline.end);
        const batch = decodeLogged(record.body);
        if (batch === undefined) onUnreadable();
        else
          await onSpans(arrivedSpans(record.tenant, batch), segment, seen, (key) =>
            leavesOut(key, number, segment),
          );
      },
      () => undefined,
      async (segment) => {
        left = { segments: left.segments - 1, bytes: left.bytes - this.log.sizeOf(segment) };
        await onSegment(segment, left);
      },
    );
  }

  /**
   * Spans that came too late must not be found in the log without their trace being known as over, and the segment that says so may be
   * dropped before theirs: they are logged with it. What is appended in one turn is in one segment, in this order.
   */
  private async write({ tenant, rowsOf }: ArrivedSpans, body: Uint8Array): Promise<number> {
    const over = [...rowsOf.keys()].filter((key) => this.table.isOver(key));
    const said = over.length === 0 ? undefined : this.log.append(overRecord(over), true);
    for (const key of over) this.table.bury(key);
    this.overSaid += over.length;
    const time = this.sayTime();
    const [segment] = await Promise.all([this.log.append(spansRecord(tenant, body)), said, time]);
    return segment;
  }

  /** Undefined where the time was said a moment ago. */
  private sayTime(): Promise<unknown> | undefined {
    const now = this.clock.read();
    const before = this.timeSaid;
    if (before !== undefined && now - before < TIME_STEP_MS) return undefined;
    this.timeSaid = now;
    return this.log.append(timeRecord(now, this.clock.began), true).catch((error: unknown) => {
      this.timeSaid = before;
      throw error;
    });
  }

  /** Says now and then which traces are open, so that who reads the log need not remember all that are over. */
  private async sayOpen(): Promise<void> {
    if (this.overSaid < Math.max(this.mostOver / 2, this.table.size)) return;
    // Requests under way may be before this record, and are not in the table yet.
    const open = new Map<string, number>();
    for (const { segment, arrived } of this.appending)
      for (const key of arrived.rowsOf.keys()) if (!this.table.isOver(key)) open.set(key, segment);
    for (const { key, segment } of this.table.values()) open.set(key, segment);
    await this.log.append(openRecord(open), true);
    this.overSaid = 0;
  }
}

/** Undefined for a request that cannot be read any more. */
function decodeLogged(body: Uint8Array): SpanBatch | undefined {
  try {
    return decodeTraces(body);
  } catch {
    return undefined;
  }
}
