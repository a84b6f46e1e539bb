/** Tests of rules across traces: several traces in one test, links by name, and what is undecided. */
import { afterAll, beforeAll, expect, it } from 'vitest';
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

/** What the rule gives for these traces. */
async function actual(rule: string, traces: string): Promise<string> {
  const text = `rule r { ${rule} } test "t" of r { ${traces} expect pass }`;
  const { files, tests } = loadWorkspace(new Map([['a.betrace', text]]));
  const diagnostics = [...files.values()].flatMap((file) => file.diagnostics);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const [result] = await runTests(db, tests, async () => ({ problem: 'no files here' }));
  return result?.problem ?? result?.actual ?? '';
}

const SHIPS = `across span.order.id within 1h
  when { name = "created" } as o
  always { name = "shipped" } after o within 10m`;
const CREATED = 'shop "created" 0ms..1s { span.order.id = "o-1" }';
const shipped = (begins: string, order = 'o-1'): string =>
  `trace "ship" ${begins} { s "POST" 0ms..2s { span.order.id = "${order}"  s "shipped" 0ms..1s { } } }`;

it('finds the key above a span, in another trace', async () => {
  expect(await actual(SHIPS, CREATED + shipped('5m'))).toBe('pass');
  expect(await actual(SHIPS, CREATED + shipped('5m', 'o-2'))).toBe('violation of always#1');
});

it('takes the only value of a trace for spans that no other span tells one of', async () => {
  const only =
    'trace "ship" 5m { s "POST" 0ms..2s { s "label" 0ms..1s { span.order.id = "o-1" } s "shipped" 1s..2s { } } }';
  const two = only.replace('s "shipped"', 's "label" 0ms..1s { span.order.id = "o-2" } s "shipped"');
  expect(await actual(SHIPS, CREATED + only)).toBe('pass');
  expect(await actual(SHIPS, CREATED + two)).toBe('violation of always#1');
});

it('leaves a case undecided until the bound of its clause has passed, and not longer', async () => {
  expect(await actual(SHIPS, `${CREATED} until 10m`)).toBe('undecided');
  expect(await actual(SHIPS, `${CREATED} until 602s`)).toBe('violation of always#1');
  expect(await actual(SHIPS, `${CREATED + shipped('5m')} until 6m`)).toBe('pass');
});

it('sees what starts within its window, to the nanosecond', async () => {
  const rule = 'across span.k within 5s  when { name = "x" } as x  never { name = "y" }';
  const seen = (begins: string): Promise<string> =>
    actual(rule, `s "x" 10s..11s { span.k = 1 } trace "other" ${begins} { s "y" 0ms..1ms { span.k = 1.0 } }`);
  expect(await seen('5s')).toBe('violation of never#1');
  expect(await seen('4999999999ns')).toBe('pass');
  expect(await seen('16s')).toBe('violation of never#1');
  expect(await seen('16000000001ns')).toBe('pass');
});

it('cuts a flow without a bound span where nothing starts for long', async () => {
  const rule = 'across span.k within 5s  always { name = "y" }';
  const traces = (pause: string): string =>
    `s "x" 0s..60s { span.k = "a" } trace "b" ${pause} { s "y" 0ms..1ms { span.k = "a" } }`;
  expect(await actual(rule, traces('5s'))).toBe('pass');
  expect(await actual(rule, traces('5001ms'))).toBe('violation of always#1 (and 1 passed)');
});

it('follows links one step, in either direction', async () => {
  const rule = 'across links within 1m  when { name = "read" } as r  always { name = "audit" } after r';
  const read = 'trace "read" { s "read" 0ms..1ms { } }';
  const audit = 'trace "audit" 5s { s "audit" 0ms..1ms { link "read" } }';
  const further =
    'trace "job" 1s { s "job" 0ms..1ms { link "read" } } trace "audit" 5s { s "audit" 0ms..1ms { link "job" } }';
  expect(await actual(rule, read + audit)).toBe('pass');
  expect(await actual(rule, read.replace('{ }', '{ link "audit" }') + audit.replace('link "read"', ''))).toBe(
    'pass',
  );
  expect(await actual(rule, read + further)).toBe('violation of always#1');
});

it('keeps structure inside one trace', async () => {
  const rule = 'across span.k within 1m  when { name = "x" } as x  always { name = "y" } under x';
  const apart =
    's "x" 0ms..9ms { span.k = "a" } trace "b" { s "z" 0ms..9ms { span.k = "a" s "y" 1ms..2ms { } } }';
  expect(await actual(rule, apart)).toBe('violation of always#1');
  expect(await actual(rule, 's "x" 0ms..9ms { span.k = "a" s "y" 1ms..2ms { } }')).toBe('pass');
});

it('says that a clause could not have failed for want of data', async () => {
  const rule = 'across span.k within 1m  when { name = "x" } as x  never { span.never.there = 1 } after x';
  expect(await actual(rule, 's "x" 0ms..9ms { span.k = "a" }')).toContain('vacuous');
});
