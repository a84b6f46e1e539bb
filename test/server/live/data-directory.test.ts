/** A data directory that is not as it was left: the service says what is wrong and what to do, and removes nothing. */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SqlEvaluator } from '../../../engine/live/judge/sql-evaluator.js';
import { DAMAGE_KINDS } from '../../../engine/live/log/damage.js';
import { localDisk } from '../../../engine/live/log/disk-local.js';
import { Log } from '../../../engine/live/log/log.js';
import { openStore } from '../../../engine/sql/open-store.js';
import { name, sql } from '../../../engine/sql/text/sql.js';
import { DATA_FORMAT } from '../../../server/live/data-format.js';
import { traceId } from '../../support/arbitrary/spans.js';
import { betrace } from '../cli/support.js';
import { SHOP, temporaryDirectory } from '../service/support.js';
import { readinessOf, send, serve, traceNow } from './process.js';
import { startReceiver } from './receiver.js';

/** A directory with something in each log, as a service leaves it. */
async function state(): Promise<string> {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'format.json'), `{"format":${DATA_FORMAT},"by":"0.1.0"}`);
  const records = {
    spans: Buffer.from([2, ...Buffer.from('[]')]),
    outbox: Buffer.from('{"kind":"sent","keys":[]}'),
  };
  for (const [name, record] of Object.entries(records)) await append(directory, name, record);
  for (const folder of ['flows', 'windows']) mkdirSync(join(directory, folder));
  const evaluator = await SqlEvaluator.open({ memory: 2 ** 28, ruleLimitMs: 1000, mostViolations: 10 });
  await evaluator.flowsIn(join(directory, 'flows', 'flows.db'));
  await evaluator.windowsIn(join(directory, 'windows', 'counts.db'), { mostCounts: 10 });
  evaluator.close();
  return directory;
}

/** Has a database say that it is of a later format, in the log of it that a process leaves that is killed. */
async function makeNewer(path: string): Promise<void> {
  const db = await openStore();
  await db.attach(name('newer'), path);
  await db.run(sql`UPDATE newer.kept_format SET format = 99`);
  copyFileSync(path, `${path}.copy`);
  copyFileSync(`${path}.wal`, `${path}.copy.wal`);
  db.close();
  for (const end of ['', '.wal']) renameSync(`${path}.copy${end}`, `${path}${end}`);
}

async function append(directory: string, name: string, record: Uint8Array): Promise<void> {
  const sizes = { segmentBytes: 2 ** 20, maxBytes: 2 ** 20, maxWaitingBytes: 2 ** 20 };
  const log = await Log.open({ disk: await localDisk(join(directory, name)), name, ...sizes });
  await log.append([record]);
  await log.close();
}

