/**
 * What is compiled has no spelling of a database left in it: in a dialect that spells nothing, and only lets through what its members are
 * given, random rules, searches and metrics, and what rules are discovered by, are SQL of the standard.
 */
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { discover } from '../../engine/discover/discover.js';
import { planMetrics } from '../../engine/plan/lower/lower-metrics.js';
import { sampleOf } from '../../engine/query/metrics/exemplars.js';
import { rangeGrid } from '../../engine/query/metrics/grid.js';
import { evaluateSelections } from '../../engine/query/metrics/selections.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { duckdb } from '../../engine/sql/dialects/duckdb/dialect.js';
import { loadTraces } from '../../engine/sql/relations/load.js';
import type { Dialect } from '../../engine/sql/text/dialect.js';
import { EMPTY, Sql, sql } from '../../engine/sql/text/sql.js';
import { aMetricsExpression } from '../support/arbitrary/metrics.js';
import { aPipeline } from '../support/arbitrary/pipeline.js';
import { aRule } from '../support/arbitrary/rule.js';
import { EPOCH, TICK } from '../support/arbitrary/spans.js';
import { someTraces } from '../support/arbitrary/trace.js';
import { compiledOutcomes } from '../support/evaluation.js';
import { compiledSearch } from '../support/search-evaluation.js';
import { openStored } from '../support/stored.js';

/** The members that were asked for, and what they were given. */
const asked = new Set<string>();
const spellsNothing = Object.fromEntries(
  Object.keys(duckdb).map((member) => [
    member,
    (...given: readonly unknown[]): Sql => {
      asked.add(member);
      return Sql.of([' ', ...given.flatMap(sqlIn), ' ']);
    },
  ]),
) as unknown as Dialect;

function sqlIn(given: unknown): readonly (Sql | string)[] {
  if (given instanceof Sql) return [given, ' '];
  if (typeof given === 'function') return sqlIn(given(sql`x`));
  return typeof given === 'object' && given !== null ? Object.values(given).flatMap(sqlIn) : [];
}

const KEYWORDS = new Set(
  `ALL AND AS ASC BEGIN BY CASE CAST COMMIT DELETE DESC DISTINCT ELSE END EXISTS FALSE FROM GROUP HAVING IN INSERT INTO IS JOIN LEFT LIMIT
   NOT NULL NULLS LAST ON OR ORDER OVER PARTITION ROLLBACK SELECT SET THEN TRANSACTION TRUE UNION UPDATE USING VALUES WHEN WHERE WITH`.split(
    /\s+/,
  ),
);
const FUNCTIONS = new Set(
  'avg ceil coalesce count dense_rank greatest lag least log2 lower max min nullif rank row_number sum'.split(
    ' ',
  ),
);

