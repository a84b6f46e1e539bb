import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
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
