/** What a test block says of clauses that could not have failed on its spans. */
import { expect, test } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { runTests } from '../../engine/testing/run-tests.js';

const RULE = 'rule r { when { name = "chat" } never { name = "chat" && span.model != "x" } }';

async function run(spans: string, expectation: string, rule = RULE) {
  const db = await Database.open({ threads: 1 });
  try {
    const { tests } = loadWorkspace(
      new Map([['r.betrace', `${rule} test "t" of r { ${spans} expect ${expectation} }`]]),
    );
    const [found] = await runTests(db, tests, async () => ({ problem: 'no files' }));
    return { passed: found?.passed, actual: found?.actual };
  } finally {
    db.close();
  }
}

const WHY = 'pass, vacuous: never#1 could not have failed: no span has span.model';

test.each([
  ['s "chat" 0s..1s { }', 'vacuous', { passed: true, actual: WHY }],
  ['s "chat" 0s..1s { }', 'pass', { passed: true, actual: WHY }],
  ['s "chat" 0s..1s { span.model = "x" }', 'pass', { passed: true, actual: 'pass' }],
  ['s "chat" 0s..1s { span.model = "x" }', 'vacuous', { passed: false, actual: 'pass' }],
  ['s "chat" 0s..1s { span.model = "y" }', 'vacuous', { passed: false, actual: 'violation of never#1' }],
  ['s "other" 0s..1s { }', 'vacuous', { passed: false, actual: 'not applicable' }],
])('%s expect %s', async (spans, expectation, found) => {
  expect(await run(spans, expectation)).toEqual(found);
});

test('idle = true makes a pass of it', async () => {
  const idle = RULE.replace('{ when', '{ idle = true when');
  expect(await run('s "chat" 0s..1s { }', 'vacuous', idle)).toEqual({ passed: false, actual: 'pass' });
});
