/** The folder that the logs would be in, owned by one process at a time by the lock that the service takes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DirectoryLock, lockDirectory } from '../../../server/live/directory-lock.js';
import { StartError } from '../../../server/shared/start-error.js';

/** Real milliseconds, as the lock is on a real file. Longer than any seed takes. */
const WAIT_MS = 600_000;
const AGAIN_MS = 3;

export class OwnedFolder {
  private readonly owners = new Set<DirectoryLock>();
  /** Processes that wait until the folder is free. */
  private readonly waiting = new Set<Promise<void>>();

  private constructor(
    private readonly path: string,
    private readonly onFault: (fault: string) => void,
  ) {}

  static async make(onFault: (fault: string) => void): Promise<OwnedFolder> {
    return new OwnedFolder(await mkdtemp(join(tmpdir(), 'betrace-simulation-')), onFault);
  }

  /** Some processes start at once. Resolves once each owns the folder or has been refused. */
  async start(processes: number): Promise<void> {
    await Promise.all(Array.from({ length: processes }, async () => await this.tryToOwn(0)));
    this.checkOwners();
  }

  /** Somebody starts a process that waits for the folder. */
  startWaiting(): void {
    const waiting = this.tryToOwn(WAIT_MS).then((owns) => {
      this.waiting.delete(waiting);
      if (owns) this.checkOwners();
      else this.onFault('a process that waits for the folder of the logs was refused');
    });
    this.waiting.add(waiting);
  }

  /** The owner is gone, and with it its lock. One of those that wait has the folder next, or one of those that somebody starts now. */
  async ownerDies(starting: number): Promise<void> {
    await this.release();
    await this.start(this.waiting.size === 0 ? Math.max(1, starting) : starting);
    // Nobody else is there to own it: a process that waits has to see that it is free.
    if (this.owners.size === 0) await Promise.race(this.waiting);
    this.checkOwners();
  }

  async remove(): Promise<void> {
    while (this.waiting.size > 0) await this.ownerDies(0);
    await this.release();
    await rm(this.path, { recursive: true, force: true });
  }

  private async release(): Promise<void> {
    const owners = [...this.owners];
    this.owners.clear();
    for (const lock of owners) await lock.release();
  }

  /** False where another process owns it. Rejects with whatever else is wrong. */
  private async tryToOwn(waitMs: number): Promise<boolean> {
    try {
      this.owners.add(
        await lockDirectory(this.path, { waitMs, againMs: AGAIN_MS, setting: 'live.directory' }),
      );
      return true;
    } catch (error) {
      if (error instanceof StartError && error.code === 'BT5040') return false;
      throw error;
    }
  }

  private checkOwners(): void {
    if (this.owners.size > 1) this.onFault(`${this.owners.size} processes own the folder of the logs`);
  }
}
