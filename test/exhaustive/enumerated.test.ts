/** Every operator with every type of operand, present, missing and in an array, in every scope: compiled as the oracle has it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Trace } from '../../engine/otlp/model.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { bound, exists, pattern } from '../support/arbitrary/build.js';
import { enumeratedFilters, enumeratedTrace } from '../support/arbitrary/enumerated.js';
import { compiledOutcomes, oracleOutcomes } from '../support/evaluation.js';
import type { OracleRule } from '../support/oracle/index.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => {
  db.close();
});

/** Each span that the filter matches is a violation, so the outcome names them all. */
function ruleOf(filter: (typeof enumeratedFilters)[number]['filter']): OracleRule {
  return {
    when: exists(pattern(filter, { as: 'x' })),
    clauses: [{ keyword: 'never', index: 1, condition: exists(bound('x')) }],
    settings: { required: false, skewNs: 0n },
  };
}

/** The same spans with nothing but what every span has: columns of attributes are not there then. */
const bareTrace: Trace = {
  ...enumeratedTrace,
  spans: enumeratedTrace.spans.map((span) => ({
    ...span,
    attributes: new Map(),
    resource: new Map(),
    events: [],
    links: [],
    scope: { name: '', version: '', attributes: new Map() },
  })),
};

it.each([
  ['', enumeratedTrace, 1],
  // What is missing is missing whatever it is compared with.
  [' where no span has an attribute', bareTrace, 4],
])('matches the same spans as the oracle, filter by filter%s', async (_, trace, every) => {
  const all = enumeratedFilters.filter((_, n) => n % every === 0);
  const differing: unknown[] = [];
  for (let from = 0; from < all.length; from += 60) {
    const filters = all.slice(from, from + 60);
    const rules = filters.map(({ filter }) => ruleOf(filter));
    const compiled = await compiledOutcomes(db, rules, [trace]);
    const oracle = oracleOutcomes(rules, [trace]);
    for (const [n, { title }] of filters.entries())
      if (JSON.stringify(compiled[n]) !== JSON.stringify(oracle[n]))
        differing.push({ title, compiled: compiled[n], oracle: oracle[n] });
  }
  expect(all.length).toBeGreaterThan(300);
  expect(differing).toEqual([]);
});
