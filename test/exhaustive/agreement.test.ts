/**
 * The compiler against the oracle: random rules over random traces give the same verdicts by both, whatever the order, the
 * fragments and the copies in which the spans arrive.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Trace } from '../../engine/otlp/model.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { bound, exists, named, operation, pattern, relation } from '../support/arbitrary/build.js';
import { aRule } from '../support/arbitrary/rule.js';
import { span, traceId } from '../support/arbitrary/spans.js';
import { aTrace, disturbed, someTraces } from '../support/arbitrary/trace.js';
import { compiledOutcomes, oracleOutcomes, vacuousOverParts } from '../support/evaluation.js';
import type { OracleRule } from '../support/oracle/index.js';
import { runs } from '../support/runs.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => {
  db.close();
});

// Enough for hits to be tried, or not.
const someRules = fc.array(aRule, { minLength: 3, maxLength: 6 });

describe('compiled rules', () => {
  it('give the verdicts of the oracle', async () => {
    await fc.assert(
      fc.asyncProperty(someRules, someTraces, async (rules, traces) => {
        expect(await compiledOutcomes(db, rules, traces)).toEqual(oracleOutcomes(rules, traces));
      }),
      { numRuns: runs(40) },
    );
  });

  it('find the same clauses vacuous, however the traces are shared out over parts of a run', async () => {
    const shared = someTraces.chain((traces) =>
      fc.tuple(
        fc.constant(traces),
        fc.array(fc.nat(2), { minLength: traces.length, maxLength: traces.length }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(someRules, shared, async (rules, [traces, partOf]) => {
        const parts = [0, 1, 2].map((part) => traces.filter((_, n) => partOf[n] === part));
        expect(await vacuousOverParts(db, rules, parts)).toEqual(
          oracleOutcomes(rules, traces).map(({ vacuous }) => vacuous),
        );
      }),
      { numRuns: runs(20) },
    );
  });

  it('take no reference to a bound span for met where there is no case', async () => {
    const reference = operation('||', named('a'), bound('x'));
    const rule: OracleRule = {
      when: exists(pattern(named('none'), { as: 'x' })),
      clauses: [{ keyword: 'always', index: 1, condition: relation(named('b'), 'before', reference) }],
      settings: { required: false, skewNs: 0n },
    };
    const traces: readonly Trace[] = [{ traceId: traceId(1), spans: [span(1, undefined, { name: 'a' })] }];
    const [found] = await compiledOutcomes(db, [rule], traces);
    expect(found?.vacuous).toEqual(['always#1']);
    expect([found]).toEqual(oracleOutcomes([rule], traces));
  });

  it('give the same verdicts for any order, fragments and copies of the spans, among other traces', async () => {
    const delivered = someTraces.chain((traces) =>
      fc.tuple(fc.constant(traces), disturbed(traces), aTrace(99)),
    );
    await fc.assert(
      fc.asyncProperty(someRules, delivered, async (rules, [traces, fragments, other]) => {
        const without = (outcomes: readonly { readonly violations: readonly string[] }[]) =>
          outcomes.map(({ violations }) =>
            violations.filter((violation) => !violation.startsWith(other.traceId)),
          );
        const plain = await compiledOutcomes(db, rules, traces);
        const mixed = await compiledOutcomes(db, rules, [...fragments, other]);
        expect(without(mixed)).toEqual(without(plain));
      }),
      { numRuns: runs(15) },
    );
  });
});
