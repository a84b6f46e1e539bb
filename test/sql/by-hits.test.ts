/** Rules that the hits of traces decide get the verdicts that they get when every span is looked at. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import type { Span, Trace } from '../../engine/otlp/model.js';
import { planRules } from '../../engine/plan/lower/lower.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { loadTraces } from '../../engine/sql/relations/load.js';
import { evaluateRules } from '../../engine/sql/run/evaluate.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => db.close());

const CONDITIONS = [
  '{ name = "b" }',
  'not { name = "b" }',
  '{ name = "b" } and { name = "c" }',
  '{ name = "b" } or { name = "c" }',
  '{ name = "b" } && { name = "c" }',
  '{ name = "b" } || { name = "c" }',
  '{ name = "b" } >> { name = "c" }',
  '{ name = "b" } !>> { name = "c" }',
  '{ name = "b" } &>> { name = "c" }',
  '{ name = "b" } | count() = 0',
  '{ name = "b" } | count() > 1',
  '({ name = "b" } | { kind = server }) && { name = "c" }',
  '{ name = "b" } before { name = "c" }',
  'not { name = "b" } before { name = "c" }',
  '{ name = "c" } overlaps { name = "b" }',
  '{ name = "a" } between { name = "b" } and { name = "c" }',
  '{ name = "c" } between { name = "a" } and { name = "b" }',
  '{ name = "b" } then { name = "c" }',
  '{ name = "b" } then not { name = "a" } then { name = "c" }',
  'count({ name = "b" }) = 0',
  'count({ name = "b" }) != 0',
  'count({ name = "b" }) < 1',
  '0 >= count({ name = "b" })',
  'count({ name = "b" }) > 1',
  'sum({ name = "b" }, span:duration) > 3ns',
  'sum({ name = "b" }, span:duration) != nil',
];
const BOUND = [
  '{ name = "b" } after x',
  'x before { name = "b" }',
  'not x before { name = "b" }',
  'x >> { name = "b" }',
  '{ name = "b" && span.n != x.span.n }',
  '{ name = "b" } between x and { name = "c" }',
  'count(x >> { name = "b" }) <= 1',
];
const WHENS = [
  '',
  'when { name = "a" }',
  'when { name = "a" } as x',
  'when { name = "a" } as x and { name = "c" }',
  'when { name = "a" } as x and not { name = "c" } before x',
  'when count({ name = "a" }) = 0',
];

const RULES = WHENS.flatMap((when) => [
  ...[...CONDITIONS, ...(when.includes(' as x') ? BOUND : [])].flatMap((condition) => [
    `${when} always ${condition}`,
    `${when} never ${condition}`,
  ]),
  `${when} never { name = "c" } always { name = "b" } always { name = "a" } before { name = "b" }`,
]);

/** All spans of a trace are in one bucket, so that passed cases counted by trace are counted by bucket too. */
const BUCKET = 100n;

/** The spans of some of the names, in a few orders, one or more of each, below each other or side by side. */
function tracesOf(names: readonly string[], start: number): readonly Trace[] {
  const orders = [names, [...names].reverse(), [...names, ...names]];
  return orders.map((order, n) => ({
    traceId: (start + n + 1).toString(16).padStart(32, '0'),
    spans: order.map((name, i) => span(name, i, n === 1 ? 1 : i, BigInt(start) * BUCKET)),
  }));
}

function span(name: string, i: number, parent: number, begun: bigint): Span {
  const id = (n: number): string => n.toString(16).padStart(16, '0');
  return {
    spanId: id(i + 1),
    parentSpanId: parent === 0 || i === 0 ? '' : id(parent),
    name,
    kind: i === 1 ? 'server' : 'internal',
    status: 'unset',
    statusMessage: '',
    start: begun + BigInt(i * 10),
    duration: 5n,
    resource: new Map(),
    scope: { name: '', version: '', attributes: new Map() },
    attributes: new Map([['n', BigInt(i)]]),
    events: [],
    links: [],
  };
}

const SUBSETS = [['a'], ['b'], ['a', 'b'], ['a', 'c'], ['d'], ['a', 'b', 'c']];

// Of traces that are all alike most is decided; of all kinds together little is. Those of one kind come at three times, so that
// the limit leaves some of their violations out, and each kind is for a third of the rules.
const ALIKE = SUBSETS.slice(0, 5).map((names) => [names, names, names]);
describe.each([
  ...ALIKE.map((subsets, n) => ({ subsets, rules: RULES.filter((_, rule) => rule % 3 === n % 3) })),
  { subsets: SUBSETS, rules: RULES },
])('over traces of $subsets', ({ subsets, rules: bodies }) => {
  it('gives the same verdicts, violations and evidence', async () => {
    const text = bodies.map((body, n) => `rule rule-${n} { ${body} }`).join('\n');
    const { rules, files } = loadWorkspace(new Map([['by-hits.betrace', text]]));
    const wrong = [...files.values()].flatMap(({ diagnostics }) =>
      diagnostics.filter((d) => d.severity === 'error'),
    );
    expect(wrong.map(({ message }) => message)).toEqual([]);
    const plan = planRules(rules);
    const columns = await loadTraces(
      db,
      subsets.flatMap((names, n) => tracesOf(names, n * 10)),
      plan.needs,
    );
    const options = { bucketNs: BUCKET, limit: 3 };
    const byHits = await evaluateRules(db, plan, columns, options);
    // Where passed cases are listed by trace, hits are not tried.
    const bySpans = await evaluateRules(db, plan, columns, { ...options, passesBy: 'trace' });
    for (const [n, found] of byHits.rules.entries())
      expect({ ...found, ms: 0 }, bodies[n]).toEqual({ ...bySpans.rules[n], ms: 0 });
  });
});
