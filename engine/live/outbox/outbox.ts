import type { LogDamage } from '../log/damage.js';
import { Log, type LogOptions, LogRefusal } from '../log/log.js';
import type { LateChange } from '../tally.js';
import type { OutboxEntry, OutgoingSpan } from './entry.js';
import { decodeRecord, encodeRecord, type NumberedChange, type OutboxRecord } from './records.js';

/** Log bytes that are not worth tidying up, or this part of what the log may have where that is less. */
const SMALL = 4 * 2 ** 20;
const SMALL_PART = 1 / 4;
/** Entries in one record of a tidied log. */
const RECORD_ENTRIES = 1000;

/**
 * What was found and has to reach the receiver, kept on disk: a violation that has been recorded is sent at least once, whatever
 * crashes. It also knows what has been emitted for a trace, so that judging the trace again emits only what changed.
 */
export class Outbox {
  private readonly byTrace = new Map<string, Map<string, OutboxEntry>>();
  private readonly pending = new Map<string, OutgoingSpan>();
  private readonly taken = new Set<string>();
  /** What evidence may not have counted, and the number of the last that there was. */
  private late: readonly NumberedChange[] = [];
  private lateSeq = 0;
  private fullText: string | undefined;
  private entryCount = 0;
  /** Bytes of the log when it was last tidied, and how many entries and spans it held then. */
  private tidyBytes = 0;
  private tidyItems = 0;
  private readonly small: number;
  /** Writes follow one another, so that what is in memory is always what the log says. */
  private turn: Promise<unknown> = Promise.resolve();
  /** Called when there is something to send. */
  onPending: (() => void) | undefined;

  private constructor(
    private readonly log: Log,
    maxBytes: number,
  ) {
    this.small = Math.min(SMALL, maxBytes * SMALL_PART);
  }

  static async open(options: LogOptions, onDamage: (damage: LogDamage) => void): Promise<Outbox> {
    const log = await Log.open(options);
    const outbox = new Outbox(log, options.maxBytes);
    await log.replay((payload) => outbox.apply(decodeRecord(payload)), onDamage);
    return outbox;
  }

  /** Spans that the receiver has not taken yet. */
  get depth(): number {
    return this.pending.size;
  }

  get bytes(): number {
    return this.log.bytes;
  }

  /** Violations that are known as they may still be retracted, or were. */
  get entries(): number {
    return this.entryCount;
  }

  /** What it holds, where the last change did not fit into it: nothing more can be found until one does. */
  get full(): string | undefined {
    return this.fullText;
  }

  /** Why it cannot be written, as far as is known. */
  get problem(): string | undefined {
    return this.log.problem;
  }

  /** Finds out whether it can be written; `problem` has the answer. */
  async check(): Promise<void> {
    await this.log.check();
  }

  /** Violations of a trace that were emitted, those that were retracted included. */
  entriesOf(trace: string): ReadonlyMap<string, OutboxEntry> {
    return this.byTrace.get(trace) ?? new Map();
  }

  /** Keys of the traces that something was emitted for and that may be judged again. */
  traces(): readonly string[] {
    return [...this.byTrace.keys()];
  }

  /** What evidence is to count of changes, in their order, all that `counted` has not named among them. */
  get uncounted(): readonly NumberedChange[] {
    return this.late;
  }

  /** Evidence has counted all changes up to this one, and need not be known any more which they were. */
  counted(seq: number): void {
    this.late = this.late.filter((change) => change.seq > seq);
  }

  /** Numbers up to this one are known elsewhere. */
  numberFrom(seq: number): void {
    this.lateSeq = Math.max(this.lateSeq, seq);
  }

  /**
   * Resolves once the changes survive a crash, and what evidence is to count of them; rejects with `LogRefusal`, and then nothing has changed.
   */
  async record(
    entries: readonly OutboxEntry[],
    outgoing: readonly OutgoingSpan[],
    late?: LateChange,
  ): Promise<void> {
    if (entries.length === 0) return;
    const seq = this.lateSeq + 1;
    if (late !== undefined) this.lateSeq = seq;
    try {
      await this.write({ kind: 'changes', entries, outgoing, ...(late && { late: { ...late, seq } }) });
    } catch (error) {
      if (!(error instanceof LogRefusal) || error.reason !== 'full') throw error;
      this.fullText = `the outbox has reached its bound (live.log_size): ${this.depth} spans in it wait for the receiver, and ${this.entryCount} violations are known as they may still be retracted`;
      throw new LogRefusal('full', this.fullText);
    }
    this.fullText = undefined;
    this.onPending?.();
  }

