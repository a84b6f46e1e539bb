/** A data directory that is not as it was left: the service says what is wrong and what to do, and removes nothing. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { localDisk } from '../../../engine/live/log/disk-local.js';
import { Log } from '../../../engine/live/log/log.js';
import { betrace } from '../cli/support.js';
import { SHOP, temporaryDirectory } from '../service/support.js';

/** A directory with something in each log, as a service leaves it. */
async function state(): Promise<string> {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'format.json'), '{"format":2,"by":"0.1.0"}');
  const records = {
    spans: Buffer.from([2, ...Buffer.from('[]')]),
    outbox: Buffer.from('{"kind":"sent","keys":[]}'),
  };
  for (const [name, record] of Object.entries(records)) await append(directory, name, record);
  return directory;
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
    (directory) => writeFileSync(join(directory, 'format.json'), '{"format":3,"by":"2.0"}'),
    /BT5041: live\.directory ".+" has format 3, written by betrace 2\.0/,
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
