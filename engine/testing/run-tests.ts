import type { Expectation } from '../language/ast.js';
import type { ResolvedTest } from '../language/workspace.js';
import { planRules } from '../plan/lower.js';
import type { RulePlan } from '../plan/plan.js';
import { loadTraces } from '../spans/load.js';
import type { Trace } from '../spans/model.js';
import type { Database } from '../sql/duckdb/database.js';
import { evaluateRules } from '../sql/duckdb/evaluate.js';
import { VERDICT } from '../sql/duckdb/rule.js';
import type { FoundViolation } from '../sql/duckdb/violations.js';
import { testTrace } from './test-trace.js';

export interface TestResult {
  readonly test: ResolvedTest;
  readonly passed: boolean;
  /** As the test says it: `violation of always#1`. */
  readonly expected: string;
  /** The same way, what the rule gave: `pass`, `violations 2`. */
  readonly actual: string;
  /** Violations found, with the text of the clause that each broke. */
  readonly violations: readonly { readonly clause: string; readonly found: FoundViolation }[];
  /** Why the test could not run. */
  readonly problem?: string;
}

/** Reads the traces of a `from "file.json"`. The path is the one in the text, relative to the test's file. */
export type ReadTraces = (
  test: ResolvedTest,
  path: string,
) => Promise<readonly Trace[] | { readonly problem: string }>;

/** Runs `test` blocks: all their traces at once, through the compiler that replay uses. */
export async function runTests(
  db: Database,
  tests: readonly ResolvedTest[],
  readTraces: ReadTraces,
): Promise<readonly TestResult[]> {
  const owners = new Map<string, ResolvedTest>();
  const problems = new Map<ResolvedTest, string>();
  const traces: Trace[] = [];
  for (const test of tests) {
    const found = await tracesOf(test, readTraces);
    if ('problem' in found) {
      problems.set(test, found.problem);
      continue;
    }
    for (const trace of found) {
      // Two tests may show the same trace; here each has its own.
      const traceId = (owners.size + 1).toString(16).padStart(32, '0');
      owners.set(traceId, test);
      traces.push({ ...trace, traceId });
    }
  }
  const rules = [...new Set(tests.map(({ rule }) => rule).filter((rule) => rule !== undefined))];
  const plan = planRules(rules.map((rule) => ({ ...rule, settings: { ...rule.settings, enabled: true } })));
  const columns = await loadTraces(db, traces, plan.needs);
  const verdicts = new Verdicts(owners);
  const { rules: found } = await evaluateRules(db, plan, columns, {
    bucketNs: 1n << 60n,
    limit: MAX_SHOWN * Math.max(traces.length, 1),
    passesBy: 'trace',
    onVerdicts: async (session, table, rule) => {
      const rows = await session.rows(
        `SELECT lower(hex(t.trace_id)), verdict, clause, sum(cases)::BIGINT FROM ${table} JOIN traces t USING (trace) GROUP BY ALL`,
      );
      for (const [traceId, verdict, clause, count] of rows)
        verdicts.add(
          rule,
          String(traceId),
          Number(verdict),
          clause === null ? undefined : Number(clause),
          Number(count),
        );
    },
  });
  for (const { rule, violations } of found) for (const one of violations) verdicts.addViolation(rule, one);
  return tests.map((test) => {
    const problem = problems.get(test);
    return problem === undefined ? verdicts.judge(test) : notRun(test, problem);
  });
}

const MAX_SHOWN = 100;

async function tracesOf(
  test: ResolvedTest,
  readTraces: ReadTraces,
): Promise<readonly Trace[] | { readonly problem: string }> {
  if (test.overRule !== undefined) return { problem: 'tests of rules over many traces cannot be run yet' };
  if (test.rule === undefined) return { problem: `the rule ${test.item.rule.text} has errors` };
  return test.item.from === undefined
    ? [testTrace(test.item, '')]
    : await readTraces(test, test.item.from.value);
}

function notRun(test: ResolvedTest, problem: string): TestResult {
  const expected = expectationText(test.item.expect);
  return { test, passed: false, expected, actual: 'not run', violations: [], problem };
}

interface Given {
  pass: number;
  cannotTell: number;
  /** By clause, as `always#1`. */
  readonly violations: Map<string, number>;
  readonly found: { clause: string; found: FoundViolation }[];
}

class Verdicts {
  private readonly given = new Map<ResolvedTest, Given>();

  constructor(private readonly owners: ReadonlyMap<string, ResolvedTest>) {}

  add(rule: RulePlan, traceId: string, verdict: number, clause: number | undefined, count: number): void {
    const given = this.of(rule, traceId);
    if (given === undefined) return;
    if (verdict === VERDICT.pass) given.pass += count;
    else if (verdict === VERDICT.cannotTell) given.cannotTell += count;
    else {
      const name = clauseName(rule, clause!);
      given.violations.set(name, (given.violations.get(name) ?? 0) + count);
    }
  }

  addViolation(rule: RulePlan, found: FoundViolation): void {
    this.of(rule, found.traceId)?.found.push({ clause: rule.clauses[found.clause]!.text, found });
  }

  /** Every rule saw every trace; a test asks only about its own. */
  private of(rule: RulePlan, traceId: string): Given | undefined {
    const test = this.owners.get(traceId);
    if (test?.rule?.item.id.text !== rule.id) return undefined;
    const given = this.given.get(test) ?? { pass: 0, cannotTell: 0, violations: new Map(), found: [] };
    this.given.set(test, given);
    return given;
  }

  judge(test: ResolvedTest): TestResult {
    const given = this.given.get(test);
    const { expect } = test.item;
    return {
      test,
      passed: meets(given, expect),
      expected: expectationText(expect),
      actual: actualText(given),
      violations: given?.found ?? [],
    };
  }
}

function clauseName(rule: RulePlan, clause: number): string {
  const { keyword, index } = rule.clauses[clause]!;
  return `${keyword}#${index}`;
}

function meets(given: Given | undefined, expect: Expectation): boolean {
  const violations = given === undefined ? 0 : sum(given.violations.values());
  switch (expect.verdict) {
    case 'not applicable':
      return given === undefined;
    case 'pass':
      return given !== undefined && violations === 0 && given.cannotTell === 0;
    case 'cannot tell':
      return given !== undefined && violations === 0 && given.cannotTell > 0;
    case 'violation': {
      const { clause, count } = expect;
      const counted = clause ? (given?.violations.get(`${clause.keyword}#${clause.index}`) ?? 0) : violations;
      return count === undefined ? counted > 0 : counted === count;
    }
  }
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const one of numbers) total += one;
  return total;
}

function expectationText({ verdict, clause, count }: Expectation): string {
  if (verdict !== 'violation') return verdict;
  const what = count === undefined ? 'violation' : `violations ${count}`;
  return clause === undefined ? what : `${what} of ${clause.keyword}#${clause.index}`;
}

function actualText(given: Given | undefined): string {
  if (given === undefined) return 'not applicable';
  const parts = [...given.violations].map(([clause, count]) =>
    count === 1 ? `violation of ${clause}` : `violations ${count} of ${clause}`,
  );
  if (given.cannotTell > 0) parts.push('cannot tell');
  if (parts.length === 0) return 'pass';
  return given.pass > 0 ? `${parts.join(', ')} (and ${given.pass} passed)` : parts.join(', ');
}
