import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

/** What `.ci/run` says of a runner's report. */
function reported(report: object): { readonly counts: string; readonly named: string } {
  const folder = mkdtempSync(join(tmpdir(), 'betrace-report-'));
  try {
    const file = join(folder, 'report.json');
    writeFileSync(file, JSON.stringify(report));
    const { stdout, stderr } = spawnSync(process.execPath, ['test/ci-report.mjs', file], {
      encoding: 'utf8',
    });
    return { counts: stdout.trim(), named: stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const passed = { status: 'passed', fullName: 'adds', failureMessages: [] };
const skipped = { status: 'pending', fullName: 'divides', failureMessages: [] };
const failed = {
  status: 'failed',
  fullName: 'subtracts',
  failureMessages: ['AssertionError: expected 1 to be 2\n  at x.ts:3'],
};

test('each test that failed is named with its file and what it said, and a file that could not be loaded or prepared counts as one', () => {
  const { counts, named } = reported({
    numPassedTests: 1,
    numFailedTests: 1,
    testResults: [
      { name: resolve('test/sums.test.ts'), status: 'failed', assertionResults: [passed, failed] },
      {
        name: resolve('test/lost.test.ts'),
        status: 'failed',
        message: 'Cannot find module',
        assertionResults: [],
      },
      {
        name: resolve('test/unprepared.test.ts'),
        status: 'failed',
        message: '',
        assertionResults: [skipped],
      },
    ],
  });
  expect(counts).toBe('1 3');
  expect(named).toContain('FAILED: test/sums.test.ts subtracts\n    AssertionError: expected 1 to be 2');
  expect(named).toContain('FAILED: test/lost.test.ts \n    Cannot find module');
  expect(named).toContain('FAILED: test/unprepared.test.ts');
  expect(named).not.toContain('adds');
});

test('of very many failures the first are named, and all counted', () => {
  const { counts, named } = reported({
    numPassedTests: 0,
    numFailedTests: 100,
    testResults: [
      { name: resolve('test/sums.test.ts'), status: 'failed', assertionResults: Array(100).fill(failed) },
    ],
  });
  expect(counts).toBe('0 100');
  expect(named.match(/subtracts/g)).toHaveLength(30);
  expect(named).toContain('FAILED: 70 more');
});
