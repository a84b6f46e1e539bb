import type { ResolvedFlowRule } from '../../engine/language/link/resolved.js';
import type { Trace } from '../../engine/otlp/model.js';
import { planFlowRules } from '../../engine/plan/lower/lower.js';
import type { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { FlowRun } from '../../engine/sql/flows/flow-run.js';
import { loadTraces } from '../../engine/sql/relations/load.js';
import type { Evaluation } from '../../engine/verdicts/evaluation.js';
import { asResolved } from './evaluation.js';
import {
  evaluateFlowRule,
  type FlowRange,
  type FlowVerdict,
  firstTrace,
  type OracleFlowRule,
} from './oracle/flow.js';
import { mergeTraces } from './oracle/index.js';

/** What a rule across traces gave, in a form that two evaluators can be compared by. */
export interface FlowOutcome {
  readonly passed: number;
  readonly cannotTell: number;
  readonly undecided: number;
  /** `clause trace time binding=span…`, sorted. */
  readonly violations: readonly string[];
}

export interface FlowRunOptions extends FlowRange {
  /** Spans that are judged at once. */
  readonly shareOf?: number;
}

/** By the compiler. */
export async function compiledFlows(
  db: Database,
  rules: readonly OracleFlowRule[],
  traces: readonly Trace[],
  options: FlowRunOptions,
): Promise<readonly FlowOutcome[]> {
  const plan = planFlowRules(rules.map(asFlowRule));
  const found: Evaluation[] = [];
  const columns = await loadTraces(db, traces, plan.needs);
  const flows = new FlowRun(db, plan, columns);
  await flows.add();
  await flows.judge({ ...options, bucketNs: 1n << 60n, limit: 1_000_000 }, (flow) => void found.push(flow));
  for (const { rule, problem } of [...flows.failed, ...found.flatMap(({ failed }) => failed)])
    throw new Error(`${rule.id}: ${problem.message}`);
  return plan.rules.map((rule, n) => {
    const all = found.map((evaluation) => evaluation.rules[n]!);
    const total = (count: (ruleEvaluation: (typeof all)[number]) => number): number =>
      all.reduce((sum, ruleEvaluation) => sum + count(ruleEvaluation), 0);
    return {
      passed: total(({ buckets }) => buckets.reduce((sum, { passed }) => sum + passed, 0)),
      cannotTell: total(({ buckets }) => buckets.reduce((sum, { cannotTell }) => sum + cannotTell, 0)),
      undecided: total(({ undecided }) => undecided),
      violations: all
        .flatMap(({ violations }) => violations)
        .map(({ clause, traceId, time, evidence }) => {
          const bound = evidence.filter((span) => span.bound !== undefined);
          const { keyword, index } = rule.clauses[clause]!;
          const spans = bound.map(
            (span) => `${span.bound}=${span.traceId}/${span.spanId}/${span.name}/${span.start}`,
          );
          return [`${keyword}#${index}`, bound.length === 0 ? '' : traceId, time, ...spans.sort()].join(' ');
        })
        .sort(),
    };
  });
}

/** By the slow evaluator. */
export function oracleFlows(
  rules: readonly OracleFlowRule[],
  traces: readonly Trace[],
  range: FlowRange,
): readonly FlowOutcome[] {
  const whole = mergeTraces(traces);
  return rules.map((rule) => {
    const verdicts = evaluateFlowRule(rule, whole, range);
    const count = (wanted: FlowVerdict['verdict']): number =>
      verdicts.filter(({ verdict }) => verdict === wanted).length;
    return {
      passed: count('pass'),
      cannotTell: count('cannot tell'),
      undecided: count('undecided'),
      violations: verdicts
        .filter(({ verdict }) => verdict === 'violation')
        .map((verdict) => {
          const { clause, binding, time, seen } = verdict;
          const spans = [...binding].map(
            ([name, span]) =>
              `${name}=${seen.homes!.get(span)!.traceId}/${span.spanId}/${span.name}/${span.start}`,
          );
          const trace = firstTrace(verdict) ?? '';
          return [`${clause!.keyword}#${clause!.index}`, trace, time, ...spans.sort()].join(' ');
        })
        .sort(),
    };
  });
}

function asFlowRule(rule: OracleFlowRule, index: number): ResolvedFlowRule {
  const { settings, ...resolved } = asResolved(rule, index);
  return { ...resolved, kind: 'flow', settings: { ...settings, across: rule.across } };
}
