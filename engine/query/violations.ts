import { enabled } from '../language/link/enabled.js';
import type { ResolvedTraceRule } from '../language/link/resolved.js';
import type { ViolationLabel } from '../language/tree/ast-query.js';
import { clauseNameAt } from '../language/words/clause-name.js';
import { planRules } from '../plan/lower/lower.js';
import type { RulePlan } from '../plan/plan.js';
import type { ColumnNeeds } from '../plan/schema.js';
import type { StoredRun } from '../spans/stored-run.js';
import { type AllTraces, overShares } from '../spans/traces.js';
import { evaluateRules } from '../sql/run/evaluate.js';
import { findListed } from '../sql/run/search.js';
import type { RuleEvaluation } from '../verdicts/evaluation.js';
import { RULE_FAILED } from '../verdicts/rule-problem.js';
import type { EvidenceSpan, FoundViolation } from '../verdicts/violation.js';
import { violationId } from '../verdicts/violation-id.js';
import { foundTraces } from './found-traces.js';
import { grouped } from './grouped.js';
import { newest } from './newest.js';
import { QueryError } from './query-error.js';
import { inspectedBy } from './search.js';
import type { FoundSpan, FoundSpanset, FoundTrace, SearchResult } from './search-result.js';
import { comparedValue, groupValue, type ViolationGroup, violationGroups } from './violation-labels.js';

export type ViolationsOptions = AllTraces & ViolationsQuestion;

interface ViolationsQuestion {
  /** Run even if it is disabled. */
  readonly rule: ResolvedTraceRule;
  /** Traces in the result, the newest ones. */
  readonly limit: number;
  /** Spans listed as evidence of each violation. */
  readonly spansPerSpanset: number;
  /** What each violation says in addition, as `by(…)` does of a group of spans. */
  readonly by?: readonly ViolationLabel[];
}

/**
 * The traces that violate a rule, as a search gives them: a spanset for each violation, of the spans that are evidence,
 * with the attributes `violation` (its id), `rule`, `severity`, `clause` (`always#1`), `message`, and the values that were compared;
 * those that are of a span are among its own. Throws a `QueryError` for a label that is not of the span which a violation is about.
 */
export async function searchViolations(options: ViolationsOptions): Promise<SearchResult> {
  const { rule, limit, signal, by = [] } = options;
  const groups = violationGroups(by);
  const plan = planRules(
    [enabled(rule)],
    groups.flatMap((group) => (group.kind === 'field' ? [group.field] : [])),
  );
  const traces = { ...options, window: { ...options.window, withoutOwn: true } };
  return await overShares(traces, withStatus(plan.needs), async ({ all }) => {
    let found: readonly FoundTrace[] = [];
    const add = async (run: StoredRun): Promise<void> => {
      await run.forEachUnit(async (canSplit) => {
        const { rules, failed } = await evaluateRules(run.db, plan, run.columns, {
          bucketNs: ONE_BUCKET,
          limit,
          listed: 'newest traces',
          canSplit,
          ...(signal === undefined ? {} : { signal }),
        });
        if (failed.some(({ problem }) => problem.code === RULE_FAILED)) await run.checkBlocks();
        for (const { problem } of failed) throw new QueryError(problem.code, problem.message);
        const [judged] = rules;
        if (judged === undefined || judged.violations.length === 0) return;
        const shown = await showTraces(run, judged, groups, options);
        found = newest([...found, ...shown], limit);
      });
    };
    if (limit > 0) await Promise.all(all.map(add));
    return { traces: found, inspected: inspectedBy(all) };
  });
}

/** Counts by time are not asked for. */
const ONE_BUCKET = 1n << 62n;

/** Statistics of services count the spans that failed. */
function withStatus(needs: ColumnNeeds): ColumnNeeds {
  return { ...needs, spans: [...new Set([...needs.spans, 'status' as const])].sort() };
}

async function showTraces(
  run: StoredRun,
  { rule, violations }: RuleEvaluation,
  groups: readonly ViolationGroup[],
  options: ViolationsOptions,
): Promise<readonly FoundTrace[]> {
  await findListed(run.db);
  const byTrace = grouped(violations, ({ traceId }) => traceId);
  const spansetsOf = ({ traceId }: { readonly traceId: string }): readonly FoundSpanset[] =>
    (byTrace.get(traceId) ?? []).map((violation) => violationSpanset(violation, rule, groups, options));
  return await foundTraces(run, (spans) => Promise.resolve({ spansetsOf, spans }));
}

function violationSpanset(
  violation: FoundViolation,
  rule: RulePlan,
  groups: readonly ViolationGroup[],
  { tenant, spansPerSpanset }: ViolationsOptions,
): FoundSpanset {
  const { evidence, values, clause } = violation;
  const { text } = rule.clauses[clause]!;
  const { severity, summary } = rule.settings;
  return {
    matched: evidence.length,
    attributes: [
      ...groups.map((group) => ({ name: `by(${group.text})`, value: groupValue(group, violation, rule) })),
      { name: 'rule', value: rule.id },
      { name: 'severity', value: severity },
      { name: 'clause', value: clauseNameAt(rule, clause) },
      { name: 'message', value: summary ?? text },
      ...[...values].map(([name, value]) => ({ name, value: comparedValue(value) })),
      { name: 'violation', value: violationId(tenant.name, rule, violation) },
    ],
    spans: evidence.slice(0, spansPerSpanset).map(evidenceSpan),
  };
}

function evidenceSpan({ bound, spanId, name, service, start, duration, values }: EvidenceSpan): FoundSpan {
  const attributes = [
    ...(bound === undefined ? [] : [{ name: 'bound', value: bound }]),
    ...(service === undefined ? [] : [{ name: 'service.name', value: service }]),
    ...[...values].map(([name, value]) => ({ name: name, value: comparedValue(value) })),
  ];
  return { spanId, name, start, duration, attributes };
}
