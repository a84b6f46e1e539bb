import type { Disk, DiskFile } from './disk.js';
import { frame, HEADER_BYTES, MAX_RECORD_BYTES, records } from './record.js';

export interface LogOptions {
  readonly disk: Disk;
  /** A segment that has grown to this many bytes is followed by a new one. */
  readonly segmentBytes: number;
  /** The log refuses to grow beyond this. */
  readonly maxBytes: number;
  /** Bytes that may wait to be written; more are refused. */
  readonly maxWaitingBytes: number;
}

/** Why an append was refused. Each passes: the same append may succeed later. */
export type RefusalReason = 'full' | 'busy' | 'disk' | 'closed';

export class LogRefusal extends Error {
  override readonly name = 'LogRefusal';
  constructor(
    readonly reason: RefusalReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Bytes of a segment that hold no record. `torn` ones end it: a write that a crash or a full disk cut off. */
export interface LogDamage {
  readonly kind: 'damage' | 'torn';
  readonly segment: string;
  readonly from: number;
  readonly to: number;
}

interface Waiting {
  readonly payload: readonly Uint8Array[];
  readonly bytes: number;
  readonly resolve: (segment: number) => void;
  readonly reject: (error: LogRefusal) => void;
}

/**
 * A write-ahead log: records in numbered segments. Appends that wait at the same time are written and synced together, and each
 * resolves once its record survives a crash. Old records go by whole segments, from the front only.
 */
export class Log {
  private readonly sizes = new Map<number, number>();
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private current: { readonly number: number; readonly file: DiskFile; size: number } | undefined;
  private next = 1;
  private running: Promise<void> | undefined;
  private closed = false;

  private constructor(private readonly options: LogOptions) {}

  /** Looks up what is there. Rejects where the disk cannot be read. */
  static async open(options: LogOptions): Promise<Log> {
    const log = new Log(options);
    for (const { number, bytes } of await segmentsOf(options.disk)) {
      log.sizes.set(number, bytes);
      log.next = number + 1;
    }
    return log;
  }

  /**
   * Hands over every record that was there when the log was opened, oldest first, with the number of its segment. The payload
   * is good until the call returns. Damage is reported and costs nothing but the records in it.
   */
  async replay(
    record: (payload: Uint8Array, segment: number) => void,
    onDamage: (damage: LogDamage) => void,
  ): Promise<void> {
    for (const number of [...this.sizes.keys()].sort((a, b) => a - b)) {
      const segment = segmentName(number);
      for (const found of records(number, await this.options.disk.read(segment)))
        if (found.kind === 'record') record(found.payload, number);
        else onDamage({ ...found, segment });
    }
  }

  /** Bytes on disk. */
  get bytes(): number {
    let total = 0;
    for (const size of this.sizes.values()) total += size;
    return total;
  }

  get segments(): number {
    return this.sizes.size;
  }

  /** The segment that the next record goes to, at the earliest. */
  get head(): number {
    return this.current?.number ?? this.next;
  }

  /**
   * Appends a record, given in parts that must not change any more, and resolves with the number of its segment once it is on disk.
   * Rejects with `LogRefusal`; the record may then be in the log or not. An `essential` one, which is needed to
   * let go of others, may go beyond the bound of the log.
   */
  async append(payload: readonly Uint8Array[], essential = false): Promise<number> {
    const bytes = payload.reduce((sum, part) => sum + part.length, HEADER_BYTES);
    if (this.closed) throw new LogRefusal('closed', 'the write-ahead log is closed');
    if (bytes > MAX_RECORD_BYTES) throw new LogRefusal('full', `a record of ${bytes} bytes is too long`);
    const { maxBytes, maxWaitingBytes } = this.options;
    if (!essential && this.bytes + this.waitingBytes + bytes > maxBytes)
      throw new LogRefusal('full', `the write-ahead log has reached its bound of ${maxBytes} bytes`);
    if (!essential && this.waitingBytes > 0 && this.waitingBytes + bytes > maxWaitingBytes)
      throw new LogRefusal('busy', `${this.waitingBytes} bytes are waiting for the disk`);
    return await new Promise<number>((resolve, reject) => {
      this.waiting.push({ payload, bytes, resolve, reject });
      this.waitingBytes += bytes;
      this.running ??= this.writeAll();
    });
  }

  /** Removes the segments before `segment`. */
  async dropBefore(segment: number): Promise<void> {
    const old = [...this.sizes.keys()].filter(
      (number) => number < segment && number !== this.current?.number,
    );
    // From the front, so that a crash in between leaves no gap.
    for (const number of old.sort((a, b) => a - b)) {
      await this.options.disk.remove(segmentName(number));
      this.sizes.delete(number);
    }
  }

  /** Lets the next record start a new segment, so that all before it can be dropped. */
  async rotate(): Promise<void> {
    await this.running;
    await this.seal();
  }

  /** Writes what is waiting, then refuses more. */
  async close(): Promise<void> {
    this.closed = true;
    await this.running;
    await this.seal();
  }

  private async writeAll(): Promise<void> {
    // A turn later, so that what arrives in this turn shares a sync.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const group = this.waiting;
      this.waiting = [];
      try {
        const segment = await this.write(group);
        for (const { resolve } of group) resolve(segment);
      } catch (error) {
        await this.giveUpSegment();
        const reason = error instanceof Error ? error.message : String(error);
        const refusal = new LogRefusal('disk', `the write-ahead log cannot be written: ${reason}`, {
          cause: error,
        });
        for (const { reject } of group) reject(refusal);
      }
      for (const { bytes } of group) this.waitingBytes -= bytes;
    }
    this.running = undefined;
  }

  private async write(group: readonly Waiting[]): Promise<number> {
    if (this.current !== undefined && this.current.size >= this.options.segmentBytes) await this.seal();
    this.current ??= await this.begin();
    const { current } = this;
    await current.file.write(group.flatMap(({ payload }) => frame(current.number, payload)));
    await current.file.sync();
    current.size += group.reduce((sum, { bytes }) => sum + bytes, 0);
    this.sizes.set(current.number, current.size);
    return current.number;
  }

  private async begin(): Promise<{ number: number; file: DiskFile; size: number }> {
    const number = this.next++;
    return { number, file: await this.options.disk.create(segmentName(number)), size: 0 };
  }

  /** After a failed write or sync nobody knows what the file holds beyond what was synced: no more goes into it. */
  private async giveUpSegment(): Promise<void> {
    const failed = this.current;
    this.current = undefined;
    if (failed === undefined) return;
    await failed.file.truncate(failed.size).catch(ignore);
    await failed.file.close().catch(ignore);
    if (failed.size === 0) await this.options.disk.remove(segmentName(failed.number)).catch(ignore);
  }

  private async seal(): Promise<void> {
    const sealed = this.current;
    this.current = undefined;
    await sealed?.file.close();
  }
}

/** What cannot be tidied up is found as torn when the log is read again. */
function ignore(): void {}

async function segmentsOf(disk: Disk): Promise<readonly { number: number; bytes: number }[]> {
  const segments: { number: number; bytes: number }[] = [];
  for (const name of await disk.list()) {
    const number = segmentNumber(name);
    if (number !== undefined) segments.push({ number, bytes: await disk.size(name) });
  }
  return segments.sort((a, b) => a.number - b.number);
}

function segmentName(number: number): string {
  return `${String(number).padStart(16, '0')}.log`;
}

function segmentNumber(name: string): number | undefined {
  return /^\d{16}\.log$/.test(name) ? Number.parseInt(name, 10) : undefined;
}
