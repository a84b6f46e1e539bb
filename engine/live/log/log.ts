import { crc32 } from 'node:zlib';
import { messageOf } from '../../shared/message-of.js';
import type { LogDamage } from './damage.js';
import type { Disk, DiskFile } from './disk.js';
import { EndsFile } from './ends.js';
import { frame, HEADER_BYTES, MAX_RECORD_BYTES } from './frame.js';
import { readSegments } from './read.js';
import { encodeHead, type SegmentEnd, segmentName, segmentNumber } from './segment.js';
import { UnreadableLog } from './unreadable.js';

export interface LogOptions {
  readonly disk: Disk;
  /** Which log it is: its segments say so, and are not taken for those of another. Default: `log`. */
  readonly name?: string;
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

interface Waiting {
  readonly payload: readonly Uint8Array[];
  readonly bytes: number;
  readonly resolve: (segment: number) => void;
  readonly reject: (error: LogRefusal) => void;
}

interface OpenSegment {
  readonly file: DiskFile;
  /** What of it was written and synced, or is a mark. */
  end: SegmentEnd;
  /** What of it survives a crash of the machine. */
  synced: SegmentEnd;
}

/**
 * A write-ahead log: records in numbered segments. Appends that wait at the same time are written and synced together, and each
 * resolves once its record survives a crash. Old records go by whole segments, from the front only. Each segment names the one before with its
 * length and checksum, so that one that is gone, cut off or swapped is noticed.
 */
export class Log {
  private readonly sizes = new Map<number, number>();
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private current: OpenSegment | undefined;
  /** How the segment before the next one ends; undefined until it is known, or where there is none. */
  private last: SegmentEnd | undefined;
  private next = 1;
  /** Segments before it are let go of. */
  private keptFrom = 0;
  private running: Promise<void> | undefined;
  private closed = false;
  /** Why the last write failed; undefined once one succeeds again. */
  private failure: string | undefined;

  private constructor(
    private readonly options: LogOptions,
    private readonly ends: EndsFile,
  ) {}

  /** Looks up what is there. Rejects where the disk cannot be read or does not keep what it has, and with `UnreadableLog`. */
  static async open(options: LogOptions): Promise<Log> {
    const log = new Log(options, await EndsFile.open(options.disk));
    const segments = await segmentsOf(options.disk);
    for (const { number, bytes } of segments) {
      log.sizes.set(number, bytes);
      log.next = number + 1;
    }
    await log.settleLast(segments);
    // A number that was given to a segment that is gone is not given again: what names it means the one that is gone.
    log.next = Math.max(log.next, (log.ends.found?.last.number ?? 0) + 1);
    return log;
  }

  /**
   * Hands over every record that was there when the log was opened, oldest first, with the number of its segment. The payload
   * is good until the call returns, or what it returns resolves. Damage is reported and costs nothing but the records in it. Rejects
   * with `UnreadableLog`.
   */
  async replay(
    onRecord: (payload: Uint8Array, segment: number) => void | Promise<void>,
    onDamage: (damage: LogDamage) => void,
    onSegment?: (segment: number) => void | Promise<void>,
  ): Promise<void> {
    const last = await readSegments({
      ...this.reading(),
      segments: this.numbers(),
      onRecord,
      onDamage,
      ...(onSegment === undefined ? {} : { onSegment }),
    });
    // Something may have been appended meanwhile.
    this.last ??= last;
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

  /** Bytes of a segment, 0 for one that is not there. */
  sizeOf(segment: number): number {
    return this.sizes.get(segment) ?? 0;
  }

  /** The segment that the next record goes to, at the earliest. */
  get head(): number {
    return this.current?.end.number ?? this.next;
  }

  /** Why the log cannot be written, as far as was found out by the last write. */
  get problem(): string | undefined {
    return this.failure;
  }

  /**
   * Finds out whether what is written would be kept, where nothing is being written: that the files are still in their folder, and after
   * a failure whether it has passed. Never rejects; `problem` has the answer.
   */
  async check(): Promise<void> {
    if (this.closed || this.running !== undefined) return;
    this.running = this.tryDisk().then(async () => await this.writeAll());
    await this.running;
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
    const old = this.numbers().filter((number) => number < segment && number !== this.current?.end.number);
    if (old.length === 0) return;
    this.keptFrom = Math.max(this.keptFrom, segment);
    // Before they go, so that a crash in between does not make them look lost; and where the disk has no room for it, after.
    const said = await this.saveEnds();
    // From the front, so that a crash in between leaves no gap.
    for (const number of old) {
      await this.options.disk.remove(segmentName(number));
      this.sizes.delete(number);
    }
    if (!said) await this.saveEnds();
  }

  /** Lets the next record start a new segment, so that all before it can be dropped. */
  async rotate(): Promise<void> {
    // Never during a write: what it puts behind the sync of the seal would be said to be on disk.
    while (this.running !== undefined) await this.running;
    const sealed = this.seal();
    this.running = sealed.catch(ignore).then(async () => await this.writeAll());
    await sealed;
  }

  /** Writes what is waiting, then refuses more. */
  async close(): Promise<void> {
    this.closed = true;
    await this.running;
    const written = this.current !== undefined;
    await this.seal();
    if (written) await this.saveEnds();
  }

  /**
   * Who wrote the last segment may have been killed between the write and the sync. What is read of it counts from now on, and must not be lost
   * when the machine goes down. Those before it were synced when it was begun.
   */
  private async settleLast(
    segments: readonly { readonly number: number; readonly bytes: number }[],
  ): Promise<void> {
    for (const { number, bytes } of segments.toReversed()) {
      const segment = segmentName(number);
      try {
        await this.options.disk.settle(segment);
      } catch (error) {
        throw error instanceof UnreadableLog ? error.in(`${this.name}/${segment}`) : error;
      }
      if (bytes > 0) return;
    }
  }

  private numbers(): readonly number[] {
    return [...this.sizes.keys()].sort((a, b) => a - b);
  }

  private reading(): Pick<Parameters<typeof readSegments>[0], 'disk' | 'log' | 'ends'> {
    return { disk: this.options.disk, log: this.name, ends: this.ends.found };
  }

  private get name(): string {
    return this.options.name ?? 'log';
  }

  // ------------------------------------------------------------------------------------------------------- writing

  private async writeAll(): Promise<void> {
    // A turn later, so that what arrives in this turn shares a sync.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const group = this.waiting;
      this.waiting = [];
      try {
        const segment = await this.write(group);
        if (this.waiting.length === 0) await this.mark();
        this.failure = undefined;
        for (const { resolve } of group) resolve(segment);
      } catch (error) {
        const refusal = await this.failed(error);
        for (const { reject } of group) reject(refusal);
      }
      for (const { bytes } of group) this.waitingBytes -= bytes;
    }
    this.running = undefined;
  }

