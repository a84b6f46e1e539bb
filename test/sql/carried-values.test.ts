/** What violations carry of the span that each is about: of the first bound span, else of the first that a test matched, else of the first of the trace. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { carriedAttributes, carriedField } from '../../engine/plan/carried.js';
import { planRules } from '../../engine/plan/lower/lower.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { loadTraces } from '../../engine/sql/relations/load.js';
import { evaluateRules } from '../../engine/sql/run/evaluate.js';
import { rulesOf } from '../live/simulation/rules.js';
import { span, trace } from '../support/arbitrary/spans.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => db.close());

const ofVersion = (version: string) => ({ 'service.version': version });
const SHOP = trace(
  span(1, undefined, { name: 'order', resource: ofVersion('1') }),
  span(2, 1, { name: 'reserve', resource: ofVersion('2'), attributes: { n: 5n, 'odd,key': 'x' } }),
  span(3, 1, { name: 'pay', attributes: { n: 1.5 } }),
);

async function carried(clauses: string, names = ['resource.service.version', 'span.n']) {
  const plan = planRules(rulesOf(`rule one { ${clauses} }`), carriedAttributes(names).map(carriedField));
  const columns = await loadTraces(db, [SHOP], plan.needs);
  const { rules, failed } = await evaluateRules(db, plan, columns, { bucketNs: 1n << 60n, limit: 10 });
  expect(failed).toEqual([]);
  return rules[0]!.violations.map((violation) => violation.carried && Object.fromEntries(violation.carried));
}

describe('a violation carries attributes', () => {
  it.each([
    [
      'of the bound span',
      'when { name = "order" } as o always { name = "email" } after o',
      [{ 'resource.service.version': '1' }],
    ],
    [
      'of the first span that must not be',
      'never { name =~ "pay|reserve" }',
      [{ 'resource.service.version': '2', 'span.n': 5 }],
    ],
    [
      'of the first span of the trace, where nothing was matched',
      'always { name = "email" }',
      [{ 'resource.service.version': '1' }],
    ],
    ['that are there', 'never { name = "pay" }', [{ 'span.n': 1.5 }]],
  ])('%s', async (_, clauses, expected) => {
    expect(await carried(clauses)).toEqual(expected);
  });

  it('with names that have to be quoted', async () => {
    expect(await carried('never { name = "reserve" }', ['span."odd,key"'])).toEqual([
      { 'span."odd,key"': 'x' },
    ]);
  });

  it('only where somebody asks', async () => {
    expect(await carried('never { name = "pay" }', [])).toEqual([undefined]);
  });
});
