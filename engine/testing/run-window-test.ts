import { enabled } from '../language/link/enabled.js';
import type { ResolvedWindowRule } from '../language/link/resolved.js';
import type { TestItem } from '../language/tree/ast.js';
import { clauseName, clauseNameAt } from '../language/words/clause-name.js';
import type { Trace } from '../otlp/model.js';
import { planWindowRules } from '../plan/lower/lower-windows.js';
import { vacuousTexts } from '../plan/vacuity/texts.js';
import { countSlots } from '../replay/over/count-slots.js';
import { windowFacts } from '../replay/over/facts.js';
import { judge } from '../replay/over/judge.js';
import {
  countedGrid,
  MAX_SERIES,
  type WindowGrid,
  type WindowShape,
  windowStartBefore,
  windowsOf,
} from '../replay/over/windows.js';
import { loadTraces } from '../sql/relations/load.js';
import type { Store } from '../sql/store/store.js';
import { type Given, heldClauses } from './expectation.js';
import { testStart, testTracesApart } from './test-trace.js';

/** Windows that one test may look at: a file may hold spans that are far apart. */
const MOST_WINDOWS = 100_000n;

/**
 * Runs one test of a rule over many traces. Each outermost span of the test is a trace of its own, and its times are offsets
 * from the start of the first window, or from when the test says that it starts; with `from`, the windows are those that the spans of the file lie in. The verdicts are
 * those of replay, one for each series in each window; without any, the rule is not applicable.
 */
export async function runWindowTest(
  db: Store,
  test: TestItem,
  rule: ResolvedWindowRule,
  readTraces: (path: string) => Promise<readonly Trace[] | { readonly problem: string }>,
): Promise<{ readonly found: Given | undefined } | { readonly problem: string }> {
  const plan = planWindowRules([enabled(rule)]);
  const [rulePlan] = plan.rules;
  if (rulePlan === undefined) return { problem: 'the rule has no plan' };
  const shape = { window: BigInt(rulePlan.window), every: BigInt(rulePlan.every) };
  const own = test.from === undefined ? ownTraces(test, shape) : undefined;
  const traces = own?.traces ?? (await readTraces(test.from?.value ?? ''));
  if ('problem' in traces) return traces;
  const grid = gridOf(traces, shape, own?.startNs);
  if (grid === undefined)
    return { problem: `its spans lie in more than ${MOST_WINDOWS} windows, or there is none` };
  const columns = await loadTraces(db, traces, plan.needs);
  const run = {
    db,
    columns,
    forEachUnit: (evaluate: (canSplit: boolean) => Promise<void>) => evaluate(false),
  };
  const jobs = plan.selections.map((selection) => ({ plan: selection, grid: countedGrid(selection, grid) }));
  const found = await countSlots([run], plan, jobs, { maxSeries: MAX_SERIES });
  const counted = { grid, selections: plan.selections, counts: new Map(found.entries()) };
  const { passed, vacuous, clauses, violations } = judge(rulePlan, counted, {
    tenant: 'test',
    bucketNs: 1n << 60n,
    limit: Number.POSITIVE_INFINITY,
    maxSeries: MAX_SERIES,
    cut: [],
    facts: windowFacts(rulePlan, counted.counts, (attribute) => columns.typesFor(attribute).length > 0),
  });
  const kept = passed + vacuous;
  if (kept === 0 && violations.length === 0) return { found: undefined };
  const counts = new Map<string, number>();
  for (const { clause } of violations) {
    const name = clauseNameAt(rulePlan, clause);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return {
    found: {
      pass: kept,
      cannotTell: 0,
      violations: counts,
      found: [],
      ...(passed > 0 ? { held: heldClauses(rulePlan.clauses.map(clauseName), clauses) } : {}),
      ...(vacuous > 0 ? { vacuous: vacuousTexts(rulePlan, clauses) } : {}),
    },
  };
}

/** Where the test does not say when it starts, it does so with a window. */
function ownTraces(
  test: TestItem,
  { window, every }: WindowShape,
): { readonly traces: readonly Trace[]; readonly startNs: bigint } {
  const startNs = testStart(test);
  if (test.at !== undefined)
    return { traces: testTracesApart(test, startNs), startNs: windowStartBefore(startNs, every) };
  const first = windowStartBefore(startNs + window - 1n, window);
  return { traces: testTracesApart(test, first), startNs: first };
}

/** The windows that replay would judge if these spans were all: from the first span, or the start of the test, to the last. */
function gridOf(
  traces: readonly Trace[],
  shape: WindowShape,
  from: bigint | undefined,
): WindowGrid | undefined {
  let [first, last]: (bigint | undefined)[] = [];
  for (const { start } of traces.flatMap(({ spans }) => spans)) {
    if (first === undefined || start < first) first = start;
    if (last === undefined || start > last) last = start;
  }
  if (first === undefined || last === undefined) return undefined;
  const fromNs = from ?? first;
  if ((last - fromNs) / shape.every > MOST_WINDOWS) return undefined;
  return windowsOf(shape, { fromNs, toNs: last + 1n, open: { from: true, to: true } }).grid;
}
