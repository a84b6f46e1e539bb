import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lockDirectory } from '../../../server/live/directory-lock.js';
import { temporaryDirectory } from '../service/support.js';

const HOLDER = fileURLToPath(new URL('./lock-holder.mjs', import.meta.url));
const AT_ONCE = { waitMs: 0, setting: 'live.directory' };

/** What starts a process that is number 1 of its own, as in a container. */
const OWN_PROCESSES = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
const [command = '', ...options] = OWN_PROCESSES;
const canUnshare = spawnSync(command, [...options, 'true']).status === 0;
if (!canUnshare) console.warn('NOT TESTED: process namespaces, as this machine does not allow unshare --pid');

interface Holder {
  readonly process: ChildProcess;
  /** `owner`, or why it is not. */
  readonly said: string;
}

async function holder(directory: string, waitMs = 0, wrapper: readonly string[] = []): Promise<Holder> {
  const [first = process.execPath, ...before] = [...wrapper, process.execPath];
  const child = spawn(first, [...before, HOLDER, directory, String(waitMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said] = (await once(child.stdout!, 'data')) as [Buffer];
  return { process: child, said: said.toString().trim() };
}

async function kill({ process: child }: Holder): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

describe('a folder of logs', () => {
  it.each([
    ['nobody has', '999999999'],
    ['lives', '1'],
    ['is our own', String(process.pid)],
    ['is no number', 'x\u0000\n'],
  ])('is taken whatever process a file left there names: one that %s', async (_, text) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'lock'), text);
    const lock = await lockDirectory(directory, AT_ONCE);
    await lock.release();
  });

  it('has one owner in a process, and another once that one lets go', async () => {
    const directory = temporaryDirectory();
    const lock = await lockDirectory(directory, AT_ONCE);
    await expect(lockDirectory(directory, AT_ONCE)).rejects.toMatchObject({
      code: 'BT5040',
      message: expect.stringContaining(
        `live.directory "${directory}" is in use by process ${process.pid}, host `,
      ),
    });
    await lock.release();
    await (await lockDirectory(directory, AT_ONCE)).release();
  });

  it('is waited for as long as is allowed, and free when its owner is killed', async () => {
    const directory = temporaryDirectory();
    const owner = await holder(directory);
    expect(owner.said).toBe('owner');
    const refused = await holder(directory);
    expect(refused.said).toMatch(/^BT5040: live\.directory ".+" is in use by process \d+, host .+, since /);
    const waits: string[] = [];
    const waited = lockDirectory(directory, {
      ...AT_ONCE,
      waitMs: 60_000,
      onWait: (who) => waits.push(who),
    });
    await expect.poll(() => waits).toHaveLength(1);
    await kill(owner);
    await (await waited).release();
  });

  it('that three processes start on at once has one owner, 30 times, also after one that was killed', async () => {
    const directory = temporaryDirectory();
    for (let round = 0; round < 30; round++) {
      const three = await Promise.all([1, 2, 3].map(async () => await holder(directory)));
      expect(three.filter(({ said }) => said === 'owner')).toHaveLength(1);
      await Promise.all(three.map(kill));
    }
  });

  it.skipIf(!canUnshare)('has one owner over containers, in each of which it is process 1', async () => {
    const directory = temporaryDirectory();
    const owner = await holder(directory, 0, OWN_PROCESSES);
    expect(owner.said).toBe('owner');
    const other = await holder(directory, 0, OWN_PROCESSES);
    expect(other.said).toContain('is in use by process 1, host ');
    await kill(owner);
    expect((await holder(directory, 10_000, OWN_PROCESSES)).said).toBe('owner');
  });

  it('that is a file is named', async () => {
    const path = join(temporaryDirectory(), 'state');
    writeFileSync(path, '');
    await expect(lockDirectory(path, AT_ONCE)).rejects.toMatchObject({
      code: 'BT5042',
      message: `BT5042: live.directory "${path}" is no folder: name one.`,
    });
  });

  it('is known not to be owned any more when somebody has removed the lock or the folder', async () => {
    const directory = temporaryDirectory();
    const lock = await lockDirectory(directory, AT_ONCE);
    expect(await lock.isHeld()).toBe(true);
    rmSync(join(directory, 'lock'));
    expect(await lock.isHeld()).toBe(false);
    const other = await lockDirectory(directory, AT_ONCE);
    expect([await lock.isHeld(), await other.isHeld()]).toEqual([false, true]);
    rmSync(directory, { recursive: true });
    expect(await other.isHeld()).toBe(false);
    await Promise.all([lock.release(), other.release()]);
  });
});
