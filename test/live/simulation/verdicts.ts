/** What rules say of a trace, by the slow evaluator: nothing in here is of the code that is tried. */
import type { ResolvedTraceRule } from '../../../engine/language/link/resolved.js';
import type { Span, Trace } from '../../../engine/otlp/model.js';
import type { RulePlan } from '../../../engine/plan/plan.js';
import type { EvidenceSpan, FoundViolation } from '../../../engine/verdicts/violation.js';
import { violationId } from '../../../engine/verdicts/violation-id.js';
import { type CaseVerdict, evaluateRule, mergeTraces } from '../../support/oracle/index.js';
import { type JudgedTrace, type RuleCases, ruleKeyOf } from './judged.js';
import { RULE_VARIANTS, ruleSetOf } from './rules.js';

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];

export interface Verdict {
  readonly kind: CaseVerdict['verdict'];
  readonly found: FoundViolation;
}

/** One for each case of the rule. */
export function verdictsOn(trace: Trace, rule: RulePlan): readonly Verdict[] {
  const [whole] = mergeTraces([trace]);
  return evaluateRule(textOf(rule), whole!).map((verdict) => ({
    kind: verdict.verdict,
    found: foundOf(whole!, rule, verdict),
  }));
}

export function casesOf({ tenant, traceId, spans }: JudgedTrace, rule: RulePlan): RuleCases {
  const verdicts = verdictsOn({ traceId, spans: [...spans] }, rule);
  const count = (wanted: Verdict['kind']): number => verdicts.filter(({ kind }) => kind === wanted).length;
  const violated = verdicts.filter(({ kind }) => kind === 'violation');
  return {
    passed: count('pass'),
    cannotTell: count('cannot tell'),
    violated: violated.map(({ found }) => violationId(tenant, rule, found)).sort(),
  };
}

/** The rules of the simulation by their meaning. */
const texts = new Map<string, ResolvedTraceRule>();

function textOf(rule: RulePlan): ResolvedTraceRule['expanded'] & Pick<ResolvedTraceRule, 'settings'> {
  if (texts.size === 0)
    for (const [name, variants] of Object.entries(RULE_VARIANTS))
      for (const [n, resolved] of variants.entries())
        for (const { plan } of ruleSetOf(new Map([[name, n]])).closing)
          for (const planned of plan.rules) texts.set(ruleKeyOf(planned), resolved);
  const resolved = texts.get(ruleKeyOf(rule));
  if (resolved === undefined) throw new Error(`${rule.id} is no rule of the simulation`);
  return { ...resolved.expanded, settings: resolved.settings };
}

function foundOf(
  { traceId, spans }: Trace,
  rule: RulePlan,
  { clause, binding }: CaseVerdict,
): FoundViolation {
  const bound = rule.bindings.map(({ name }) => evidenceOf(name, binding.get(name)!, spans));
  const starts = spans.map(({ start }) => start).sort((a, b) => (a < b ? -1 : 1));
  return {
    traceId,
    time: bound[0]?.start ?? starts[0]!,
    clause: rule.clauses.findIndex(
      (planned) => planned.keyword === clause?.keyword && planned.index === clause.index,
    ),
    evidence: bound,
    values: new Map(),
  };
}

export function evidenceOf(bound: string, span: Span, spans: readonly Span[]): EvidenceSpan {
  const { spanId, kind, name, start, duration, resource } = span;
  const service = resource.get('service.name');
  return {
    bound,
    spanId,
    kind: KINDS.indexOf(kind),
    name,
    start,
    duration,
    values: new Map(),
    sharesKind: spans.some((other) => other !== span && other.spanId === spanId && other.kind === kind),
    ...(typeof service === 'string' ? { service } : {}),
  };
}
