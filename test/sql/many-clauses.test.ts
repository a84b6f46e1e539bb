/** A rule of many clauses is judged in statements of bounded size, and as one of few. */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { planRules } from '../../engine/plan/lower/lower.js';
import type { Plan } from '../../engine/plan/plan.js';
import { AttributeColumns } from '../../engine/sql/compile/attribute-columns.js';
import type { Relations } from '../../engine/sql/compile/relations.js';
import { evidenceSql, valuesSql } from '../../engine/sql/compile/rule/evidence.js';
import { partsSql, verdictsSql } from '../../engine/sql/compile/rule/verdicts.js';
import { PredicateColumns } from '../../engine/sql/compile/scan/predicate-columns.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { duckdb } from '../../engine/sql/dialects/duckdb/dialect.js';
import { MATCHED } from '../../engine/sql/tables.js';
import { EMPTY } from '../../engine/sql/text/sql.js';
import { every, exists, named, no, pattern, some } from '../support/arbitrary/build.js';
import { aRule } from '../support/arbitrary/rule.js';
import { someTraces } from '../support/arbitrary/trace.js';
import { compiledOutcomes, oracleOutcomes } from '../support/evaluation.js';
import type { OracleRule } from '../support/oracle/index.js';
import { plainSql } from '../support/plain-sql.js';
import { runs } from '../support/runs.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => db.close());

const CLAUSES: Readonly<Record<string, (index: number) => string>> = {
  existence: (n) => `never { name = "x${n}" }`,
  counts: (n) => `always count({ name = "retry" && span.n != ${n} }) <= ${n}`,
  'spans compared with a bound one': (n) => `never { name = "reserve" && span.k${n} != c.span.k${n} }`,
  'aggregates of groups': (n) => `never { span.n = ${n} } | by(span.k) | count() > 1`,
};

function planOf(clauses: readonly string[]): Plan {
  const text = `rule r { when { name = "charge" } as c ${clauses.join('\n')} }`;
  const { rules, files } = loadWorkspace(new Map([['r.betrace', text]]));
  expect(
    [...files.values()].flatMap(({ diagnostics }) =>
      diagnostics.filter(({ severity }) => severity === 'error'),
    ),
  ).toEqual([]);
  return planRules(rules);
}

function relationsOf(plan: Plan): Relations {
  const columns = new AttributeColumns(plan.needs);
  const predicates = new PredicateColumns(plan.predicates, columns);
  return { columns, predicates, matched: MATCHED };
}

/** Number of joins and subqueries of each statement: what the planner's work grows with. */
function joinsOf(plan: Plan): readonly number[] {
  const relations = relationsOf(plan);
  return [...partsSql(plan, 0, relations), verdictsSql(0, plan, relations, plainSql(`bucket`))].map(
    (sql) => sql.in(duckdb).match(/ JOIN | IN \(SELECT /g)?.length ?? 0,
  );
}

/** The same requirements as parts of one clause. */
function oneClause(clauses: readonly string[]): readonly string[] {
  const keyword = clauses[0]!.split(' ')[0]!;
  const word = keyword === 'always' ? 'and' : 'or';
  const parts = clauses.map((clause) => clause.slice(keyword.length));
  return [`${keyword} ${parts.join(` ${word} `)}`];
}

describe('statements do not grow with the number of clauses', () => {
  it.each(
    Object.keys(CLAUSES).flatMap((kind) => [
      [kind, 'of their own'],
      [kind, 'parts of one'],
    ]),
  )('%s, clauses %s', (kind, form) => {
    const joins = (length: number) => {
      const clauses = Array.from({ length }, (_, n) => CLAUSES[kind]!(n));
      return joinsOf(planOf(form === 'parts of one' ? oneClause(clauses) : clauses));
    };
    const [few, many] = [joins(16), joins(199)];
    expect(few).toHaveLength(1);
    expect(Math.max(...many)).toBeLessThanOrEqual(few[0]!);
    expect(many.length).toBeLessThanOrEqual(199 / 16 + 4);
  });
});

describe('the query of violations grows as the clauses do', () => {
  it.each(
    Object.keys(CLAUSES).flatMap((kind) => [
      [kind, 'of their own'],
      [kind, 'parts of one'],
    ]),
  )('%s, clauses %s', (kind, form) => {
    const sizes = (length: number) => {
      const clauses = Array.from({ length }, (_, n) => CLAUSES[kind]!(1000 + n));
      const plan = planOf(form === 'parts of one' ? oneClause(clauses) : clauses);
      const [rule] = plan.rules;
      const relations = relationsOf(plan);
      const [evidence, values] = [
        evidenceSql(rule!, relations, plainSql(`listed`)),
        valuesSql(rule!, relations, plainSql(`listed`)),
      ];
      return [evidence, values ?? EMPTY].map((sql) => sql.in(duckdb).match(/ JOIN | AS \(/g)?.length ?? 0);
    };
    const [few, many] = [sizes(48), sizes(192)];
    for (const [n, size] of many.entries()) expect(size).toBeLessThanOrEqual(few[n]! * 4);
  });
});

const nowhere = exists(pattern(named('nowhere')));

/** The rule with its clauses where several statements meet, among clauses that decide nothing. */
function padded(rule: OracleRule, before: number): OracleRule {
  const padding = (length: number): OracleRule['clauses'] =>
    Array.from({ length }, () => ({ keyword: 'never', index: 0, condition: nowhere }));
  const all = [...padding(before), ...rule.clauses, ...padding(20)];
  const clauses = all.map((clause, n) => ({
    ...clause,
    index: all.slice(0, n + 1).filter(({ keyword }) => keyword === clause.keyword).length,
  }));
  return { ...rule, clauses };
}

it('verdicts are those of the oracle, whichever statement has the clause that decides', async () => {
  const rules = fc.array(fc.tuple(aRule, fc.integer({ min: 13, max: 18 })), { minLength: 2, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(rules, someTraces, async (drawn, traces) => {
      const long = drawn.map(([rule, before]) => padded(rule, before));
      expect(await compiledOutcomes(db, long, traces)).toEqual(oracleOutcomes(long, traces));
    }),
    { numRuns: runs(12) },
  );
});

/** The rule with each clause made long, by requirements that change nothing, so that it is judged in parts. */
function lengthened(rule: OracleRule, before: number): OracleRule {
  const nothing = exists(pattern(named('nowhere')));
  const clauses = rule.clauses.map((clause) => {
    const always = clause.keyword === 'always';
    const vain = always ? no(nothing) : nothing;
    const operands = [...Array.from({ length: before }, () => vain), clause.condition, vain];
    return { ...clause, condition: always ? every(...operands) : some(...operands) };
  });
  return { ...rule, clauses };
}

it('verdicts are those of the oracle where one clause is judged in parts', async () => {
  const rules = fc.array(fc.tuple(aRule, fc.integer({ min: 13, max: 18 })), { minLength: 2, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(rules, someTraces, async (drawn, traces) => {
      const long = drawn.map(([rule, before]) => lengthened(rule, before));
      expect(await compiledOutcomes(db, long, traces)).toEqual(oracleOutcomes(long, traces));
    }),
    { numRuns: runs(12) },
  );
});
