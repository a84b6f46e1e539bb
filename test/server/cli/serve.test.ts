import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lockDirectory } from '../../../server/live/directory-lock.js';
import { temporaryDirectory } from '../service/support.js';
import { betrace, FIXTURES, startBetrace } from './support.js';

const SHOP = join(FIXTURES, 'shop-v5');
const env = (): Record<string, string> => ({ BETRACE_CACHE: temporaryDirectory() });

test.each(['SIGTERM', 'SIGINT'] as const)(
  'betrace serve answers until it gets %s, and ends with 0',
  async (signal) => {
    const child = startBetrace(['serve', 'queries/shop', '--blocks', SHOP, '--http-port', '0'], {
      env: env(),
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let log = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk;
    });
    const [first] = (await once(child.stdout!, 'data')) as [Buffer];
    const url = String(first).trim();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await (await fetch(`${url}/-/ready`)).text()).toBe('ready\n');
    expect(await (await fetch(`${url}/betrace/v1/info`)).json()).toMatchObject({
      tenant: 'single-tenant',
      rules: { inForce: 12 },
    });
    child.kill(signal);
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    for (const line of log.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ service: 'betrace' });
    expect(log).toContain('"msg":"stopped"');
  },
);

test('the only tenant of a storage is served whatever its name', async () => {
  const { out } = await betrace(
    ['serve', '--blocks', join(SHOP, 'blocks', 'single-tenant'), '--print-config'],
    { env: env() },
  );
  expect(out).toContain('tenant: single-tenant # default\n');
});

test.each<[readonly string[], RegExp]>([
  [['serve'], /storage\.blocks: is needed/],
  [['serve', '--blocks', '/nowhere'], /storage\.blocks: "\/nowhere" is not a folder/],
  [['serve', 'nowhere.betrace', '--blocks', SHOP], /"nowhere\.betrace" does not exist/],
  [['serve', '--blocks', SHOP, '--http-port', 'x'], /--http-port: http\.port: "x" is not a whole number/],
  [
    ['serve', '--blocks', SHOP, '--set', 'query.timeot=1s'],
    /--set: there is no setting "query\.timeot"\. Did you mean query\.timeout\?/,
  ],
  [['serve', '--blocks', SHOP, '--set', 'timeout'], /--set: "timeout" is not NAME=VALUE/],
  [
    ['serve', '--blocks', SHOP, '--config', '/nowhere.yaml'],
    /\/nowhere\.yaml: the configuration file cannot be read \(ENOENT\)/,
  ],
])('betrace %j is refused', async (args, message) => {
  const { code, out, err } = await betrace(args, { env: env() });
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(message);
});

test('a port that is taken is said', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  const { code, err } = await betrace(['serve', '--blocks', SHOP, '--http-port', port], { env: env() });
  expect(code).toBe(2);
  expect(err).toContain('EADDRINUSE');
});

test('a folder of logs that another process has is said, and how to name another', async () => {
  const directory = temporaryDirectory();
  const lock = await lockDirectory(directory, { waitMs: 0, setting: 'live.directory' });
  const settings = { 'live.directory': directory, 'live.directory_wait': '0s', 'otlp.http_port': '0' };
  const args = Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const { code, err } = await betrace(['serve', '--blocks', SHOP, '--http-port', '0', ...args], {
    env: env(),
  });
  await lock.release();
  expect(code).toBe(2);
  expect(err).toMatch(
    /betrace serve: BT5040: live\.directory ".+" is in use by process \d+, host .+, or name another folder as live\.directory\./,
  );
});

test('the folder of logs is printed also where nobody names it', async () => {
  const { out } = await betrace(['serve', '--blocks', SHOP, '--print-config'], {
    env: { ...env(), BETRACE_STATE: '/var/lib/betrace' },
  });
  expect(out).toContain('directory: /var/lib/betrace # default, by $BETRACE_STATE or $XDG_STATE_HOME\n');
});

test('what is in force is printed with its origin', async () => {
  const file = join(temporaryDirectory(), 'betrace.yaml');
  writeFileSync(file, 'query:\n  timeout: 5s\n');
  const args = [
    'serve',
    'queries/shop',
    '--config',
    file,
    '--blocks',
    SHOP,
    '--set',
    'query.queue=7',
    '--print-config',
  ];
  const { code, out } = await betrace(args, { env: { ...env(), BETRACE_HTTP_PORT: '4000' } });
  expect(code).toBe(0);
  expect(out).toContain(`timeout: 5s # ${file}:2:3\n`);
  expect(out).toContain('queue: 7 # --set query.queue\n');
  expect(out).toContain('port: 4000 # BETRACE_HTTP_PORT\n');
});

test('the schema of the configuration is printed for editors', async () => {
  const { out } = await betrace(['serve', '--print-schema']);
  expect(JSON.parse(out)).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    required: ['storage'],
  });
});
