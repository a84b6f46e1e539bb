/** The steps of the GitHub Action, run by bash as a workflow runs them, with the command of this checkout in place of the installed one. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { MAIN } from '../../support/command.js';

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly run?: string;
}

const action = parse(
  readFileSync(new URL('../../../.github/actions/rules/action.yml', import.meta.url), 'utf8'),
) as {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
};

const SOUND = `rule no-errors { never { status = error } }
test "an error" of no-errors { a "pay" 0..1 { status = error } expect violation }
test "no error, they say" of no-errors { a "pay" 0..1 { status = error } expect pass }
`;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'betrace-action-'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'betrace'), `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`, {
    mode: 0o755,
  });
  mkdirSync(join(folder, 'rules'));
  writeFileSync(join(folder, 'rules', 'sound.betrace'), SOUND);
  mkdirSync(join(folder, 'broken'));
  writeFileSync(join(folder, 'broken', 'a.betrace'), 'rule a { never { status = eror } }\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function step(name: string, inputs: Readonly<Record<string, string>>): { code: number | null; out: string } {
  const { run, env } = action.runs.steps.find((candidate) => candidate.name === name)!;
  const values = {
    ...Object.fromEntries(Object.entries(action.inputs).map(([key, input]) => [key, input.default])),
    ...inputs,
  };
  const variables = Object.entries(env ?? {}).map(([key, text]) => [
    key,
    text.replace(/\$\{\{ inputs\.(\w+) \}\}/gu, (_, input: string) => values[input] ?? ''),
  ]);
  const { status, stdout } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run!], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...Object.fromEntries(variables),
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      GITHUB_WORKSPACE: folder,
    },
  });
  return { code: status, out: stdout };
}

it('annotates what is wrong in rules', () => {
  expect(step('Check rules', {}).code).toBe(0);
  const { code, out } = step('Check rules', { rules: 'rules broken' });
  expect(code).toBe(2);
  expect(out).toMatch(
    /^::error file=broken\/a\.betrace,line=1,endLine=1,col=\d+,endColumn=\d+,title=BT\d{4}::.*eror/mu,
  );
});

it('annotates the test that fails, and writes JUnit XML', () => {
  const { code, out } = step('Test rules', { junit: 'results.xml' });
  expect(code).toBe(1);
  expect(out.match(/^::.*$/gmu)).toEqual([
    '::error file=rules/sound.betrace,line=3,title=no-errors%3A no error%2C they say::expected pass, got violation of never#1%0Abroken: never { status = error }',
  ]);
  expect(readFileSync(join(folder, 'results.xml'), 'utf8')).toContain('failures="1"');
});

it('takes no input for a command', () => {
  const { out } = step('Check rules', { rules: 'rules; touch taken $(touch taken) `touch taken`' });
  expect(out).not.toContain('taken\n');
  expect(spawnSync('test', ['-e', join(folder, 'taken')]).status).toBe(1);
});

it('has no expression inside a script', () => {
  for (const { run } of action.runs.steps) expect(run ?? '').not.toContain('${{');
});
