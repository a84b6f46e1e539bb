import type { Disk, DiskFile } from '../../../engine/live/log/disk.js';
import type { FaultyDisk } from '../log/faulty-disk.js';
import type { Random } from './random.js';
import { turns } from './turns.js';

/** A disk that takes its time, differently with every operation, and is there for one process: once that is gone nothing happens any more. */
export class SlowDisk {
  private gate: Promise<void> | undefined;
  private open: (() => void) | undefined;

  constructor(
    readonly disk: FaultyDisk,
    private readonly random: Random,
  ) {}

  /** Nothing is done until `release`. */
  stall(): void {
    this.gate ??= new Promise((resolve) => {
      this.open = resolve;
    });
  }

  release(): void {
    this.open?.();
    this.gate = undefined;
  }

  /** The disk as a process sees it. */
  mount(process: { readonly alive: boolean }): Disk {
    const done = async <T>(work: () => Promise<T>): Promise<T> => {
      await this.wait();
      if (!process.alive) throw new Error('EIO: the process is gone');
      return await work();
    };
    const { disk } = this;
    const slowFile = (file: DiskFile): DiskFile => ({
      write: async (parts) => await done(async () => await file.write(parts)),
      sync: async () => await done(async () => await file.sync()),
      check: async () => await done(async () => await file.check()),
      truncate: async (length) => await done(async () => await file.truncate(length)),
      close: async () => await done(async () => await file.close()),
    });
    return {
      list: async () => await done(async () => await disk.list()),
      read: async (name) => await done(async () => await disk.read(name)),
      size: async (name) => await done(async () => await disk.size(name)),
      create: async (name) => slowFile(await done(async () => await disk.create(name))),
      check: async () => await done(async () => await disk.check()),
      settle: async (name) => await done(async () => await disk.settle(name)),
      remove: async (name) => await done(async () => await disk.remove(name)),
    };
  }

  private async wait(): Promise<void> {
    const { random } = this;
    // Mostly at once, now and then long enough for everything else to happen in between.
    await turns(random.chance(0.1) ? random.below(200) : random.below(3));
    await this.gate;
  }
}