  /** Takes up to `most` spans of one tenant to send; each is handed out once until it is put back. */
  take(most: number, allows: (tenant: string) => boolean = () => true): readonly OutgoingSpan[] {
    const some: OutgoingSpan[] = [];
    for (const [key, span] of this.pending) {
      if (some.length === most) break;
      if (this.taken.has(key) || span.tenant !== (some[0]?.tenant ?? span.tenant)) continue;
      if (some.length === 0 && !allows(span.tenant)) continue;
      this.taken.add(key);
      some.push(span);
    }
    return some;
  }

  /** The receiver has them, or will never take them. After a crash before this is on disk they are sent again. */
  async delivered(spans: readonly OutgoingSpan[]): Promise<void> {
    const keys = spans.map(({ key }) => key);
    await this.write({ kind: 'sent', keys }, true);
    for (const key of keys) this.taken.delete(key);
  }

  putBack(spans: readonly OutgoingSpan[]): void {
    for (const { key } of spans) this.taken.delete(key);
  }

  /** These traces will not be judged again. */
  async forget(traces: readonly string[]): Promise<void> {
    const known = traces.filter((trace) => this.byTrace.has(trace));
    if (known.length > 0) await this.write({ kind: 'over', traces: known }, true);
  }

  async close(): Promise<void> {
    await this.turn;
    await this.log.close();
  }

  private async write(record: OutboxRecord, essential = false): Promise<void> {
    const written = this.turn.then(async () => {
      await this.log.append([encodeRecord(record)], essential);
      this.apply(record);
      if (this.isUntidy()) await this.tidy();
    });
    this.turn = written.catch(() => undefined);
    await written;
  }

  private apply(record: OutboxRecord): void {
    switch (record.kind) {
      case 'changes':
        for (const entry of record.entries) {
          const entries = this.byTrace.get(entry.trace);
          if (entries?.has(entry.id) !== true) this.entryCount++;
          if (entries === undefined) this.byTrace.set(entry.trace, new Map([[entry.id, entry]]));
          else entries.set(entry.id, entry);
        }
        for (const span of record.outgoing) this.pending.set(span.key, span);
        if (record.late !== undefined) {
          this.late = [...this.late, record.late];
          this.numberFrom(record.late.seq);
        }
        return;
      case 'sent':
        for (const key of record.keys) this.pending.delete(key);
        return;
      case 'over':
        for (const trace of record.traces) {
          this.entryCount -= this.entriesOf(trace).size;
          this.byTrace.delete(trace);
        }
        return;
    }
  }

  private get items(): number {
    return this.entryCount + this.pending.size;
  }

  /** It has doubled since the last time, or half of what was needed then is not any more, as when a receiver has come back. */
  private isUntidy(): boolean {
    const { bytes } = this.log;
    return bytes > this.small && (bytes > 2 * this.tidyBytes || 2 * this.items < this.tidyItems);
  }

  /** Writes anew what still matters and drops everything older; where that fails, all of it stays. */
  private async tidy(): Promise<void> {
    const entries = [...this.byTrace.values()].flatMap((entriesOfTrace) => [...entriesOfTrace.values()]);
    const outgoing = [...this.pending.values()];
    try {
      await this.log.rotate();
      const first = this.log.head;
      for (let first = 0; first < Math.max(entries.length, outgoing.length); first += RECORD_ENTRIES) {
        const some = <T>(all: readonly T[]): readonly T[] => all.slice(first, first + RECORD_ENTRIES);
        const record = { kind: 'changes', entries: some(entries), outgoing: some(outgoing) } as const;
        await this.log.append([encodeRecord(record)], true);
      }
      for (const late of this.late)
        await this.log.append([encodeRecord({ kind: 'changes', entries: [], outgoing: [], late })], true);
      await this.log.dropBefore(first);
    } catch {
      // The log is as good as before, only longer.
    }
    this.tidyBytes = this.log.bytes;
    this.tidyItems = this.items;
  }
}
