/** What the README shows is what happens: its commands print that, and its rules are sound. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { MAIN } from '../support/command.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const cache = mkdtempSync(join(tmpdir(), 'betrace-readme-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

function fences(language: string): readonly string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(
    (match) => match[1]!,
  );
}

/** How long a run took differs each time, and how long ago the traces are is shown for recent ones only. */
function withoutTimes(text: string): string {
  return text
    .replace(/\d[\d.,]* m?s, [\d.,]+[kM]? spans\/s/g, 'TIME')
    .replace(/\(\d+ (?:m?s|s)\)/g, '(TIME)')
    .replace(/ · [\d.]+ m?s$/gm, ' · TIME')
    .replace(/ \([^()]* ago\)/g, '')
    .trimEnd();
}

interface Shown {
  /** Its words, without quotes. */
  readonly command: readonly string[];
  readonly output: string;
}

const shown = fences('console').map((fence): Shown => {
  const [command, ...output] = fence.split('\n');
  const words = [...command!.slice('$ '.length).matchAll(/'([^']*)'|(\S+)/g)];
  return { command: words.map(([, quoted, bare]) => (quoted ?? bare)!), output: output.join('\n') };
});
const isService = ({ command }: Shown): boolean => command[1] === 'serve';

const env = { ...process.env, BETRACE_CACHE: cache, LANG: 'C.UTF-8', NO_COLOR: '1' };

describe('commands', () => {
  const commands = shown.filter((block) => block.command[0] === 'betrace' && !isService(block));

  it('are there', () => {
    expect(commands.length).toBeGreaterThan(3);
  });

  it.each(commands)('$command', ({ command, output }) => {
    const run = (): string => {
      try {
        return execFileSync(process.execPath, [MAIN, ...command.slice(1)], {
          cwd: root,
          encoding: 'utf8',
          env,
        });
      } catch (error) {
        // Exit code 1 says that violations were found, which is what the README shows.
        const { status, stdout } = error as { status: number; stdout: string };
        if (status !== 1) throw error;
        return stdout;
      }
    };
    expect(withoutTimes(run())).toBe(withoutTimes(output));
  });
});

describe('the service', () => {
  const service = shown.find(isService)!;
  const [, host] = /^http:\/\/(\S+)/.exec(service.output)!;
  let running: ChildProcess;
  let address: string;
  beforeAll(async () => {
    // The port that the README shows may be taken.
    const command = service.command.slice(1).map((word) => (host!.endsWith(`:${word}`) ? '0' : word));
    running = spawn(process.execPath, [MAIN, ...command], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    address = await new Promise((resolve) =>
      running.stdout!.once('data', (line) => resolve(String(line).trim())),
    );
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGTERM');
    await ended;
  });

  it('listens where it says', () => {
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it.each(shown.filter(({ command }) => command[0] === 'curl'))(
    'answers $command',
    async ({ command, output }) => {
      const response = await fetch(command.at(-1)!.replace(`http://${host}`, address));
      expect(await response.text()).toBe(output.trimEnd());
    },
  );
});

describe('rules', () => {
  it.each(fences('betrace').map((text, n) => ({ n: n + 1, text })))('of fence $n are sound', ({ text }) => {
    const { files } = loadWorkspace(new Map([['README.betrace', text]]));
    expect([...files.values()].flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
  });
});

it('shows the test command that CI runs', () => {
  expect(readme).toMatch(/^npm test\b/m);
  expect(readFileSync(join(root, '.ci/run'), 'utf8')).toMatch(/^npm test\b/m);
});

it('links to files that exist', () => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map((match) => match[1]!);
  expect(links.length).toBeGreaterThan(3);
  for (const link of links) expect(() => readFileSync(join(root, link)), link).not.toThrow(/ENOENT/);
});
