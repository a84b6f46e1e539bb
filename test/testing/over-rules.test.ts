import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
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

  it('run together with tests of other rules', async () => {
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

  it('judge a series that `when` or another clause has seen, where a count of it is 0', async () => {
    const reviewed = (order: string) =>
      actual(
        `over 1m when { name = "access" } | count_over_time() by (span.who) > 0 ${order}`,
        'iam "access" 1s..2s { span.who = "ann" } iam "access" 3s..4s { span.who = "bob" } iam "review" 5s..6s { span.who = "bob" }',
      );
    expect(await reviewed('always { name = "review" } | count_over_time() by (span.who) > 0')).toBe(
      'violation of always#1 (and 1 passed)',
    );
    expect(await reviewed('never { name = "review" } | rate() by (span.who) = 0')).toBe(
      'violation of never#1 (and 1 passed)',
    );
  });

  it('choose by `when` the series with its labels, whatever else the function or the clause tells them apart by', async () => {
    const spans =
      'a "x" 1s..2s { span.route = "/r" } a "x" 3s..13s { span.route = "/s" } b "x" 20s..50s { span.route = "/r" }';
    const slow = (by: string) => `never { } | quantile_over_time(duration, .99) by (${by}) > 5s`;
    const busy = 'when { } | count_over_time() by (resource.service.name) > 1';
    expect(await actual(`over 1m ${busy} ${slow('resource.service.name')}`, spans)).toBe(
      'violation of never#1',
    );
    expect(await actual(`over 1m ${busy} ${slow('span.route, resource.service.name')}`, spans)).toBe(
      'violation of never#1 (and 1 passed)',
    );
    const both = 'when { } | count_over_time() by (span.route, resource.service.name) > 0';
    expect(await actual(`over 1m ${both} ${slow('resource.service.name, span.route')}`, spans)).toBe(
      'violations 2 of never#1 (and 1 passed)',
    );
  });

  it('find a burst wherever it lies, with `every`', async () => {
    const burst = (from: number, count: number) =>
      Array.from(
        { length: count },
        (_, n) => `a "login" ${from + n}s..${from + n + 1}s { span.user = "bob" }`,
      ).join(' ');
    const many = (setting: string) =>
      `${setting} never { name = "login" } | count_over_time() by (span.user) > 5`;
    // Six within six seconds: inside a window of five minutes, and over the edge of two.
    expect(await actual(many('over 5m'), burst(100, 6))).toBe('violation of never#1');
    expect(await actual(many('over 5m'), burst(297, 6))).toBe('pass');
    expect(await actual(many('over 5m every 1m'), burst(297, 6))).toMatch(/^violations? .*never#1/u);
    expect(await actual(many('over 5m every 1m'), burst(297, 5))).toBe('pass');
    // Twice within two seconds.
    const once = (setting: string) => `${setting} never { } | count_over_time() by (span.id) > 1`;
    const twice = 'c "process" 599s..600s { span.id = "m2" } c "process" 601s..602s { span.id = "m2" }';
    expect(await actual(once('over 10m'), twice)).toBe('pass');
    expect(await actual(once('over 10m every 1m'), twice)).toMatch(/^violations? /u);
  });

  it('count a span at the start of a window in that window', async () => {
    const exactly = (count: number) => `over 10s always { name = "miss" } | count_over_time() = ${count}`;
    const misses = Array.from({ length: 25 }, (_, n) => `a "miss" ${n * 200}ms..${n * 200 + 1}ms`).join(' ');
    expect(await actual(exactly(25), misses)).toBe('pass');
    expect(await actual(exactly(1), 'a "miss" 0s..1s a "miss" 10s..11s a "miss" 20s..21s')).toBe('pass');
  });

  it('compare the quantile itself', async () => {
    const calls = [
      ...Array.from({ length: 30 }, (_, n) => `a "/refund" ${n * 1000}ms..${n * 1000 + 50}ms`),
      ...Array.from({ length: 10 }, (_, n) => `a "/refund" ${n * 1000}ms..${n * 1000 + 900}ms`),
    ].join(' ');
    const quantile = (text: string) => actual(`over 1m ${text}`, calls);
    expect(await quantile('always { } | quantile_over_time(duration, .95) < 700ms')).toBe(
      'violation of always#1',
    );
    expect(await quantile('always { } | quantile_over_time(duration, .95) = 900ms')).toBe('pass');
    expect(await quantile('always { } | quantile_over_time(duration, .5) = 50ms')).toBe('pass');
    // Linear between the two nearest: the 30th of 40 is 50 ms, the 31st 900 ms.
    expect(await quantile('always { } | quantile_over_time(duration, .75) = 262.5ms')).toBe('pass');
    expect(
      await actual(
        'over 1m always { } | quantile_over_time(duration, .5) < 1s',
        'a "x" 0s..1ms a "x" 70s..71s',
      ),
    ).toBe('violation of always#1 (and 1 passed)');
    expect(
      await actual(
        'over 1m always { name = "y" } | quantile_over_time(duration, .5) < 1s',
        'a "y" 0s..1ms a "x" 70s..71s',
      ),
    ).toBe('pass');
  });

  it('join series on the labels that they share', async () => {
    const spans = `
      a "x" 1s..2s { span.version = "1" } a "x" 2s..3s { span.version = "1" status = error }
      a "x" 3s..4s { span.version = "2" } b "x" 5s..6s { span.version = "1" }`;
    const share = (on: string) =>
      actual(
        `over 1m never ({ status = error } | rate() by (resource.service.name, span.version)) / ${on} ({ } | rate() by (resource.service.name)) > 0.3`,
        spans,
      );
    // One of three spans of service a is an error of version 1.
    expect(await share('on (resource.service.name)')).toBe('violation of never#1');
    expect(await share('ignoring (span.version)')).toBe('violation of never#1');
  });

  it('measure all durations in seconds', async () => {
    expect(await actual('over 1m never { } | max_over_time(trace:duration) > 2s', 'a "x" 0s..1s')).toBe(
      'pass',
    );
    expect(await actual('over 1m never { } | max_over_time(trace:duration) > 2s', 'a "x" 0s..3s')).toBe(
      'violation of never#1',
    );
  });
});
