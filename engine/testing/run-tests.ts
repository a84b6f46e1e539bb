import { enabled } from '../language/link/enabled.js';
import type { ResolvedTest } from '../language/link/resolved.js';
import type { Trace } from '../otlp/model.js';
import { planRules } from '../plan/lower/lower.js';
import { loadTraces } from '../sql/relations/load.js';
import type { Store } from '../sql/store/store.js';
import type { FoundViolation } from '../verdicts/violation.js';
import { actualText, expectationText, type Given, meets } from './expectation.js';
import { givenByTrace } from './given-by-trace.js';
import { type Round, roundsOf, type TracedTest } from './rounds.js';
import { runFlowTest } from './run-flow-test.js';
import { runWindowTest } from './run-window-test.js';
import { testTraces } from './test-trace.js';

export interface TestResult {
  readonly test: ResolvedTest;
  readonly passed: boolean;
  /** As the test says it: `violation of always#1`. */
  readonly expected: string;
  /** The same way, what the rule gave: `pass`, `violations 2`. */
  readonly actual: string;
  /** Violations found, with the text of the clause that each broke. */
  readonly violations: readonly { readonly clause: string; readonly found: FoundViolation }[];
  /** The clauses of its rule, as `always#1`, that it shows to fail, and those that it shows to hold where they could have failed. */
  readonly shown: { readonly violated: readonly string[]; readonly held: readonly string[] };
  /** Why the test could not run. */
  readonly problem?: string;
}

/** Reads the traces of a `from "file.json"`. The path is the one in the text, relative to the test's file. */
export type ReadTraces = (
  test: ResolvedTest,
  path: string,
) => Promise<readonly Trace[] | { readonly problem: string }>;

/** Runs `test` blocks: as many of their traces at once as can be, through the compiler that replay uses. */
export async function runTests(
  db: Store,
  tests: readonly ResolvedTest[],
  readTraces: ReadTraces,
): Promise<readonly TestResult[]> {
  const done = new Map<ResolvedTest, TestResult>();
  const traced: TracedTest[] = [];
  for (const test of tests) {
    const begun = await begin(db, test, readTraces);
    if ('traces' in begun) traced.push(begun);
    else done.set(test, begun);
  }
  for (const round of roundsOf(traced))
    for (const [test, result] of await runRound(db, round)) done.set(test, result);
  return tests.map((test) => done.get(test)!);
}

/** A test of traces is run together with others; any other at once. */
async function begin(
  db: Store,
  test: ResolvedTest,
  readTraces: ReadTraces,
): Promise<TracedTest | TestResult> {
  const { rule, item } = test;
  if (rule === undefined) return notRun(test, `the rule ${item.rule.text} has errors`);
  switch (rule.kind) {
    case 'trace': {
      const traces = await tracesOf(test, readTraces);
      return 'problem' in traces ? notRun(test, traces.problem) : { test, traces };
    }
    case 'flow': {
      const traces = await tracesOf(test, readTraces);
      if ('problem' in traces) return notRun(test, traces.problem);
      const given = await runFlowTest(db, item, rule, traces);
      return 'problem' in given ? notRun(test, given.problem) : resultOf(test, given.found);
    }
    case 'window': {
      const given = await runWindowTest(db, item, rule, (path) => readTraces(test, path));
      return 'problem' in given ? notRun(test, given.problem) : resultOf(test, given.found);
    }
  }
}

async function runRound(
  db: Store,
  { traces, tests }: Round,
): Promise<readonly (readonly [ResolvedTest, TestResult])[]> {
  const rules = [...new Set(tests.flatMap(({ test: { rule } }) => rule ?? []))];
  const plan = planRules(rules.map(enabled));
  const columns = await loadTraces(db, traces, plan.needs);
  const given = await givenByTrace(db, plan, columns, traces.length);
  return tests.map(({ test, traces: own }) => {
    const rule = test.item.rule.text;
    const failure = given.failed.find((failedRule) => failedRule.rule.id === rule);
    if (failure !== undefined)
      return [test, notRun(test, `${failure.problem.message} (${failure.problem.code})`)];
    return [test, resultOf(test, sumOf(own.flatMap(({ traceId }) => given.of(rule, traceId) ?? [])))];
  });
}

/** What a rule gave for several traces; undefined for none. */
function sumOf(given: readonly Given[]): Given | undefined {
  if (given.length < 2) return given[0];
  const violations = new Map<string, number>();
  for (const [clause, count] of given.flatMap((verdicts) => [...verdicts.violations]))
    violations.set(clause, (violations.get(clause) ?? 0) + count);
  const vacuous = given.map((verdicts) => verdicts.vacuous);
  return {
    ...(vacuous.includes(undefined)
      ? {}
      : { vacuous: [...new Set(vacuous.flatMap((texts) => texts ?? []))] }),
    held: new Set(given.flatMap(({ held }) => [...(held ?? [])])),
    pass: given.reduce((sum, verdicts) => sum + verdicts.pass, 0),
    wanting: [...new Set(given.flatMap(({ wanting = [] }) => wanting))],
    cannotTell: given.reduce((sum, verdicts) => sum + verdicts.cannotTell, 0),
    violations,
    found: given.flatMap(({ found }) => found),
  };
}

async function tracesOf(
  test: ResolvedTest,
  readTraces: ReadTraces,
): Promise<readonly Trace[] | { readonly problem: string }> {
  return test.item.from === undefined ? testTraces(test.item) : await readTraces(test, test.item.from.value);
}

function resultOf(test: ResolvedTest, given: Given | undefined): TestResult {
  const { expect } = test.item;
  return {
    test,
    passed: meets(given, expect),
    expected: expectationText(expect),
    actual: actualText(given),
    violations: given?.found ?? [],
    shown: { violated: [...(given?.violations.keys() ?? [])], held: [...(given?.held ?? [])] },
  };
}

const NOTHING: TestResult['shown'] = { violated: [], held: [] };

function notRun(test: ResolvedTest, problem: string): TestResult {
  const expected = expectationText(test.item.expect);
  return { test, passed: false, expected, actual: 'not run', violations: [], shown: NOTHING, problem };
}
