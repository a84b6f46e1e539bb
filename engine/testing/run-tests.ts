import type { ResolvedTest } from '../language/workspace.js';
import { planRules } from '../plan/lower.js';
import type { RulePlan } from '../plan/plan.js';
import { loadTraces } from '../spans/load.js';
import type { Trace } from '../spans/model.js';
import type { Database } from '../sql/duckdb/database.js';
import { evaluateRules } from '../sql/duckdb/evaluate.js';
import { VERDICT } from '../sql/duckdb/rule.js';
import type { FoundViolation } from '../sql/duckdb/violations.js';
import { actualText, expectationText, type Given, meets } from './expectation.js';
import { runOverTest } from './run-over-test.js';
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
  const done = new Map<ResolvedTest, TestResult>();
  const traces: Trace[] = [];
  for (const test of tests) {
    if (test.overRule !== undefined) {
      const given = await runOverTest(db, test.item, test.overRule, (path) => readTraces(test, path));
      if ('problem' in given) problems.set(test, given.problem);
      else done.set(test, resultOf(test, given.found));
      continue;
    }
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
  const { rules: found, failed } = await evaluateRules(db, plan, columns, {
    bucketNs: 1n << 60n,
    limit: MAX_SHOWN * Math.max(traces.length, 1),
    passesBy: 'trace',
    canSplit: false,
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
    if (problem !== undefined) return notRun(test, problem);
    const failure = failed.find(({ rule }) => rule.id === test.item.rule.text);
    if (failure !== undefined) return notRun(test, `${failure.problem.message} (${failure.problem.code})`);
    return done.get(test) ?? verdicts.judge(test);
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
    return resultOf(test, this.given.get(test));
  }
}

function resultOf(test: ResolvedTest, given: Given | undefined): TestResult {
  const { expect } = test.item;
  return {
    test,
    passed: meets(given, expect),
    expected: expectationText(expect),
    actual: actualText(given),
    violations: given?.found ?? [],
  };
}

function notRun(test: ResolvedTest, problem: string): TestResult {
  const expected = expectationText(test.item.expect);
  return { test, passed: false, expected, actual: 'not run', violations: [], problem };
}

function clauseName(rule: RulePlan, clause: number): string {
  const { keyword, index } = rule.clauses[clause]!;
  return `${keyword}#${index}`;
}
