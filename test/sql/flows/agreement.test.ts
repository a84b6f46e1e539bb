/** Rules across traces by the compiler and by the oracle: random rules over random forests of traces give the same verdicts. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Field } from '../../../engine/language/tree/ast.js';
import { Database } from '../../../engine/sql/dialects/duckdb/database.js';
import { attribute, exists, named, pattern, pipeline, select } from '../../support/arbitrary/build.js';
import { aRule } from '../../support/arbitrary/rule.js';
import { EPOCH, span, TICK, trace } from '../../support/arbitrary/spans.js';
import { aTrace, disturbed, someTraces } from '../../support/arbitrary/trace.js';
import { compiledFlows, oracleFlows } from '../../support/flow-evaluation.js';
import type { OracleFlowRule } from '../../support/oracle/flow.js';
import { namedPatterns } from '../../support/oracle/verdict.js';
import { runs } from '../../support/runs.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => {
  db.close();
});

const range = { start: 0, end: 0 };

const key = (scope: 'span' | 'resource' | 'any', name: string): Field => ({
  kind: 'attribute',
  scope,
  key: name,
  hop: 'self',
  range,
});
const keys: readonly (readonly Field[])[] = [
  [key('span', 'k')],
  [key('span', 'n')],
  [key('any', 'k')],
  [key('span', 's'), key('resource', 'k')],
  [],
];

const aFlowRule: fc.Arbitrary<OracleFlowRule> = fc
  .tuple(aRule, fc.constantFrom(...keys), fc.constantFrom(1n, 3n, 8n, 30n))
  .map(([rule, fields, ticks]) => ({
    ...rule,
    across: {
      // Linked traces are a flow of a bound span.
      fields: fields.length === 0 && namedPatterns(rule.when).length === 0 ? keys[0]! : fields,
      withinNs: ticks * TICK,
    },
  }));
const someRules = fc.array(aFlowRule, { minLength: 2, maxLength: 4 });

const timeAt = (ticks: number): bigint => EPOCH + BigInt(ticks) * TICK;
const aRange = fc
  .record(
    {
      fromNs: fc.nat(4).map(timeAt),
      toNs: fc.integer({ min: 3, max: 12 }).map(timeAt),
      endNs: fc.nat(14).map(timeAt),
    },
    { requiredKeys: [] },
  )
  .map((some) => some as { fromNs?: bigint; toNs?: bigint; endNs?: bigint });

describe('compiled rules across traces', () => {
  it('give the verdicts of the oracle, undecided ones among them', async () => {
    await fc.assert(
      fc.asyncProperty(someRules, someTraces, aRange, async (rules, traces, window) => {
        expect(await compiledFlows(db, rules, traces, window)).toEqual(oracleFlows(rules, traces, window));
      }),
      { numRuns: runs(30) },
    );
  });

  it('read nothing of what a pattern selects to be shown: a later span that changes it undoes nothing', async () => {
    const shown = pattern(pipeline(named('b'), select(attribute('span', 'n', { hop: 'root' }))));
    const rule: OracleFlowRule = {
      when: exists(pattern(named('a'), { as: 'x' })),
      clauses: [{ keyword: 'always', index: 1, condition: exists(shown) }],
      settings: { required: false, skewNs: 0n },
      across: { fields: keys[0]!, withinNs: 3n * TICK },
    };
    const attributes = { k: 'key' };
    const traces = [trace(span(1, undefined, { attributes }), span(2, 1, { name: 'b', attributes }))];
    const range = { endNs: timeAt(2) };
    const found = await compiledFlows(db, [rule], traces, range);
    expect(found).toEqual([{ passed: 1, cannotTell: 0, undecided: 0, violations: [] }]);
    expect(oracleFlows([rule], traces, range)).toEqual(found);
  });

  it('give the same for any order, fragments and copies of the spans, and for any shares of the flows', async () => {
    const delivered = someTraces.chain((traces) => fc.tuple(fc.constant(traces), disturbed(traces)));
    await fc.assert(
      fc.asyncProperty(someRules, delivered, aRange, async (rules, [traces, fragments], window) => {
        const plain = await compiledFlows(db, rules, traces, window);
        expect(await compiledFlows(db, rules, fragments, { ...window, shareOf: 5 })).toEqual(plain);
      }),
      { numRuns: runs(10) },
    );
  });

  it('give the same among traces of other keys', async () => {
    const stranger = aTrace(99).map((trace) => ({
      ...trace,
      spans: trace.spans.map((span) => ({
        ...span,
        resource: new Map([['k', 'stranger']]),
        attributes: new Map([...span.attributes, ['k', 'stranger'], ['n', 'stranger'], ['s', 'stranger']]),
        links: [],
      })),
    }));
    await fc.assert(
      fc.asyncProperty(someRules, someTraces, stranger, async (rules, traces, other) => {
        const bound = rules.filter(
          ({ when, across }) => namedPatterns(when).length > 0 && across.fields.length > 0,
        );
        const found = await compiledFlows(db, bound, [...traces, other], {});
        const plain = await compiledFlows(db, bound, traces, {});
        const own = (all: readonly string[]) => all.filter((id) => !id.includes(other.traceId));
        expect(found.map(({ violations }) => own(violations))).toEqual(
          plain.map(({ violations }) => violations),
        );
      }),
      { numRuns: runs(10) },
    );
  });
});
