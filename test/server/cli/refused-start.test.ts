/** What a machine refuses when the service starts is one plain sentence with its cure, and never a defect to report. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { betrace, FIXTURES } from './support.js';

const MAIN = fileURLToPath(new URL('../../../dist/server/cli/main.js', import.meta.url));
const SHOP = join(FIXTURES, 'shop-v5');
/** Rights mean nothing to root, so that it becomes somebody else. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534 } : {};

/** A folder that everybody may write to. */
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'betrace-refused-'));
  chmodSync(made, 0o777);
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function takenPort(): Promise<number> {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const address = other.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

type Settings = Readonly<Record<string, string | number>>;

interface Condition {
  readonly name: string;
  /** Settings that meet the condition in a folder. */
  readonly settings: (folder: string) => Settings | Promise<Settings>;
  /** What the sentence says. */
  readonly says: RegExp;
}

function closed(path: string): string {
  mkdirSync(path);
  chmodSync(path, 0);
  return path;
}

function file(path: string, text = 'x'): string {
  writeFileSync(path, text);
  return path;
}

const CONDITIONS: readonly Condition[] = [
  ...['http.port', 'otlp.http_port', 'otlp.grpc_port'].map((name) => ({
    name: `${name} in use`,
    settings: async () => ({ [name]: await takenPort() }),
    says: new RegExp(
      `BT5043: ${name}: port \\d+ of 127.0.0.1 is in use by another process: stop that one, or name`,
    ),
  })),
  ...['http', 'otlp'].map((section) => ({
    name: `${section}.address of another machine`,
    settings: () => ({ [`${section}.address`]: '192.0.2.1' }),
    says: new RegExp(`BT5043: ${section}\\.\\w*port: 192.0.2.1 is no address of this machine: name one`),
  })),
  {
    name: 'blocks that may not be read',
    settings: (directory) => ({ 'storage.blocks': closed(join(directory, 'blocks')) }),
    says: /"?.*blocks"? is not open to|cannot be read/,
  },
  {
    name: 'blocks that are a file',
    settings: (directory) => ({ 'storage.blocks': file(join(directory, 'blocks')) }),
    says: /storage\.blocks: ".*blocks" is not a folder/,
  },
  {
    name: 'a data directory that may not be made',
    settings: (directory) => ({ 'live.directory': join(closed(join(directory, 'closed')), 'state') }),
    says: /closed.*is not open to user \d+: give that user the right/,
  },
  {
    name: 'a data directory that is a file',
    settings: (directory) => ({ 'live.directory': file(join(directory, 'state')) }),
    says: /BT5042: live\.directory ".*state" is no folder: name one/,
  },
  {
    name: 'a data directory below a file',
    settings: (directory) => ({ 'live.directory': join(file(join(directory, 'file')), 'state') }),
    says: /leads through a file where a folder belongs: name another/,
  },
  {
    name: 'a folder of spans that is a file',
    settings: (directory) => {
      mkdirSync(join(directory, 'state'), { mode: 0o777 });
      chmodSync(join(directory, 'state'), 0o777);
      file(join(directory, 'state', 'spans'));
      return { 'live.directory': join(directory, 'state') };
    },
    says: /spans" is a file where a folder belongs|spans.*BT5042|BT5042.*spans/,
  },
  {
    name: 'rules that may not be read',
    settings: (directory) => ({ rules: closed(join(directory, 'rules')) }),
    says: /rules.*(is not open to|cannot be read|EACCES)/,
  },
  {
    name: 'a certificate that is none',
    settings: (directory) => {
      const cert = file(join(directory, 'cert.pem'), 'not a certificate');
      return { 'http.tls.cert_file': cert, 'http.tls.key_file': cert };
    },
    says: /BT5045: http\.tls: ".*cert\.pem", .* cannot be used: /,
  },
  {
    name: 'a certificate that is not there',
    settings: (directory) => ({
      'otlp.tls.cert_file': join(directory, 'none.pem'),
      'otlp.tls.key_file': join(directory, 'none.pem'),
    }),
    says: /BT5045: otlp\.tls: .*none\.pem" is not there: make it/,
  },
];

describe('a service that cannot start', () => {
  test.each(CONDITIONS)('says so plainly: $name', async ({ settings, says }) => {
    const directory = folder();
    const all = {
      'storage.blocks': SHOP,
      'storage.cache_directory': join(directory, 'cache'),
      'live.directory': join(directory, 'live'),
      'http.port': 0,
      'otlp.http_port': 0,
      'otlp.grpc_port': 0,
      'log.level': 'silent',
      ...(await settings(directory)),
    };
    const args = Object.entries(all).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
    const { code, err, out } = await betrace(['serve', ...args], {
      ...NOBODY,
      cwd: directory,
      env: { HOME: directory },
    });
    expect(err).toMatch(says);
    expect(err).not.toContain('unexpected error');
    expect([code, out]).toEqual([2, '']);
  });

  test('says that too few files may be open, before and after the first is missing', async () => {
    const home = folder();
    for (const most of [64, 200]) {
      const args = ['serve', '--blocks', SHOP, '--http-port', '0', '--otlp-http-port', '0'];
      const child = spawn(
        'sh',
        ['-c', `ulimit -n ${most} && exec "$@"`, 'sh', process.execPath, MAIN, ...args],
        {
          env: { ...process.env, HOME: home },
        },
      );
      let err = '';
      child.stderr.on('data', (chunk) => {
        err += String(chunk);
      });
      const [code] = (await once(child, 'close')) as [number];
      expect(err).toMatch(
        new RegExp(
          `BT5044: the process may have ${most} files open at once, which is too few: allow the process more`,
        ),
      );
      expect(code).toBe(2);
    }
  });
});
