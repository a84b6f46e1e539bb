import { createHash } from 'node:crypto';
import type { OverRulePlan, OverTestPlan } from '../../plan/over-plan.js';
import { clauseFacts, isRuleVacuous, type RuleFacts } from '../../plan/vacuity/rule-needs.js';
import { evaluateSeries } from '../../query/metrics/evaluate.js';
import type { Grid } from '../../query/metrics/grid.js';
import { labelKey, NAME_LABEL, type Points } from '../../query/metrics/series.js';
import { holds } from '../../query/metrics/steps.js';
import type { NamedValue } from '../../query/search-result.js';
import type { BucketCounts } from '../../sql/duckdb/evaluate.js';
import type { OverRuleResult, OverViolation } from './result.js';
import { windowStart } from './windows.js';

export interface JudgeOptions {
  readonly tenant: string;
  readonly grid: Grid;
  /** Width of the buckets of the counts, in nanoseconds. */
  readonly bucketNs: bigint;
  /** Violations listed. */
  readonly limit: number;
  /** What the run has shown of what the clauses need. */
  readonly facts: RuleFacts;
  /** Start of the first window that is judged; those before only tell which series there are. Default: the grid's. */
  readonly judgedFromNs?: bigint;
}

/** The verdicts of a rule on every window of every series; `selections` are its series before arithmetic and steps. */
export function judge(
  rule: OverRulePlan,
  selections: readonly (readonly Points[])[],
  options: JudgeOptions,
): OverRuleResult {
  const { grid, limit, judgedFromNs = grid.startNs } = options;
  const skipped = judgedFromNs > grid.startNs ? Number((judgedFromNs - grid.startNs) / grid.stepNs) : 0;
  const tests = rule.clauses.map(({ test }) => byLabels(test, selections));
  const when = rule.when && byLabels(rule.when, selections);
  const keys = [...new Set(tests.flatMap((series) => [...series.keys()]))].sort();
  const counts = new Map<bigint, { passed: number; violated: number }>();
  const violations: OverViolation[] = [];
  const seen = new Set<string>();
  let violated = 0;
  let passed = 0;
  let [first, last]: (bigint | undefined)[] = [];
  // Windows first, so that the earliest violations are the ones that are listed.
  for (let window = skipped; window < grid.intervals; window++) {
    const fromNs = windowStart(grid, window);
    for (const key of keys) {
      if (rule.when && !applies(rule.when, when?.get(key) ?? when?.get(UNLABELLED), window)) continue;
      const values = tests.map((series) => series.get(key)?.values[window] ?? Number.NaN);
      if (values.every(Number.isNaN)) continue;
      seen.add(key);
      const clause = rule.clauses.findIndex(({ keyword, test }, n) => {
        const value = values[n]!;
        return !Number.isNaN(value) && holds(value, test.operator, test.value) === (keyword === 'never');
      });
      countIn(counts, (fromNs / options.bucketNs) * options.bucketNs, clause === -1 ? 'passed' : 'violated');
      if (clause === -1) {
        passed++;
        continue;
      }
      violated++;
      first ??= fromNs;
      last = fromNs;
      if (violations.length >= limit) continue;
      const points = tests[clause]!.get(key)!;
      const labels = withoutName(points.labels);
      violations.push({
        id: overViolationId(options.tenant, rule, labels, fromNs),
        ...{ fromNs, toNs: fromNs + grid.stepNs, labels, clause, value: values[clause]! },
        traces: tracesIn(points, window),
      });
    }
  }
  const clauses = clauseFacts(rule.needs, options.facts);
  const vacuous = isRuleVacuous(rule.settings, clauses) ? passed : 0;
  return {
    rule,
    clauses,
    windows: { count: grid.intervals - skipped, fromNs: windowStart(grid, skipped), toNs: grid.endNs },
    series: seen.size,
    ...{ applicable: passed + violated, passed: passed - vacuous, vacuous, violated },
    ...(first === undefined ? {} : { first }),
    ...(last === undefined ? {} : { last }),
    buckets: [...counts].map(([start, of]): BucketCounts => ({ start, ...of, cannotTell: 0 })),
    violations,
  };
}

/** A rule whose window is longer than the range has nothing to judge. */
export function notJudged(rule: OverRulePlan): OverRuleResult {
  return {
    rule,
    clauses: [],
    windows: { count: 0 },
    ...{ series: 0, applicable: 0, passed: 0, vacuous: 0, violated: 0, buckets: [], violations: [] },
  };
}

const UNLABELLED = labelKey([]);

function byLabels(
  test: OverTestPlan,
  selections: readonly (readonly Points[])[],
): ReadonlyMap<string, Points> {
  const points = evaluateSeries(test.series, selections);
  return new Map(points.map((one) => [labelKey(withoutName(one.labels)), one]));
}

function withoutName(labels: readonly NamedValue[]): readonly NamedValue[] {
  return labels.filter(({ name }) => name !== NAME_LABEL);
}

function applies({ operator, value }: OverTestPlan, series: Points | undefined, window: number): boolean {
  const found = series?.values[window];
  return found !== undefined && holds(found, operator, value);
}

function countIn(
  counts: Map<bigint, { passed: number; violated: number }>,
  bucket: bigint,
  verdict: 'passed' | 'violated',
): void {
  const known = counts.get(bucket) ?? { passed: 0, violated: 0 };
  known[verdict]++;
  counts.set(bucket, known);
}

/** More help nobody. */
const TRACES = 5;

function tracesIn({ exemplars }: Points, window: number): readonly string[] {
  const inside = exemplars.filter(({ interval }) => interval === window);
  return [...new Set(inside.map(({ traceId }) => traceId))].slice(0, TRACES);
}

/** A hash over what the violation is: tenant, rule and its revision, series and window. */
function overViolationId(
  tenant: string,
  rule: OverRulePlan,
  labels: readonly NamedValue[],
  fromNs: bigint,
): string {
  const parts = [tenant, rule.id, rule.revision, labelKey(labels), fromNs.toString(), rule.window];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
