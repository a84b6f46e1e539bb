/** What the README shows is what happens: its commands print that, and its rules are sound. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/workspace.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const cache = mkdtempSync(join(tmpdir(), 'betrace-readme-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

function fences(language: string): readonly string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(
    (match) => match[1]!,
  );
}

/** How long a run took and how long ago the traces are differ each time. */
function withoutTimes(text: string): string {
  return text
    .replace(/\d[\d.,]* m?s, [\d.,]+[kM]? spans\/s/g, 'TIME')
    .replace(/\(\d+ (?:m?s|s)\)/g, '(TIME)')
    .replace(/ \([^()]* ago\)/g, ' (AGO)')
    .trimEnd();
}

const shown = fences('console').map((fence) => {
  const [command, ...output] = fence.split('\n');
  return { command: command!.replace(/^\$ betrace /, ''), output: output.join('\n') };
});

describe('commands', () => {
  it('are there', () => {
    expect(shown.length).toBeGreaterThan(3);
  });

  it.each(shown)('betrace $command', ({ command, output }) => {
    const run = (): string => {
      try {
        return execFileSync(
          process.execPath,
          ['--import', 'tsx', 'server/cli/main.ts', ...command.split(' ')],
          {
            cwd: root,
            encoding: 'utf8',
            env: { ...process.env, BETRACE_CACHE: cache, LANG: 'C.UTF-8', NO_COLOR: '1' },
          },
        );
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
