/** Completion as the shells themselves do it. A shell that is not installed is skipped by name; `.ci/run` installs all three. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../server/cli/commands.js';
import { SHELLS } from '../../../server/cli/completion/shells.js';
import { completionOf } from '../../../server/cli/completion.js';
import { recorder } from './support.js';

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'betrace-completion-'));
  writeFileSync(join(folder, 'a rule.betrace'), '');
  for (const shell of Object.keys(SHELLS)) {
    const terminal = recorder();
    await completionOf(COMMANDS).start([shell], terminal);
    writeFileSync(join(folder, shell), terminal.text.out);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function isInstalled(shell: string): boolean {
  try {
    execFileSync(shell, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function run(shell: string, script: string): readonly string[] {
  const text = execFileSync(shell, [...(shell === 'zsh' ? ['-f'] : []), '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH, HOME: folder, LC_ALL: 'C.UTF-8' },
  });
  return text.split('\n').filter((line) => line !== '');
}

/** What the shell would complete the last of these words to. */
const COMPLETE: Readonly<Record<string, (words: readonly string[]) => readonly string[]>> = {
  bash: (words) =>
    run(
      'bash',
      `source ./bash; compopt() { [[ $2 == default ]] && compgen -f -- "$current" | sed 's/^/file /'; }
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _betrace; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ),
  fish: (words) =>
    run('fish', `source ./fish; complete -C '${words.join(' ')}'`).map((line) => {
      const [word = ''] = line.split('\t');
      return word.includes('rule') ? `file ${word.replaceAll('\\', '')}` : word;
    }),
};

describe.each(Object.entries(COMPLETE))('%s', (shell, complete) => {
  const ifThere = it.skipIf(!isInstalled(shell));

  ifThere('completes commands', () => {
    expect(complete(['betrace', 'rep'])).toEqual(['replay']);
    const all = complete(['betrace', '']);
    for (const { name } of COMMANDS) expect(all).toContain(name);
  });

  ifThere('completes the options of the command', () => {
    expect(complete(['betrace', 'replay', '--tempo'])).toEqual(['--tempo-config']);
    expect(complete(['betrace', 'fmt', '--ch'])).toEqual(['--check']);
    expect(complete(['betrace', 'fmt', '--tempo'])).toEqual([]);
  });

  ifThere('completes words that an option takes, and paths', () => {
    expect(complete(['betrace', 'check', '--format', 'g'])).toEqual(['github']);
    expect(complete(['betrace', 'completion', 'z'])).toEqual(['zsh']);
    expect(complete(['betrace', 'check', 'a'])).toContain('file a rule.betrace');
    expect(complete(['betrace', 'replay', '--blocks', 'a'])).toContain('file a rule.betrace');
    expect(complete(['betrace', 'replay', '--tenant', 'a'])).toEqual([]);
  });
});

describe('zsh', () => {
  // What completes is zsh's own `_arguments`: here it prints what it is given.
  const given = (words: readonly string[]): readonly string[] =>
    run(
      'zsh',
      `compdef() { :; }; _describe() { print -l -- \${(P)2}; }; _arguments() { print -rl -- "$@"; }
source ./zsh; words=(${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length}; _betrace`,
    );

  it.skipIf(!isInstalled('zsh'))('is given each command and option with its help', () => {
    expect(given(['betrace', 'x'])).toContain('replay:run rules over stored traces');
    const replay = given(['betrace', 'replay', '']);
    expect(replay).toContain(
      "*--blocks[Tempo's local storage, its blocks folder, one tenant's folder, or a bucket\\: s3\\://…, gs\\://…, azblob\\://…]:path:_files",
    );
    expect(given(['betrace', 'check', '']).join('\n')).toMatch(
      /^\*--format\[.*\]:value:\(text json github\)$/mu,
    );
    expect(replay.at(-1)).toBe('*:path:_files');
  });
});

it('an unknown shell is a usage error', async () => {
  const start =
    (...args: readonly string[]) =>
    async () =>
      completionOf(COMMANDS).start(args, recorder());
  await expect(start('powershell')()).rejects.toThrow(/"powershell" is not one of bash, zsh, fish/);
  await expect(start()()).rejects.toThrow(/name one shell/);
});
