/** What a test block says of a clause that cannot be determined. */
import { expect, test } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { runTests } from '../../engine/testing/run-tests.js';

async function actual(clauses: string, spans: string): Promise<string | undefined> {
  const text = `
    let deleted = { name = "deleted" }
    rule r { when { name = "job" } as j ${clauses} }
    test "t" of r { s "job" 0s..1s { ${spans} } expect pass }`;
  const { tests } = loadWorkspace(new Map([['r.betrace', text]]));
  const db = await Database.open({ threads: 1 });
  try {
    return (await runTests(db, tests, async () => ({ problem: 'no files' })))[0]?.actual;
  } finally {
    db.close();
  }
}

const SUMS = 'always sum(deleted, span.n) = sum({ name = "expired" }, span.n)';
const EXPIRED = 's "expired" 0s..1s { span.n = 3 }';
const DELETED = 's "deleted" 0s..1s { span.n = 3 }';

test.each([
  [
    'the side that nothing matched',
    SUMS,
    EXPIRED,
    'cannot tell for want of { name = "deleted" }, which nothing matched',
  ],
  [
    'both sides',
    SUMS,
    '',
    'cannot tell for want of { name = "deleted" }, which nothing matched; { name = "expired" }, which nothing matched',
  ],
  [
    'an aggregate of spans without a number',
    SUMS,
    `${EXPIRED} s "deleted" 0s..1s { }`,
    'cannot tell for want of sum({ name = "deleted" }, span.n)',
  ],
  ['nothing, where both are there', SUMS, `${EXPIRED} ${DELETED}`, 'pass'],
  [
    'the clause, where there are several',
    `always exists { name = "expired" } ${SUMS}`,
    EXPIRED,
    'cannot tell for want of { name = "deleted" }, which nothing matched, in always#2',
  ],
  ['a missing attribute', 'always j.span.x > 1', '', 'cannot tell for want of j.span.x'],
])('names %s', async (_, clauses, spans, expected) => {
  expect(await actual(clauses, spans)).toBe(expected);
});
