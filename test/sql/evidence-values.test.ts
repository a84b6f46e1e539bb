/** What is shown of the spans that are evidence is what the clause compared on them. */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import type { Trace } from '../../engine/otlp/model.js';
import { fieldText } from '../../engine/plan/expression.js';
import { planRules } from '../../engine/plan/lower/lower.js';
import { lowerField } from '../../engine/plan/lower/lower-expression.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { duckdb } from '../../engine/sql/dialects/duckdb/dialect.js';
import { loadTraces } from '../../engine/sql/relations/load.js';
import { evaluateRules } from '../../engine/sql/run/evaluate.js';
import type { Sql } from '../../engine/sql/text/sql.js';
import type { EvidenceSpan } from '../../engine/verdicts/violation.js';
import { aRule } from '../support/arbitrary/rule.js';
import { event, link, span, trace } from '../support/arbitrary/spans.js';
import { someTraces } from '../support/arbitrary/trace.js';
import { asResolved } from '../support/evaluation.js';
import { comparedOn } from '../support/oracle/compared.js';
import { mergeTraces } from '../support/oracle/index.js';
import type { Value } from '../support/oracle/values.js';
import { runs } from '../support/runs.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => db.close());

const SHOP = trace(
  span(1, undefined, { name: 'order', kind: 'server', attributes: { tenant: 'a' } }),
  span(2, 1, {
    name: 'reserve',
    status: 'error',
    attributes: { tenant: 'b', n: 5n, list: ['x', 'y'] },
    resource: { zone: 'z1' },
    events: [event('retry', { n: 1n }), event('retry', { n: 2n }), event('other', {})],
    links: [link(7, 8)],
  }),
  span(3, 1, { name: 'reserve', attributes: { tenant: 'a', key: 'k1', n: 1n } }),
  span(4, 1, { name: 'audit', attributes: { key: 'k1', n: 9n } }),
);

async function evidenceOf(text: string, traces: readonly Trace[] = [SHOP]) {
  const { rules, files } = loadWorkspace(new Map([['r.betrace', text]]));
  const wrong = [...files.values()].flatMap(({ diagnostics }) =>
    diagnostics.filter((diagnostic) => diagnostic.severity === 'error'),
  );
  expect(wrong.map(({ message }) => message)).toEqual([]);
  const plan = planRules(rules);
  const columns = await loadTraces(db, traces, plan.needs);
  const options = { bucketNs: 1n << 60n, limit: 10 };
  const { rules: found, failed } = await evaluateRules(db, plan, columns, options);
  expect(failed).toEqual([]);
  return found.map(({ violations }) => violations.map(({ evidence }) => evidence.map(shown)));
}

function shown({ bound, spanId, values }: EvidenceSpan): string {
  const shownValues = [...values].map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  return `${bound === undefined ? '' : `${bound}:`}${Number(spanId)}${shownValues.join('')}`;
}

/** The evidence of the only violation of one clause. */
async function onlyEvidence(clauses: string): Promise<readonly string[]> {
  const [violations] = await evidenceOf(`rule one { ${clauses} }`);
  expect(violations).toHaveLength(1);
  return violations![0]!;
}

describe('a span that a never found comes with', () => {
  it.each([
    [
      'what was compared with a bound span',
      'when { name = "order" } as x never { name = "reserve" && span.tenant != x.span.tenant }',
      ['x:1', '2 span.tenant="b"'],
    ],
    ['what a filter compares with a literal', 'never { span.n > 8 }', ['4 span.n=9']],
    [
      'all that its filter compares, missing or not',
      'never { span.tenant != "a" && (.zone = "z2" || resource.zone = "z1" || span.none = 1) && status != ok && name = "reserve" }',
      ['2 span.tenant="b" .zone="z1" resource.zone="z1" span.none=null span:status="error"'],
    ],
    [
      'fields of its parent, its root and its trace',
      'never { name = "audit" && parent.span.tenant != "b" && root.kind != client && trace:rootName =~ "o.*" }',
      ['4 parent.span.tenant="a" root.span:kind="server" trace:rootName="order"'],
    ],
    ['counts of children', 'never { span:childCount > 2 }', ['1 span:childCount=3']],
    ['arrays', 'never { span.list contains "x" }', ['2 span.list=["x","y"]']],
    [
      'what its events and links have, each value once',
      'never { event:name != "third" && event.n > 0 && link:spanID != nil }',
      ['2 event:name=["other","retry"] event.n=[1,2] link:spanID="0000000000000008"'],
    ],
    [
      'what groups are made by',
      'never { } | by(span.key) | count() > 1 | { span.key != nil }',
      ['3 span.key="k1"', '4 span.key="k1"'],
    ],
    ['what is added up', 'always sum({ name = "reserve" }, span.n) < 6', ['2 span.n=5', '3 span.n=1']],
    [
      'what aggregates of groups are taken of',
      'never { name = "reserve" } | max(span.n) > 4',
      ['2 span.n=5', '3 span.n=1'],
    ],
    ['what must not hold', 'always not { span.key =~ "k.*" && span.n < 2 }', ['3 span.key="k1" span.n=1']],
    [
      'only what the filters that it matches compare',
      'never { span.tenant =~ "b+" } && { span.key =~ "k1" && name = "audit" }',
      ['2 span.tenant="b"', '4 span.key="k1"'],
    ],
    [
      'its own values where it is bound too',
      'when { name = "audit" } as x never x where span.n > 3',
      ['x:4 span.n=9'],
    ],
    [
      'nothing that is shown of it anyway, or that the clause has',
      'never { name =~ "aud.*" && span.key = "k1" && resource.service.name != "x" } && { kind != client }',
      ['1 span:kind="server"', '2 span:kind="internal"', '3 span:kind="internal"', '4 span:kind="internal"'],
    ],
  ])('%s', async (_, clauses, evidence) => {
    expect(await onlyEvidence(clauses)).toEqual(evidence);
  });
});

