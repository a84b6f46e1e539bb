import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/workspace.js';
import { Database } from '../../engine/sql/duckdb/database.js';
import { runTests } from '../../engine/testing/run-tests.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => db.close());

async function actual(rule: string, spans: string): Promise<string> {
  const text = `rule r { ${rule} } test "t" of r { ${spans} expect pass }`;
  const { files, tests } = loadWorkspace(new Map([['a.betrace', text]]));
  expect([...files.values()].flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
  const [result] = await runTests(db, tests, async () => ({ problem: 'no files' }));
  return result?.problem ?? result?.actual ?? '';
}

describe('tests of rules over many traces', () => {
  const rare = 'over 1m always { status = error } | count_over_time() < 2';

  it('count the spans of each window, which starts at 0', async () => {
    expect(await actual(rare, 'a "x" 0s..1s { status = error } a "x" 59s..60s')).toBe('pass');
    expect(await actual(rare, 'a "x" 0s..1s { status = error } a "x" 59s..60s { status = error }')).toBe(
      'violation of always#1',
    );
    expect(await actual(rare, 'a "x" 0s..1s { status = error } a "x" 60s..61s { status = error }')).toBe(
      'pass',
    );
  });

  it('judge each series by itself', async () => {
    const rule = 'over 1m never { } | count_over_time() by (resource.service.name) > 1';
    expect(await actual(rule, 'a "x" 1s..2s b "x" 3s..4s b "y" 5s..6s')).toBe(
      'violation of never#1 (and 1 passed)',
    );
  });

  it('take each outermost span for a trace of its own', async () => {
    const rule = 'over 1m never { name = "x" } && { name = "y" } | count_over_time() > 0';
    expect(await actual(rule, 'a "x" 1s..2s a "y" 3s..4s')).toBe('pass');
    expect(await actual(rule, 'a "x" 1s..2s { a "y" 1s..2s }')).toBe('violation of never#1');
  });

  it('are not applicable where nothing is measured, or `when` does not hold', async () => {
    expect(await actual('over 1m always { .nosuch } | max_over_time(duration) < 1s', 'a "x" 1s..2s')).toBe(
      'not applicable',
    );
    expect(await actual(`over 1m when { } | count_over_time() > 5 ${rare.slice(8)}`, 'a "x" 1s..2s')).toBe(
      'not applicable',
    );
  });

  it('notice what is not there at all', async () => {
    const rule = 'over 1m always { name = "heartbeat" } | rate() > 0';
    expect(await actual(rule, 'a "x" 70s..71s')).toBe('violations 2 of always#1');
    expect(await actual(rule, 'a "heartbeat" 1s..2s a "x" 70s..71s')).toBe(
      'violation of always#1 (and 1 passed)',
    );
  });

  it('run beside tests of other rules', async () => {
    const text = `
      rule one { never { name = "bad" } }
      rule many { over 1m never { name = "bad" } | rate() > 0 }
      test "a" of one { s "bad" 0s..1s expect violation }
      test "b" of many { s "bad" 0s..1s expect violation }
      test "c" of one { s "good" 0s..1s expect pass }
      test "d" of many { s "good" 0s..1s expect pass }`;
    const { tests } = loadWorkspace(new Map([['a.betrace', text]]));
    const results = await runTests(db, tests, async () => ({ problem: 'no files' }));
    expect(results.map(({ passed }) => passed)).toEqual([true, true, true, true]);
  });
});
