/** Rules of one run share the pass over the spans, however many they are. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import type { Span, Trace } from '../../engine/otlp/model.js';
import { planRules } from '../../engine/plan/lower/lower.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { loadTraces } from '../../engine/sql/relations/load.js';
import { evaluateRules } from '../../engine/sql/run/evaluate.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 2 });
});
afterAll(() => db.close());

const RULES = 150; // more filters than an integer has bits

function span(step: number, amount: bigint): Span {
  return {
    spanId: (step + 1).toString(16).padStart(16, '0'),
    parentSpanId: '',
    name: `step-${step}`,
    kind: 'internal',
    status: 'unset',
    statusMessage: '',
    start: BigInt(step),
    duration: 1n,
    resource: new Map(),
    scope: { name: '', version: '', attributes: new Map() },
    attributes: new Map([['amount', amount]]),
    events: [],
    links: [],
  };
}

/** A trace for each rule: its own span, and the next rule's in every third. */
const traces: readonly Trace[] = Array.from({ length: RULES }, (_, n) => ({
  traceId: (n + 1).toString(16).padStart(32, '0'),
  spans: [span(n, 5n), ...(n % 3 === 0 ? [span(n + 1, 50n)] : [])],
}));

async function violated(texts: readonly string[], limit = 10): Promise<readonly (readonly string[])[]> {
  const text = texts.map((body, n) => `rule rule-${n} { ${body} }`).join('\n');
  const { rules } = loadWorkspace(new Map([['many.betrace', text]]));
  const plan = planRules(rules);
  const columns = await loadTraces(db, traces, plan.needs);
  const { rules: found } = await evaluateRules(db, plan, columns, { bucketNs: 1n << 60n, limit });
  return found.map(({ violations }) => violations.map(({ traceId }) => traceId.replace(/^0+/, '')));
}

const numbered = (text: (rule: number) => string): readonly string[] =>
  Array.from({ length: RULES }, (_, n) => text(n));

it('tells the spans of each of many filters from those of all others', async () => {
  const found = await violated(
    numbered((n) => `when { name = "step-${n}" } always { name = "step-${n + 1}" && span.amount > 10 }`),
  );
  // The trace of rule n has the next step in every third; in the trace after such a one the step is there without its next.
  const expected = Array.from({ length: RULES }, (_, n) => {
    const own = n % 3 === 0 ? [] : [n + 1];
    const before = n % 3 === 1 ? [n] : [];
    return [...before, ...own].map((id) => id.toString(16));
  });
  expect(found.map((ids) => [...ids].sort())).toEqual(expected.map((ids) => [...ids].sort()));
});

it('lists the earliest violations of each rule, whatever the others have', async () => {
  const bodies = ['always { name = "nothing" }', 'when { name = "step-101" } always { name = "nothing" }'];
  const all = await violated(bodies, 1000);
  expect(all.map((ids) => ids.length)).toEqual([RULES, 1]);
  const some = await violated(bodies, 7);
  expect(some).toEqual([all[0]!.slice(0, 7), all[1]]);
});