it('the clauses of several rules tell each its own', async () => {
  const rules = [
    'never { span.n > 8 }',
    'when { name = "order" } never { name = "none" } never { span.key != "k2" && name = "audit" }',
    'when { name = "order" } as x always { name = "none" } after x',
    'never { span.n > 8 && parent.span.tenant != "b" }',
    'never { name = "audit" }',
    'never { name = "order" }',
  ].map((clauses, n) => `rule r${n} { ${clauses} }`);
  expect(await evidenceOf(rules.join('\n'))).toEqual([
    [['4 span.n=9']],
    [['1', '4 span.key="k1"']],
    [['x:1']],
    [['4 span.n=9 parent.span.tenant="a"']],
    [['4']],
    [['1']],
  ]);
});

it('where clauses compare nothing, nothing more is asked', async () => {
  const asked = async (clause: string) => {
    const statements: string[] = [];
    const run = async (sql: Sql) => {
      statements.push(sql.in(duckdb));
      await db.run(sql);
    };
    const spied = Object.create(db, { run: { value: run } }) as Database;
    const { rules } = loadWorkspace(new Map([['r.betrace', `rule a { ${clause} }`]]));
    const plan = planRules(rules);
    const columns = await loadTraces(db, [SHOP], plan.needs);
    const { rules: found } = await evaluateRules(spied, plan, columns, { bucketNs: 1n << 60n, limit: 10 });
    expect(found[0]!.violations).toHaveLength(1);
    return statements.filter((sql) => sql.includes('evidence_')).length;
  };
  expect(await asked('never { name = "audit" && span.key = "k1" }')).toBe(0);
  // The spans that are shown, those that are asked about, and their fields.
  expect(await asked('never { name = "audit" && span.n > 8 }')).toBe(3);
});

/** Of fewer, none may have a value to compare. */
const RUNS = Math.max(25, runs(25));

it('of random rules over random traces, values are those of the spans, and none that decided is left out', async () => {
  let comparisons = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(aRule, { minLength: 2, maxLength: 5 }), someTraces, async (rules, traces) => {
      const plan = planRules(rules.map(asResolved));
      const columns = await loadTraces(db, traces, plan.needs);
      const { rules: found } = await evaluateRules(db, plan, columns, { bucketNs: 1n << 60n, limit: 1000 });
      const whole = mergeTraces(traces);
      for (const [n, { violations }] of found.entries())
        for (const violation of violations) {
          const trace = whole.find(({ traceId }) => traceId === violation.traceId)!;
          const clause = rules[n]!.clauses[violation.clause]!;
          const spanOf = (evident: EvidenceSpan) =>
            trace.spans.find(
              ({ spanId, kind, name, start }) =>
                spanId === evident.spanId &&
                kind === KINDS[evident.kind] &&
                name === evident.name &&
                start === evident.start,
            )!;
          const bound = violation.evidence.filter((evident) => evident.bound !== undefined);
          const binding = new Map(bound.map((evident) => [evident.bound!, spanOf(evident)]));
          for (const evident of violation.evidence) {
            const compared = comparedOn(clause.condition, spanOf(evident), trace, binding);
            const expected = new Map(compared.map(({ field, values }) => [nameOf(field), plain(values)]));
            for (const [name, value] of evident.values) {
              expect(sorted(value, name), name).toEqual(sorted(expected.get(name), name));
              comparisons++;
            }
            const must = compared.filter(({ matched }) => matched).map(({ field }) => nameOf(field));
            const missing = must.filter((name) => !evident.values.has(name) && !SHOWN_ANYWAY.has(name));
            expect(missing).toEqual([]);
          }
        }
    }),
    { numRuns: RUNS },
  );
  expect(comparisons).toBeGreaterThan(RUNS / 2);
});

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const SHOWN_ANYWAY = new Set(['span:name', 'span:id', 'resource.service.name']);

function nameOf(field: Parameters<typeof lowerField>[0]): string {
  return fieldText(lowerField(field, 'at hand'));
}

/** As JSON has it. */
function plain(values: readonly Value[]): unknown {
  const distinct = new Map(values.map((value) => [JSON.stringify(plainOf(value)), plainOf(value)]));
  if (distinct.size === 0) return null;
  return distinct.size === 1 ? [...distinct.values()][0] : [...distinct.values()];
}

function plainOf(value: Value): unknown {
  switch (value.kind) {
    case 'nil':
      return null;
    case 'array':
      return value.elements.map(plainOf);
    case 'several':
      return value.values.map(plainOf);
    case 'int':
      return Number.isSafeInteger(Number(value.value)) ? Number(value.value) : String(value.value);
    case 'id':
      return value.trimZeros ? value.value.replace(/^0+/, '') : value.value;
    default:
      return value.value;
  }
}

/** In one order; of the id of a trace, leading zeros do not count. */
function sorted(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((item) => JSON.stringify(sorted(item, name))).sort();
  return name === 'link:traceID' ? String(value).replace(/^0+/, '') : value;
}
