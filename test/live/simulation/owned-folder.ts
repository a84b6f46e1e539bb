/** The folder that the logs would be in, owned by one process at a time by the lock that the service takes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DirectoryLock, lockDirectory } from '../../../server/live/directory-lock.js';
import { StartError } from '../../../server/shared/start-error.js';

export class OwnedFolder {
  private owner: DirectoryLock | undefined;

  private constructor(private readonly path: string) {}

  static async make(): Promise<OwnedFolder> {
    return new OwnedFolder(await mkdtemp(join(tmpdir(), 'betrace-simulation-')));
  }

  /** Some processes start at once; resolves with how many of them own the folder now, of which there may be one. */
  async start(processes: number): Promise<number> {
    const starts = Array.from({ length: processes }, async () => await this.tryToOwn());
    const owners = (await Promise.all(starts)).filter((lock) => lock !== undefined);
    this.owner ??= owners[0];
    for (const lock of owners) if (lock !== this.owner) await lock.release();
    return owners.length;
  }

  /** Undefined where another process owns it. Rejects with whatever else is wrong. */
  private async tryToOwn(): Promise<DirectoryLock | undefined> {
    try {
      return await lockDirectory(this.path, { waitMs: 0, setting: 'live.directory' });
    } catch (error) {
      if (error instanceof StartError && error.code === 'BT5040') return undefined;
      throw error;
    }
  }

  /** The owner is gone, and with it its lock. */
  async ownerDies(): Promise<void> {
    const { owner } = this;
    this.owner = undefined;
    await owner?.release();
  }

  async remove(): Promise<void> {
    await this.ownerDies();
    await rm(this.path, { recursive: true, force: true });
  }
}
