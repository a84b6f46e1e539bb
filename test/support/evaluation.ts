import type { ResolvedTraceRule } from '../../engine/language/link/resolved.js';
import type { Trace } from '../../engine/otlp/model.js';
import { planRules } from '../../engine/plan/lower/lower.js';
import type { RulePlan } from '../../engine/plan/plan.js';
import { bothFacts, clauseFacts, NO_FACTS, type RuleFacts } from '../../engine/plan/vacuity/rule-needs.js';
import { loadTraces } from '../../engine/sql/relations/load.js';
import { evaluateRules } from '../../engine/sql/run/evaluate.js';
import type { Store } from '../../engine/sql/store/store.js';
import {
  type CaseVerdict,
  evaluateRule,
  mergeTraces,
  type OracleRule,
  vacuousClauses,
} from './oracle/index.js';

/** What a rule gave over a set of traces, in a form that two evaluators can be compared by. */
export interface Outcome {
  readonly passed: number;
  readonly cannotTell: number;
  /** `trace clause binding=span…`, sorted. */
  readonly violations: readonly string[];
  /** The clauses that could not have failed, as `never#1`. */
  readonly vacuous: readonly string[];
}

/** By the compiler: rules to SQL, run by DuckDB over relations that `load` fills. */
export async function compiledOutcomes(
  db: Store,
  rules: readonly OracleRule[],
  traces: readonly Trace[],
  load: typeof loadTraces = loadTraces,
): Promise<readonly Outcome[]> {
  const plan = planRules(rules.map(asResolved));
  const columns = await load(db, traces, plan.needs);
  const { rules: found, failed } = await evaluateRules(db, plan, columns, {
    bucketNs: 1n << 60n,
    limit: 1_000_000,
  });
  for (const { rule, problem } of failed) throw new Error(`${rule.id}: ${problem.message}`);
  return found.map(({ rule, buckets, violations, facts }) => ({
    vacuous: vacuousNames(rule.clauses, vacuousIn(rule, [...facts.values()])),
    passed: buckets.reduce((sum, bucket) => sum + bucket.passed, 0),
    cannotTell: buckets.reduce((sum, bucket) => sum + bucket.cannotTell, 0),
    violations: violations
      .map(({ traceId, clause, evidence }) => {
        const bound = evidence.filter((span) => span.bound !== undefined);
        const { keyword, index } = rule.clauses[clause]!;
        return violationText(
          traceId,
          `${keyword}#${index}`,
          bound.map((span) => [span.bound!, { ...span, kind: KINDS[span.kind]! }]),
        );
      })
      .sort(),
  }));
}

/** Which clauses could not have failed, by what parts of a run have shown. */
export function vacuousIn({ needs }: RulePlan, facts: readonly RuleFacts[]): readonly boolean[] {
  return clauseFacts(needs, facts.reduce(bothFacts, NO_FACTS)).map(({ vacuous }) => vacuous);
}

/** The clauses that could not have failed in a run over all parts, each evaluated by itself with what those before have shown. */
export async function vacuousOverParts(
  db: Store,
  rules: readonly OracleRule[],
  parts: readonly (readonly Trace[])[],
): Promise<readonly (readonly string[])[]> {
  const plan = planRules(rules.map(asResolved));
  const known = new Map<RulePlan, RuleFacts>();
  for (const part of parts) {
    const columns = await loadTraces(db, part, plan.needs);
    const knownFacts = (rule: RulePlan): RuleFacts => known.get(rule) ?? NO_FACTS;
    const { rules: found } = await evaluateRules(db, plan, columns, {
      bucketNs: 1n << 60n,
      limit: 0,
      knownFacts,
    });
    for (const { rule, facts } of found)
      known.set(rule, [...facts.values()].reduce(bothFacts, knownFacts(rule)));
  }
  return plan.rules.map((rule) => vacuousNames(rule.clauses, vacuousIn(rule, [known.get(rule) ?? NO_FACTS])));
}

function vacuousNames(clauses: OracleRule['clauses'] | RulePlan['clauses'], vacuous: readonly boolean[]) {
  return clauses.flatMap(({ keyword, index }, n) => (vacuous[n] ? [`${keyword}#${index}`] : []));
}

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];

/** By the slow evaluator. */
export function oracleOutcomes(rules: readonly OracleRule[], traces: readonly Trace[]): readonly Outcome[] {
  const whole = mergeTraces(traces);
  return rules.map((rule) => {
    const verdicts = whole.flatMap((trace) =>
      evaluateRule(rule, trace).map((verdict) => ({ trace, verdict })),
    );
    const count = (wanted: CaseVerdict['verdict']): number =>
      verdicts.filter(({ verdict }) => verdict.verdict === wanted).length;
    return {
      vacuous: vacuousNames(rule.clauses, vacuousClauses(rule, whole)),
      passed: count('pass'),
      cannotTell: count('cannot tell'),
      violations: verdicts
        .filter(({ verdict }) => verdict.verdict === 'violation')
        .map(({ trace, verdict }) =>
          violationText(trace.traceId, `${verdict.clause!.keyword}#${verdict.clause!.index}`, [
            ...verdict.binding,
          ]),
        )
        .sort(),
    };
  });
}

/** What tells the spans of a trace apart. */
interface Identified {
  readonly spanId: string;
  readonly kind: string;
  readonly name: string;
  readonly start: bigint;
}

function violationText(
  traceId: string,
  clause: string,
  bound: readonly (readonly [string, Identified])[],
): string {
  const spans = bound
    .map(([as, { spanId, kind, name, start }]) => `${as}=${spanId}/${kind}/${name}/${start}`)
    .sort();
  return [traceId, clause, ...spans].join(' ');
}

const range = { start: 0, end: 0 };

/** A generated rule as the workspace would hand it out. */
export function asResolved(rule: OracleRule, index = 0): ResolvedTraceRule {
  const clauses = rule.clauses.map((clause) => ({ ...clause, range }));
  return {
    kind: 'trace',
    path: 'generated.betrace',
    item: { kind: 'rule', id: { text: `rule-${index}`, range }, settings: [], clauses: [], range },
    expanded: { ...(rule.when === undefined ? {} : { when: rule.when }), clauses },
    settings: {
      severity: 'medium',
      tags: [],
      evidence: [],
      enabled: true,
      required: rule.settings.required,
      idle: false,
      skewNs: rule.settings.skewNs,
      onPartial: 'report',
    },
    bindings: rule.when === undefined ? [] : namesBoundBy(rule.when),
  };
}

function namesBoundBy(condition: NonNullable<OracleRule['when']>): readonly string[] {
  switch (condition.kind) {
    case 'and':
      return condition.operands.flatMap(namesBoundBy);
    case 'exists':
      return condition.pattern.as === undefined ? [] : [condition.pattern.as.text];
    case 'relation':
      return [condition.pattern, ...condition.references].flatMap(({ as }) =>
        as === undefined ? [] : [as.text],
      );
    case 'sequence':
      return condition.steps.flatMap(({ pattern }) => (pattern.as === undefined ? [] : [pattern.as.text]));
    default:
      return [];
  }
}
