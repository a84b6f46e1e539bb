/** Tests that say when they start, and what their times then mean. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { runTests } from '../../engine/testing/run-tests.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => {
  db.close();
});

const problemsOf = (text: string): readonly string[] =>
  [...loadWorkspace(new Map([['a.betrace', text]])).files.values()].flatMap(({ diagnostics }) =>
    diagnostics.map(({ code }) => code),
  );

async function actual(rule: string, start: string, spans: string): Promise<string> {
  const text = `rule r { ${rule} } test "t" of r ${start} { ${spans} expect pass }`;
  expect(problemsOf(text)).toEqual([]);
  const [result] = await runTests(db, loadWorkspace(new Map([['a.betrace', text]])).tests, async () => ({
    problem: 'no files here',
  }));
  return result?.problem ?? result?.actual ?? '';
}

describe('a test that starts at', () => {
  it('a time has its spans then', async () => {
    const rule =
      'never { hour(span:start, "Europe/Berlin") >= 22 || weekday(span:start, "Europe/Berlin") > 5 }';
    const startingAt = (time: string) => actual(rule, `at ${time}`, 's "x" 30s..31s');
    expect(await startingAt('@2026-07-01T20:00:00Z')).toBe('violation of never#1');
    expect(await startingAt('@2026-07-01T19:59:00Z')).toBe('pass');
    expect(await startingAt('@2026-01-01T20:59:00Z')).toBe('pass');
    expect(await startingAt('@2026-01-01T20:59:30Z')).toBe('violation of never#1');
    // Midnight of a Saturday there.
    expect(await startingAt('@2026-07-03T21:59:30Z')).toBe('violation of never#1');
  });

  it('a time has the other traces, and the end of what is stored, counted from it', async () => {
    const rule =
      'across span.k within 1h  when { name = "a" } as a  always { name = "b" && date(span:start) = @2026-03-02 } after a within 10m';
    const start = 'at @2026-03-01T23:58:00Z';
    const spans = 's "a" 0s..1s { span.k = 1 } trace "b"';
    expect(await actual(rule, start, `${spans} 2m { s "b" 0s..1s { span.k = 1 } }`)).toBe('pass');
    expect(await actual(rule, start, `${spans} 1m { s "b" 0s..1s { span.k = 1 } }`)).toBe(
      'violation of always#1',
    );
    expect(await actual(rule, start, 's "a" 0s..1s { span.k = 1 } until 5m')).toBe('undecided');
    expect(await actual(rule, start, 's "a" 0s..1s { span.k = 1 } until 11m')).toBe('violation of always#1');
  });

  it('a time begins with the window of a rule over many traces that holds it', async () => {
    const rule = 'over 1h  always { name = "beat" } | count_over_time() > 0';
    const beats = 's "beat" 0m..1m  s "beat" 20m..21m';
    // 10:00 and 11:00 have one each; from 10:50 on only if the first window is that of 10:00.
    expect(await actual(rule, 'at @2026-03-01T10:50:00Z', beats)).toBe('pass');
    expect(await actual(rule, 'at @2026-03-01T10:00:00Z', `${beats}  s "beat" 130m..131m`)).toBe(
      'violation of always#1 (and 2 passed)',
    );
  });
});

it('tests of rules over many traces have the traces in their blocks too', async () => {
  const rule = 'over 1m  never { name = "x" } | count_over_time() > 1';
  const only = 's "x" 1s..2s';
  expect(await actual(rule, '', only)).toBe('pass');
  expect(await actual(rule, '', `${only} trace "two" 10s { s "x" 0s..1s }`)).toBe('violation of never#1');
});

it('spans of a file have times of their own, and no test ends later than times do', () => {
  const rule = 'rule r { never { name = "x" } }';
  expect(problemsOf(`${rule} test "t" of r at @2026-01-01 from "a.json" { expect pass }`)).toEqual([
    'BT2412',
  ]);
  expect(problemsOf(`${rule} test "t" of r at @2262-01-01 { s "y" 0s..200d expect pass }`)).toEqual([
    'BT2412',
  ]);
  expect(problemsOf(`${rule} test "t" of r at 5m { s "y" 0s..1s expect pass }`)).not.toEqual([]);
});
