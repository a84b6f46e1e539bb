/** Disks that a test fills up and makes room on, by what this machine lets it do. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Serving } from './process.js';

export interface SmallDisk {
  readonly name: string;
  readonly available: boolean;
  /** Whether it is smaller than what a write-ahead log may usually take. */
  readonly small: boolean;
  /** What starts a process whose state, in that directory, lies on this disk. */
  wrapper(directory: string): readonly string[];
  fill(serving: Serving): void;
  free(serving: Serving): void;
}

const succeeds = (command: string, ...args: readonly string[]): boolean =>
  spawnSync(command, args).status === 0;

/** A file system in memory, which only the process and its children see. */
const tmpfs: SmallDisk = {
  name: 'a file system without room (ENOSPC)',
  available: succeeds('unshare', '-rm', 'sh', '-c', 'mount -t tmpfs none /tmp'),
  small: true,
  wrapper: (directory) => {
    mkdirSync(join(directory, 'state'), { recursive: true });
    const script = 'mount -t tmpfs -o size=4m none "$1" && shift && exec "$@"';
    return ['unshare', '-rm', 'sh', '-c', script, 'sh', join(directory, 'state')];
  },
  fill: (serving) => {
    const filler = inside(serving);
    for (let bytes = 2 ** 20; bytes >= 1; bytes /= 2)
      try {
        for (;;) writeFileSync(filler, Buffer.alloc(bytes), { flag: 'a' });
      } catch {
        // Full but for less than that.
      }
  },
  free: (serving) => rmSync(inside(serving)),
};

function inside({ process: { pid }, directory }: Serving): string {
  return join(`/proc/${pid}/root`, directory, 'state', 'filler');
}

/** No file of the process may grow, as by a quota. */
const fileLimit: SmallDisk = {
  name: 'files that may not grow (EFBIG)',
  available: succeeds('prlimit', '--fsize', 'true'),
  small: false,
  wrapper: () => [],
  fill: ({ process: { pid } }) => limit(pid, '1'),
  free: ({ process: { pid } }) => limit(pid, 'unlimited'),
};

function limit(pid: number | undefined, bytes: string): void {
  execFileSync('prlimit', [`--pid=${pid}`, `--fsize=${bytes}:unlimited`]);
}

export const SMALL_DISKS: readonly SmallDisk[] = [tmpfs, fileLimit];