/** Names and contents, but for the lock, which says who had it last. */
function contents(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'lock')
    .map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return `${path} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
    })
    .sort();
}

const SEGMENT = '0000000000000001.log';

it.each<[string, (directory: string) => Promise<void> | void, RegExp]>([
  [
    'spans of a newer version',
    (directory) => append(directory, 'spans', Buffer.from([9, 1, 2])),
    /BT5041: ".+\/spans\/0+2\.log" has a record of the kind 9, which this version does not know: start the newer version/,
  ],
  [
    'an outbox of a newer version',
    (directory) => append(directory, 'outbox', Buffer.from('{"kind":"changes2"}')),
    /BT5041: ".+\/outbox\/0+2\.log" has a record of the kind "changes2", which this version does not know/,
  ],
  [
    'a format of a newer version',
    (directory) => writeFileSync(join(directory, 'format.json'), `{"format":${DATA_FORMAT + 1},"by":"2.0"}`),
    new RegExp(`BT5041: live\\.directory ".+" has format ${DATA_FORMAT + 1}, written by betrace 2\\.0`),
  ],
  [
    'flows of a newer version',
    (directory) => makeNewer(join(directory, 'flows', 'flows.db')),
    /BT5041: ".+\/flows\/flows\.db" has format 99, and this version reads up to \d+: start the newer version again/,
  ],
  [
    'counts of windows of a newer version',
    (directory) => makeNewer(join(directory, 'windows', 'counts.db')),
    /BT5041: ".+\/windows\/counts\.db" has format 99, and this version reads up to \d+: start the newer version again/,
  ],
  [
    'logs that were swapped',
    (directory) => {
      renameSync(join(directory, 'spans'), join(directory, 'other'));
      renameSync(join(directory, 'outbox'), join(directory, 'spans'));
      renameSync(join(directory, 'other'), join(directory, 'outbox'));
    },
    /BT5042: ".+\/0+1\.log" is of the log "(spans|outbox)", not "(spans|outbox)": put back what belongs there/,
  ],
  [
    'a folder in place of a segment',
    (directory) => mkdirSync(join(directory, 'spans', SEGMENT.replace('1', '7'))),
    /BT5042: ".+\/spans\/0+7\.log" is a folder, not a file: put back what belongs there, or move it away/,
  ],
])('%s: the service does not start, and nothing is changed', async (_, change, message) => {
  const directory = await state();
  await change(directory);
  const before = contents(directory);
  const settings = { 'live.directory': directory, 'otlp.http_port': '0', 'live.directory_wait': '0s' };
  const args = Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const { code, err } = await betrace(['serve', '--blocks', SHOP, '--http-port', '0', ...args], {
    env: { BETRACE_CACHE: temporaryDirectory() },
  });
  expect(err.split('\n').at(-2)).toMatch(message);
  expect(code).toBe(2);
  expect(contents(directory)).toEqual(before);
});

describe('a data directory that is taken from a service that runs', () => {
  it.each(['directory', 'removed lock'] as const)(
    'makes it refuse spans and say why, until it is put back: %s',
    async (what) => {
      const serving = await serve();
      const state = join(serving.directory, 'state');
      const away = join(serving.directory, 'away');
      const [from, to] =
        what === 'directory' ? [state, away] : [join(state, 'lock'), join(state, 'lock.away')];
      const ready = async (): Promise<string> => await (await fetch(`${serving.url}/-/ready`)).text();
      expect(await send(serving, traceNow(1, 'charge'))).toBe(200);
      renameSync(from, to);
      await expect.poll(() => send(serving, traceNow(2, 'charge'))).toBe(503);
      await expect.poll(ready).toContain(`"${state}`);
      expect(await readinessOf(serving, 'spans')).toMatchObject({
        ready: false,
        state: 'failing',
        needed: true,
        reason: expect.stringContaining(state),
        cure: expect.stringContaining('live.directory'),
      });
      expect(await serving.metric('betrace_log_writable')).toBe(0);
      await expect.poll(serving.log).toContain('spans cannot be kept: requests are refused');
      renameSync(to, from);
      await expect.poll(() => send(serving, traceNow(3, 'charge'))).toBe(200);
      await expect.poll(ready).toBe('ready\n');
      expect(await serving.metric('betrace_log_writable')).toBe(1);
      await expect.poll(serving.log).toContain('spans are kept on disk again');
      await serving.kill();
      const again = await serve({ directory: serving.directory });
      await expect.poll(() => again.metric('betrace_open_traces')).toBeGreaterThanOrEqual(2);
      expect(await again.metric('betrace_log_damage_total', { kind: 'missing' })).toBe(0);
      expect(await again.metric('betrace_recovery_bytes_left')).toBe(0);
    },
  );

  it('is not made anew where it was removed', async () => {
    const serving = await serve();
    const state = join(serving.directory, 'state');
    expect(await send(serving, traceNow(1, 'charge'))).toBe(200);
    rmSync(state, { recursive: true });
    await expect.poll(() => send(serving, traceNow(2, 'charge'))).toBe(503);
    expect(existsSync(state)).toBe(false);
    await serving.stop();
  });

  it('can be copied while the service is stopped, and started from', async () => {
    const directory = temporaryDirectory();
    const receiver = await startReceiver();
    const serving = await serve({ directory, settings: { 'live.complete_after': '20s' } });
    expect(await send(serving, traceNow(1, 'charge'))).toBe(200);
    expect(await serving.stop()).toBe(0);
    const copy = temporaryDirectory();
    cpSync(join(directory, 'state'), join(copy, 'state'), { recursive: true });
    const restored = await serve({ directory: copy, export: receiver.url });
    await expect.poll(() => receiver.violated()).toEqual([traceId(1)]);
    for (const kind of DAMAGE_KINDS)
      expect(await restored.metric('betrace_log_damage_total', { kind })).toBe(0);
  });
});

/** Left by a process of format 2 that was killed: traces 1 to 3 are over, and what they violate was not sent; 4 to 7 were not judged. */
const FORMAT_2 = fileURLToPath(new URL('../../fixtures/live/format-2', import.meta.url));

it('a data directory of format 2 is taken up as it was left, and is of the new format from then on', async () => {
  const directory = temporaryDirectory();
  const state = join(directory, 'state');
  cpSync(FORMAT_2, state, { recursive: true });
  const receiver = await startReceiver();
  const serving = await serve({ directory, export: receiver.url });
  await expect.poll(() => receiver.violated()).toEqual([1, 2, 3, 4, 5, 6].map(traceId));
  expect(JSON.parse(readFileSync(join(state, 'format.json'), 'utf8')).format).toBe(DATA_FORMAT);
  expect(await serving.metric('betrace_rule_passed_total')).toBe(1);
  expect(await serving.metric('betrace_violations_total')).toBe(3);
  for (const kind of DAMAGE_KINDS) expect(await serving.metric('betrace_log_damage_total', { kind })).toBe(0);
});
