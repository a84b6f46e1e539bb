/** A disk in memory that crashes, tears writes, and fills up, as a seed or a test says. */
import type { Disk, DiskFile } from '../../../engine/live/log/disk.js';

interface File {
  /** What a crash leaves for certain. */
  durable: Uint8Array;
  /** What was written after it. */
  unsynced: Uint8Array;
  named: boolean;
}

export class FaultyDisk implements Disk {
  private readonly files = new Map<string, File>();
  /** Bytes that fit. */
  capacity = Number.POSITIVE_INFINITY;
  failSync = false;
  /** What a sync waits for. */
  beforeSync: (() => Promise<void>) | undefined;
  /** What the making of a file waits for. */
  beforeCreate: (() => Promise<void>) | undefined;
  /** Called with each file that is removed, and what was in it. */
  onRemove: ((name: string, bytes: Uint8Array) => void) | undefined;
  /** Syncs that say they are done and are not: what no disk should do. */
  lieAboutSync = false;
  /** The folder was moved: files that are open can be written, and none can be made. */
  away = false;
  syncs = 0;
  private epoch = 0;

  async list(): Promise<readonly string[]> {
    return [...this.files.keys()];
  }

  async read(name: string): Promise<Uint8Array> {
    const { durable, unsynced } = this.file(name);
    return Buffer.concat([durable, unsynced]);
  }

  async size(name: string): Promise<number> {
    return (await this.read(name)).length;
  }

  async create(name: string): Promise<DiskFile> {
    const { epoch } = this;
    let closed = false;
    // To be called right before something is done: a turn before, the process may have been there.
    const alive = (): void => {
      if (closed) throw new Error('EBADF: the file is closed');
      if (epoch !== this.epoch) throw new Error('EIO: the process is gone');
    };
    await this.beforeCreate?.();
    await this.check();
    alive();
    if (this.files.has(name)) throw new Error(`EEXIST: ${name}`);
    const file: File = { durable: new Uint8Array(0), unsynced: new Uint8Array(0), named: false };
    this.files.set(name, file);
    return {
      write: async (parts) => {
        await Promise.resolve();
        alive();
        const bytes = Buffer.concat(parts);
        const fits = Math.max(0, this.capacity - this.used);
        file.unsynced = Buffer.concat([file.unsynced, bytes.subarray(0, fits)]);
        if (fits < bytes.length) throw new Error('ENOSPC: no space left on device');
      },
      sync: async () => {
        await Promise.resolve();
        await this.beforeSync?.();
        alive();
        if (this.failSync) throw new Error('EIO: i/o error');
        this.syncs++;
        if (this.lieAboutSync) return;
        file.durable = Buffer.concat([file.durable, file.unsynced]);
        file.unsynced = new Uint8Array(0);
        file.named = true;
      },
      truncate: async (length) => {
        await Promise.resolve();
        alive();
        file.unsynced = file.unsynced.subarray(0, Math.max(0, length - file.durable.length));
        file.durable = file.durable.subarray(0, length);
      },
      check: async () => {
        await this.check();
        if (this.files.get(name) !== file) throw new Error(`${name} is gone`);
      },
      close: async () => {
        closed = true;
      },
    };
  }

  async remove(name: string): Promise<void> {
    if (this.files.has(name)) this.onRemove?.(name, await this.read(name));
    this.files.delete(name);
  }

  async settle(name: string): Promise<void> {
    if (this.failSync) throw new Error('EIO: i/o error');
    const file = this.file(name);
    file.durable = Buffer.concat([file.durable, file.unsynced]);
    file.unsynced = new Uint8Array(0);
    file.named = true;
  }

  async check(): Promise<void> {
    if (this.away) throw new Error('the folder was moved');
  }

  /** The process that writes is killed: what it has written stays, and may still be lost if the machine goes down. */
  kill(): void {
    this.epoch++;
  }

  /** The machine goes down. Of what was not synced, the part that `kept` (0 to 1) says is left; files that were never synced may be gone. */
  crash(kept: number): void {
    this.epoch++;
    for (const [name, file] of this.files) {
      const left = Math.floor(file.unsynced.length * kept);
      if (!file.named && left === 0) this.files.delete(name);
      // What the next process finds is on disk: another crash does not take it.
      file.named = true;
      file.durable = Buffer.concat([file.durable, file.unsynced.subarray(0, left)]);
      file.unsynced = new Uint8Array(0);
    }
  }

  /** Cuts a file off, as an incomplete copy is. */
  cut(name: string, length: number): void {
    const file = this.file(name);
    file.durable = file.durable.subarray(0, length);
    file.unsynced = new Uint8Array(0);
  }

  /** The files as they are, on another disk. */
  async copy(): Promise<FaultyDisk> {
    const copy = new FaultyDisk();
    for (const name of await this.list()) await copy.put(name, await this.read(name));
    return copy;
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    this.files.set(name, { durable: Buffer.from(bytes), unsynced: new Uint8Array(0), named: true });
  }

  /** Changes one byte that was on disk. */
  damage(name: string, offset: number): void {
    const { durable } = this.file(name);
    durable[offset] = durable[offset]! ^ 0x40;
  }

  get used(): number {
    let total = 0;
    for (const { durable, unsynced } of this.files.values()) total += durable.length + unsynced.length;
    return total;
  }

  private file(name: string): File {
    const file = this.files.get(name);
    if (file === undefined) throw new Error(`ENOENT: ${name}`);
    return file;
  }
}