  private async write(group: readonly Waiting[]): Promise<number> {
    if (this.current !== undefined && this.current.end.bytes >= this.options.segmentBytes) await this.seal();
    const known = this.current;
    const current = known ?? (await this.begin());
    await this.put(
      current,
      group.map(({ payload }) => frame('record', current.end.number, payload)),
    );
    if (known === undefined) await this.saveEnds();
    return current.end.number;
  }

  /** Writes frames and syncs them; the segment counts them only then. */
  private async put(
    current: OpenSegment,
    written: readonly (readonly [header: Uint8Array, ...payload: Uint8Array[]])[],
    synced = true,
  ): Promise<void> {
    const { number } = current.end;
    // The head goes with the first records.
    const head = current.end.bytes === 0 ? [frame('head', number, [this.headText()])] : [];
    const all = [...head, ...written];
    await current.file.write(all.flat());
    if (synced) {
      await current.file.sync();
      await current.file.check();
    }
    let { bytes, checksum } = current.end;
    for (const parts of all) {
      checksum = crc32(parts[0], checksum);
      for (const part of parts) bytes += part.length;
    }
    current.end = { number, bytes, checksum };
    if (synced) current.synced = current.end;
    this.sizes.set(number, bytes);
  }

  /**
   * Says that everything before was synced, so that damage to the last record can be distinguished from a write that was cut off. Not synced itself: it is
   * there after a process was killed, and may be missing after the machine went down.
   */
  private async mark(): Promise<void> {
    const { current } = this;
    if (current === undefined) return;
    try {
      await this.put(current, [frame('mark', current.end.number, [])], false);
    } catch {
      // What was to be kept is kept.
      await this.giveUpSegment();
    }
  }

  private async begin(): Promise<OpenSegment> {
    this.last ??= await this.lastOnDisk();
    try {
      const file = await this.options.disk.create(segmentName(this.next));
      const end = { number: this.next, bytes: 0, checksum: 0 };
      this.current = { file, end, synced: end };
      return this.current;
    } finally {
      // Not before, as records that come meanwhile go there; and not again where it failed, as the file may be there all the same.
      this.next++;
    }
  }

  private headText(): Uint8Array {
    const { name, last } = this;
    return encodeHead({ log: name, ...(last === undefined ? {} : { previous: last }) });
  }

  /** Where the log is written without having been read. */
  private async lastOnDisk(): Promise<SegmentEnd | undefined> {
    const segments = this.numbers().slice(-1);
    return await readSegments({ ...this.reading(), segments, onRecord: ignore, onDamage: ignore });
  }

  private async tryDisk(): Promise<void> {
    try {
      await this.options.disk.check();
      await this.current?.file.check();
      if (this.failure !== undefined) {
        await this.put(this.current ?? (await this.begin()), []);
      }
      this.failure = undefined;
    } catch (error) {
      await this.failed(error);
    }
  }

  private async failed(error: unknown): Promise<LogRefusal> {
    await this.giveUpSegment();
    this.failure = `the write-ahead log cannot be written: ${messageOf(error)}`;
    return new LogRefusal('disk', this.failure, { cause: error });
  }

  /** After a failed write or sync nobody knows what the file holds beyond what was synced: no more goes into it. */
  private async giveUpSegment(): Promise<void> {
    const given = this.current;
    this.current = undefined;
    if (given === undefined) return;
    const { number, bytes } = given.end;
    if (bytes > 0) this.last = given.synced;
    await given.file.truncate(bytes).catch(ignore);
    await given.file.close().catch(ignore);
    if (bytes === 0) await this.options.disk.remove(segmentName(number)).catch(ignore);
  }

  private async seal(): Promise<void> {
    const sealed = this.current;
    this.current = undefined;
    if (sealed === undefined) return;
    // What is said of a segment must be on disk, a mark at its end included; also to who asks meanwhile.
    this.last = sealed.synced;
    if (sealed.synced !== sealed.end && (await sealed.file.sync().then(done, failed))) this.last = sealed.end;
    await sealed.file.close();
  }

  /** False where the disk does not take it: the log is as good without, only that less would be noticed. */
  private async saveEnds(): Promise<boolean> {
    if (this.current === undefined) this.last ??= await this.lastOnDisk();
    // Of a segment that is only begun a crash leaves nothing: it must not be named.
    const synced = this.current?.synced;
    const last = synced !== undefined && synced.bytes > 0 ? synced : this.last;
    if (last === undefined) return true;
    const first = this.numbers().find((number) => number >= this.keptFrom) ?? this.head;
    return await this.ends.save({ first, last }).then(done, failed);
  }
}

const done = (): true => true;
const failed = (): false => false;

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