/** What in a statement is not of the standard. */
function foreignIn(statement: Sql): readonly string[] {
  const own = statement.in(spellsNothing).replaceAll(/'(?:[^']|'')*'/g, ' ');
  const words = own.match(/\b[A-Z]{2,}\b/g) ?? [];
  const calls = [...own.matchAll(/\b([a-z]\w*)\(/g)].map(([, called]) => called!);
  return [
    ...words.filter((word) => !KEYWORDS.has(word)),
    ...calls.filter((called) => !FUNCTIONS.has(called)),
    ...(own.match(/::|\/\/|:=|->|<<|>>|[[\]{}&^]|(?<!\|)\|(?!\|)/g) ?? []),
    ...(own.match(/(?:\(|\bAS)\s*FROM\b/g) ?? []),
  ];
}

let db: Database;
const statements: Sql[] = [];
beforeAll(async () => {
  db = await Database.open({ threads: 2 });
  const connection: Database = Object.getPrototypeOf(Database.prototype);
  for (const method of ['run', 'rows', 'batches'] as const) {
    const real = connection[method] as (statement: Sql) => never;
    vi.spyOn(connection, method).mockImplementation(function (this: unknown, statement: Sql) {
      statements.push(statement);
      return real.call(this, statement);
    });
  }
  // Which tables there are a database says in its own words.
  for (const method of ['drop', 'dropAllBut'] as const) {
    const real = Database.prototype[method];
    vi.spyOn(Database.prototype, method).mockImplementation(async function (this: Database, tables) {
      const before = statements.length;
      await real.call(this, tables);
      statements.splice(before);
    });
  }
});
afterAll(() => {
  vi.restoreAllMocks();
  db.close();
});

const FLOWS = fileURLToPath(new URL('../fixtures/blocks/flow-v5/blocks', import.meta.url));
const SOME = { fromNs: 1_795_219_200_000_000_000n, toNs: 1_795_230_000_000_000_000n };

const sample = <T>(arbitrary: fc.Arbitrary<T>, numRuns: number): readonly T[] =>
  fc.sample(arbitrary, { numRuns, seed: 7 });

describe('statements of', () => {
  it.each([
    [
      'rules',
      async () => {
        const rules = fc.array(aRule, { minLength: 3, maxLength: 6 });
        for (const [some, traces] of sample(fc.tuple(rules, someTraces), 12))
          await compiledOutcomes(db, some, traces);
      },
    ],
    [
      'searches',
      async () => {
        for (const [query, traces] of sample(fc.tuple(aPipeline, someTraces), 20))
          await compiledSearch(db, query, traces);
      },
    ],
    [
      'metrics',
      async () => {
        const grid = rangeGrid(EPOCH, EPOCH + 10n * TICK, 2n * TICK);
        for (const [expression, traces] of sample(fc.tuple(aMetricsExpression, someTraces), 20)) {
          const plan = planMetrics({ kind: 'metrics', expression, hints: [], range: { start: 0, end: 0 } });
          const columns = await loadTraces(db, traces, plan.needs);
          const jobs = plan.selections.map((selection) => ({ plan: selection, grid }));
          const forEachUnit = (work: (canSplit: boolean) => Promise<void>) => work(false);
          await evaluateSelections([{ db, columns, forEachUnit }], plan, jobs, { exemplars: sampleOf(100) });
        }
      },
    ],
    [
      'discovery',
      async () => {
        const { stored, close } = await openStored(FLOWS);
        const { found } = await discover({ ...stored, window: SOME, limit: 20 });
        await close();
        expect(found.length).toBeGreaterThan(3);
      },
    ],
  ])('%s are SQL of the standard, but for what the dialect spells', async (_, work) => {
    statements.length = 0;
    await work();
    expect(statements.length).toBeGreaterThan(100);
    expect([...new Set(statements.flatMap(foreignIn))]).toEqual([]);
  });

  it('all of them ask for most members of the dialect', () => {
    // Those that only stored blocks need, names that need quotes, and what a value of a rare type needs.
    expect(asked.size).toBeGreaterThan(45);
  });
});

describe('a piece of SQL', () => {
  it('does not take a text', () => {
    // @ts-expect-error: a text is no SQL
    const injected = () => sql`SELECT ${"'; DROP TABLE spans"}`.in(duckdb);
    expect(injected).toThrow();
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 60])('does not take %d as a count', (number) => {
    expect(() => sql`LIMIT ${number}`).toThrow(RangeError);
  });

  it('is rendered anew for another dialect', () => {
    const other: Dialect = { ...duckdb, isNan: (value) => sql`other(${value})` };
    const piece = Sql.of([(dialect) => dialect.isNan(sql`1 + 1`)]);
    expect([duckdb, other, duckdb].map((dialect) => piece.in(dialect))).toEqual([
      'isnan(1 + 1)',
      'other(1 + 1)',
      'isnan(1 + 1)',
    ]);
  });

  it('may be empty', () => {
    expect(sql`a${EMPTY}b`.in(duckdb)).toBe('ab');
  });
});
