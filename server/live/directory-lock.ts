import { type FileHandle, mkdir, open, readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '../shared/start-error.js';

const AGAIN_MS = 200;

export interface LockOptions {
  /** How long to wait for another process to let go, in milliseconds. */
  readonly waitMs: number;
  /** How often it is tried again meanwhile. Default: every 200 milliseconds. */
  readonly againMs?: number;
  /** How a user names another folder: `live.directory`. */
  readonly setting: string;
  /** Called once where it has to be waited, with who has the folder as far as it is known. */
  readonly onWait?: (owner: string) => void;
}

export interface DirectoryLock {
  /** False once somebody has removed or replaced the file or the folder: then nothing keeps a second process out. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

/**
 * Makes this process the only owner of a folder of logs. The lock is the operating system's on the file `lock`: it is gone
 * with the process that holds it, however that ends, and it holds between containers that share a volume. What is written in the
 * file says who has it, to people; it decides nothing, and the file is never removed, as one that is made anew would be another file.
 *
 * Rejects with `StartError` BT5040 where another process has the folder, and BT5042 where it is no folder.
 */
export async function lockDirectory(directory: string, options: LockOptions): Promise<DirectoryLock> {
  await makeFolder(directory, options.setting);
  const path = join(directory, 'lock');
  const until = performance.now() + options.waitMs;
  let waited = false;
  for (;;) {
    const handle = await tryToOwn(path);
    if (handle !== undefined)
      return {
        isHeld: async () => await isAt(handle, path),
        release: async () => await handle.close(),
      };
    const owner = await ownerIn(path);
    if (performance.now() >= until) throw inUse(directory, owner, options.setting);
    if (!waited) options.onWait?.(owner);
    waited = true;
    await sleep(options.againMs ?? AGAIN_MS);
  }
}

async function makeFolder(directory: string, setting: string): Promise<void> {
  const found = await stat(directory).catch(() => undefined);
  if (found !== undefined && !found.isDirectory())
    throw new StartError('BT5042', `${setting} "${directory}" is no folder: name one.`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
}

/** The open file, which is locked as long as it is open; undefined where another has the lock. */
async function tryToOwn(path: string): Promise<FileHandle | undefined> {
  const tryLock = await loadTryLock();
  const handle = await open(path, 'a+', 0o600);
  try {
    if (tryLock(handle.fd) && (await isAt(handle, path))) {
      await handle.truncate(0);
      // The number first: it is all that versions before this one wrote and read.
      await handle.write(`${process.pid}\nhost ${hostname()}\nsince ${new Date().toISOString()}\n`);
      return handle;
    }
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return undefined;
}

/** Somebody may have removed the file meanwhile: then a lock on it keeps nobody out. */
async function isAt(handle: FileHandle, path: string): Promise<boolean> {
  const [own, there] = await Promise.all([handle.stat(), stat(path).catch(() => undefined)]);
  return there?.ino === own.ino && there.dev === own.dev;
}

async function loadTryLock(): Promise<(fd: number) => boolean> {
  try {
    return (await import('fs-native-extensions')).tryLock;
  } catch (error) {
    throw new StartError(
      'BT5040',
      `files cannot be locked on ${process.platform} ${process.arch} with this C library, so nothing would keep a second process out of the folder: run on glibc (an image such as node:*-slim), macOS or Windows, or leave out otlp.grpc_port and otlp.http_port.`,
      { cause: error },
    );
  }
}

/** As the owner has written it down; an owner may be in another container, where its number means nothing here. */
async function ownerIn(path: string): Promise<string> {
  const [pid = '', ...facts] = (await readFile(path, 'utf8').catch(() => '')).split('\n').filter(Boolean);
  return /^\d+$/.test(pid) ? [`process ${pid}`, ...facts].join(', ') : 'another process';
}

function inUse(directory: string, owner: string, setting: string): StartError {
  return new StartError(
    'BT5040',
    `${setting} "${directory}" is in use by ${owner}. Stop that process, or name another folder as ${setting}. Nothing in the folder was touched.`,
  );
}
