import { enabled } from '../language/link/enabled.js';
import type { ResolvedFlowRule } from '../language/link/resolved.js';
import type { TestItem } from '../language/tree/ast.js';
import { clauseName, clauseNameAt } from '../language/words/clause-name.js';
import type { Trace } from '../otlp/model.js';
import { planFlowRules } from '../plan/lower/lower.js';
import { vacuousTexts } from '../plan/vacuity/texts.js';
import { RuleCollector } from '../replay/collect.js';
import { FlowRun } from '../sql/flows/flow-run.js';
import { loadTraces } from '../sql/relations/load.js';
import type { Store } from '../sql/store/store.js';
import { type Given, heldClauses } from './expectation.js';
import { testStart } from './test-trace.js';

/** Cases of one test whose violations are listed. */
const MOST_SHOWN = 100;

/**
 * Runs one test of a rule across traces over its traces, by the flows that replay finds. What is stored ends where the test says so with
 * `until`; without it, everything is there and no case is undecided.
 */
export async function runFlowTest(
  db: Store,
  test: TestItem,
  rule: ResolvedFlowRule,
  traces: readonly Trace[],
): Promise<{ readonly found: Given | undefined } | { readonly problem: string }> {
  const plan = planFlowRules([enabled(rule)]);
  const planned = plan.rules[0]!;
  const columns = await loadTraces(db, traces, plan.needs);
  const flows = new FlowRun(db, plan, columns);
  await flows.add();
  const collector = new RuleCollector('test', planned, MOST_SHOWN);
  let [problem] = flows.failed;
  const { until } = test;
  await flows.judge(
    {
      bucketNs: 1n << 60n,
      limit: MOST_SHOWN,
      ...(until === undefined ? {} : { endNs: startOf(test, traces) + until.value }),
    },
    (evaluation) => {
      problem ??= evaluation.failed[0];
      collector.add(evaluation.rules[0]!);
    },
  );
  if (problem !== undefined) return { problem: `${problem.problem.message} (${problem.problem.code})` };
  const { applicable, passed, vacuous, undecided, cannotTell, clauses, missing, violations } =
    collector.flowResult();
  if (applicable === 0) return { found: undefined };
  const counts = new Map<string, number>();
  for (const { clause } of violations) {
    const name = clauseNameAt(planned, clause);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return {
    found: {
      pass: passed + vacuous,
      cannotTell,
      undecided,
      wanting: [...missing.keys()],
      violations: counts,
      found: violations.map((found) => ({ clause: planned.clauses[found.clause]!.text, found })),
      ...(passed > 0 ? { held: heldClauses(planned.clauses.map(clauseName), clauses) } : {}),
      ...(vacuous > 0 ? { vacuous: vacuousTexts(planned, clauses) } : {}),
    },
  };
}

/** Spans of a file start when they do, and the test with the first of them. */
function startOf(test: TestItem, traces: readonly Trace[]): bigint {
  if (test.from === undefined) return testStart(test);
  let first: bigint | undefined;
  for (const { start } of traces.flatMap(({ spans }) => spans))
    if (first === undefined || start < first) first = start;
  return first ?? 0n;
}
