/**
 * Which segments a log has, in a file next to them: without it a missing first or last segment would go unnoticed. Written when a
 * segment begins, is let go, and when the log is closed; a crash leaves the one before, which still holds.
 */
import type { Disk } from './disk.js';
import type { SegmentEnd } from './segment.js';

export interface LogEnds {
  /** The number of the first segment that was not let go of. */
  readonly first: number;
  /** The last one, as far as it was written then at least. */
  readonly last: SegmentEnd;
}

export class EndsFile {
  /** Writes follow one another. */
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly disk: Disk,
    private names: readonly string[],
    /** As the log was left; undefined where it never was. */
    readonly found: LogEnds | undefined,
  ) {}

  static async open(disk: Disk): Promise<EndsFile> {
    const names = (await disk.list()).filter((name) => numberOf(name) !== undefined).sort();
    // A crash may have left a newer one without its text; the one before is removed only after it.
    for (const name of names.toReversed()) {
      const ends = parse(Buffer.from(await disk.read(name)).toString());
      if (ends !== undefined) return new EndsFile(disk, names, ends);
    }
    return new EndsFile(disk, names, undefined);
  }

  /** Rejects where the disk cannot be written; what it said before is still valid then. */
  async save(ends: LogEnds): Promise<void> {
    const saved = this.turn.then(async () => await this.write(ends));
    this.turn = saved.catch(() => undefined);
    await saved;
  }

  private async write(ends: LogEnds): Promise<void> {
    const name = `${String((numberOf(this.names.at(-1) ?? '') ?? 0) + 1).padStart(16, '0')}.ends`;
    const old = this.names;
    this.names = [...old, name];
    const file = await this.disk.create(name);
    try {
      await file.write([Buffer.from(JSON.stringify(ends))]);
      await file.sync();
    } finally {
      await file.close();
    }
    for (const name of old) await this.disk.remove(name);
    this.names = [name];
  }
}

function numberOf(name: string): number | undefined {
  return /^\d{16}\.ends$/.test(name) ? Number.parseInt(name, 10) : undefined;
}

function parse(text: string): LogEnds | undefined {
  try {
    const { first, last } = JSON.parse(text) as LogEnds;
    return [first, last.number, last.bytes, last.checksum].every(Number.isSafeInteger)
      ? { first, last }
      : undefined;
  } catch {
    return undefined;
  }
}
