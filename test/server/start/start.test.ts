/** `npm start` and `npm run traffic`, as processes: what a reader of the README does first. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { MAIN } from '../../support/command.js';
import { startReceiver } from '../live/receiver.js';
import { temporaryDirectory } from '../service/support.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
interface Started {
  readonly process: ChildProcess;
  text(): string;
}

function start(env: Readonly<Record<string, string>>, ...options: readonly string[]): Started {
  const child = spawn(process.execPath, ['server/start.mjs', ...options], {
    cwd: ROOT,
    env: {
      ...process.env,
      CI: '',
      NO_COLOR: '1',
      LANG: 'C.UTF-8',
      BETRACE_CACHE: temporaryDirectory(),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  return { process: child, text: () => text };
}

async function exitOf({ process }: Started): Promise<number | null> {
  if (process.exitCode === null) await once(process, 'exit');
  return process.exitCode;
}

it('replays, then shows each violation of the traffic that is sent, here and to a receiver', async () => {
  const receiver = await startReceiver();
  // Somebody has one of the usual ports, perhaps all.
  const taken = createServer().listen(4318, '127.0.0.1');
  await Promise.race([once(taken, 'listening'), once(taken, 'error')]);
  onTestFinished(() => void taken.close());
  const started = start({}, '--export', receiver.url);
  await expect.poll(started.text).toContain('npm run traffic');
  expect(started.text()).toContain('12 rules: 12 violated (159 violations)');
  expect(started.text()).toMatch(/reserve-before-charge +high +12 of 738 violated \(1\.6 %\) {2}since 14:30/);
  expect(started.text()).toContain(
    'differs: resource.service.version = 2.4.0 and resource.cloud.region = eu-west',
  );
  expect(started.text()).toContain('Port 4318 is taken;');
  const [, words] = /npm run traffic -- (.*)/.exec(started.text())!;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [MAIN, 'send', 'queries/shop', ...words!.split(' ')],
    { cwd: ROOT },
  );
  const broken = [...stdout.matchAll(/✗ (\S+): .*\n.*trace ([0-9a-f]{32})/g)].map(([, rule, id]) => ({
    rule: rule!,
    id: id!,
  }));
  expect(broken.length).toBeGreaterThan(12);
  for (const { rule, id } of broken) {
    await expect.poll(() => receiver.violated(rule)).toContain(id);
    expect(started.text()).toMatch(new RegExp(`✗ ${rule} .*\n.*\n.* trace ${id}`));
  }
  started.process.kill('SIGTERM');
  expect(await exitOf(started)).toBe(0);
});

it('ends after the replay where CI is set, or no service is wanted', async () => {
  for (const started of [start({ CI: 'true' }), start({}, '--once')]) {
    expect(await exitOf(started)).toBe(0);
    expect(started.text()).toContain('12 rules: 12 violated');
    expect(started.text()).not.toContain('npm run traffic');
  }
});

it('says where nobody takes the traffic', async () => {
  const sent = promisify(execFile)(
    process.execPath,
    [MAIN, 'send', join('queries', 'shop'), '--to', 'http://127.0.0.1:9/v1/traces'],
    { cwd: ROOT },
  );
  await expect(sent).rejects.toMatchObject({
    code: 3,
    stderr: expect.stringContaining('127.0.0.1:9 did not take the traces'),
  });
});
