import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { minimiseTest } from '../../extension/processes/minimise-test.js';
import { sampleOf } from '../../extension/processes/sample.js';
import { temporaryDirectory } from '../server/service/support.js';
import { MAIN } from '../support/command.js';

const { signal } = new AbortController();

function program(body: string): string {
  const path = join(temporaryDirectory(), 'betrace');
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

it('asks the program where its example rules and traces are', async () => {
  const sample = await sampleOf(program(`exec '${process.execPath}' '${MAIN}' "$@"`), signal);
  expect(sample.rules).toMatch(/queries\/shop$/u);
  expect(sample.blocks).toMatch(/shop-v5$/u);
});

it('says what to do where there is no program, and what a program says that has no examples', async () => {
  await expect(sampleOf('/nowhere/betrace', signal)).rejects.toThrow(
    'cannot run /nowhere/betrace: install it (npm install -g betrace), or set betrace.path',
  );
  await expect(sampleOf(program('echo "unknown option --files" >&2; exit 2'), signal)).rejects.toThrow(
    /^unknown option --files$/u,
  );
});

it('minimises one test of a text by the program, and none that does not pass', async () => {
  const betrace = program(`exec '${process.execPath}' '${MAIN}' "$@"`);
  const test = (rule: string, expectation: string): string =>
    `test "t" of ${rule} { shop "b" 0ms..1ms { span.x = 1 }  shop "a" 2ms..3ms  expect ${expectation} }\n`;
  const rules = 'rule r { never { name = "a" } }\nrule other { never { name = "b" } }\n';
  const text = `${rules}${test('other', 'violation')}${test('r', 'violation')}`;
  expect(await minimiseTest(betrace, text, { title: 't', rule: 'r' }, signal)).toBe(
    'test "t" of r {\n  shop "a" 2ms..3ms\n  expect violation\n}',
  );
  const wrong = `${rules}${test('r', 'pass')}`;
  expect(await minimiseTest(betrace, wrong, { title: 't', rule: 'r' }, signal)).toBeUndefined();
  await expect(minimiseTest(betrace, 'rule {', { title: 't', rule: 'r' }, signal)).rejects.toThrow(/BT1/);
});
