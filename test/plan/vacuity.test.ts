/** What clauses of every form need in order to fail, by the compiler; the oracle calls the same ones vacuous. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { planRules } from '../../engine/plan/lower/lower.js';
import { clauseFacts } from '../../engine/plan/vacuity/rule-needs.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { loadTraces } from '../../engine/sql/relations/load.js';
import { evaluateRules } from '../../engine/sql/run/evaluate.js';
import { testTrace } from '../../engine/testing/test-trace.js';
import { vacuousClauses } from '../support/oracle/index.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => db.close());

/** One trace with the spans a and b, of which a carries span.n and resource.zone. */
const SPANS =
  's "a" 0ms..10ms { span.n = 1  resource.zone = "x" } s "b" 20ms..30ms { event "e" { event.level = "warn" } }';

/** What is known of each clause of a rule about that trace. */
async function factsOf(clauses: string, settings = '') {
  const text = `rule r { ${settings} ${clauses} } test "t" of r { ${SPANS} expect pass }`;
  const { rules, tests, files } = loadWorkspace(new Map([['r.betrace', text]]));
  const diagnostics = files.get('r.betrace')?.diagnostics ?? [];
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const plan = planRules(rules);
  const trace = testTrace(tests[0]!.item.spans, '1'.padStart(32, '0'));
  const columns = await loadTraces(db, [trace], plan.needs);
  const { rules: found } = await evaluateRules(db, plan, columns, { bucketNs: 1n << 60n, limit: 10 });
  const { rule, facts } = found[0]!;
  const known = clauseFacts(rule.needs, [...facts.values()][0]!);
  const [resolved] = rules;
  if (resolved?.kind !== 'trace') throw new Error('no rule over traces');
  expect(vacuousClauses({ ...resolved.expanded, settings: resolved.settings }, [trace])).toEqual(
    known.map(({ vacuous }) => vacuous),
  );
  return known;
}

async function missing(clause: string): Promise<readonly string[] | undefined> {
  const [facts] = await factsOf(clause);
  return facts?.vacuous ? facts.missing : undefined;
}

const NOT_VACUOUS = undefined;

describe('a clause is vacuous for want of an attribute', () => {
  test.each([
    ['never { span.gone = 1 }', ['span.gone']],
    ['never { name = "a" && span.gone > 1 }', ['span.gone']],
    ['never { !(span.gone = 1) }', ['span.gone']],
    ['never { span.gone != nil }', ['span.gone']],
    ['never { span.gone in (1, 2) }', ['span.gone']],
    ['never { .gone = 1 }', ['resource.gone', 'span.gone']],
    ['never { parent.span.gone = 1 }', ['span.gone']],
    ['never { event.gone = 1 }', ['event.gone']],
    ['never { name = "a" } where span.gone = 1', ['span.gone']],
    ['never { span.gone = 1 } >> { name = "a" }', ['span.gone']],
    ['never { name = "b" } && { span.gone = 1 }', ['span.gone']],
    ['never { name = "b" } before { name = "a" } and { span.gone = 1 }', ['span.gone']],
    ['never { span.gone = 1 } before { name = "a" }', ['span.gone']],
    ['never { name = "a" } then { span.gone = 1 }', ['span.gone']],
    ['always not { span.gone = 1 }', ['span.gone']],
    ['always count({ span.gone = 1 }) <= 3', ['span.gone']],
    ['never count({ span.gone = 1 }) > 3', ['span.gone']],
    ['always count({ span.gone = 1 }) < 2', ['span.gone']],
    ['always count({ span.gone = 1 }) = 0', ['span.gone']],
    ['never distinct({ name = "a" }, span.gone) > 1', ['span.gone']],
    ['never count({ span.gone = 1 }) = 7', ['span.gone']],
    ['always distinct({ name = "a" }, span.gone) != 1000001', ['span.gone']],
    ['never count({ span.gone = 1 }) * 2 - count({ span.gone = 1 }) = 11', ['span.gone']],
    ['always count({ span.gone = 1 }) / count({ name = "a" }) < 0.5', ['span.gone']],
    ['always count({ span.gone = 1 }) <= count({ name = "a" })', ['span.gone']],
    ['always sum({ name = "a" }, span.gone) < 3', ['span.gone']],
    ['never { span.gone = 1 } | count() > 1', ['span.gone']],
    ['always { span.gone = 1 } | count() <= 1', ['span.gone']],
    ['never { name = "a" } | sum(span.gone) > 1', ['span.gone']],
    ['never { name = "a" } | by(span.gone) | count() > 1', ['span.gone']],
  ])('%s', async (clause, expected) => {
    expect([...((await missing(clause)) ?? ['not vacuous'])].sort()).toEqual(expected);
  });
});

describe('a clause is vacuous for want of what it refers to', () => {
  test.each([
    ['always { name = "b" } during { name = "gone" }', ['{ name = "gone" }']],
    ['always { name = "b" } before { name = "gone" }', ['{ name = "gone" }']],
    ['always { name = "x" } between { name = "a" } and { name = "gone" }', ['{ name = "gone" }']],
    ['never { name = "b" } after { name = "gone" }', ['{ name = "gone" }']],
    ['always { name = "b" } before ({ name = "b" } > { name = "a" })', ['({ name = "b" } > { name = "a" })']],
  ])('%s', async (clause, expected) => {
    const [facts] = await factsOf(clause);
    expect(facts).toMatchObject({ vacuous: true, missing: [], unmatched: expected });
  });
});

describe('a clause that could have failed is not vacuous', () => {
  test.each([
    'never { name = "gone" }',
    'never { span.n > 5 }',
    'never { span.n = 7 || span.gone = 1 }',
    'never { resource.zone = "y" }',
    'never { name = "gone" && span.gone = nil }',
    'never { event.level = "error" }',
    'never { event:name = "gone" }',
    'always { span.gone = 1 }',
    'always { span.gone = 1 } before { name = "b" }',
    'always { span.gone = 1 } then { name = "b" }',
    'when { name = "gone" } as x always { name = "b" } before ({ name = "a" } | select(x.span.n))',
    'never not { span.gone = 1 }',
    'never { span.gone = 1 } or { name = "gone" }',
    'always count({ span.gone = 1 }) >= 1',
    'never count({ span.gone = 1 }) = -7',
    'never count({ span.gone = 1 }) < 0',
    'always count({ span.gone = 1 }) = count({ name = "a" })',
    'never count({ name = "a" }) > count({ span.gone = 1 }) + 5',
    'never { span.gone = 1 } | count() = 0',
    'never { name = "gone" } | count() = 7',
    'never { name = "a" } | by(span.n) | count() > 1',
    'never { span.gone = 1 } !>> { name = "gone" }',
  ])('%s', async (clause) => {
    expect(await missing(clause)).toBe(NOT_VACUOUS);
  });
});

test('what merely never occurred is listed next to a clause that could have failed', async () => {
  expect(await factsOf('never { name = "bb" }')).toEqual([
    { vacuous: false, missing: [], unmatched: ['{ name = "bb" }'] },
  ]);
});

test('a clause that could fail in no run is not vacuous', async () => {
  expect(await factsOf('always count({ name = "a" }) >= 0')).toMatchObject([{ vacuous: false }]);
});

test('where what cannot be determined is a violation, nothing is vacuous for it', async () => {
  const clause = 'always sum({ name = "a" }, span.gone) < 3';
  expect(await factsOf(clause, 'required = true')).toMatchObject([{ vacuous: false }]);
});
