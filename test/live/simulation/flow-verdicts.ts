/** What rules across traces say of some traces, by the slow evaluator: nothing in here is of the code that is tried. */
import type { Span, Trace } from '../../../engine/otlp/model.js';
import { keyNames } from '../../../engine/plan/flow-plan.js';
import type { RulePlan } from '../../../engine/plan/plan.js';
import type { FoundViolation } from '../../../engine/verdicts/violation.js';
import { violationId } from '../../../engine/verdicts/violation-id.js';
import { evaluateFlowRule, type FlowVerdict, type OracleFlowRule } from '../../support/oracle/flow.js';
import { mergeTraces } from '../../support/oracle/index.js';
import { FLOW_VARIANTS, type FlowVariant } from './flow-rules.js';
import { ruleKeyOf } from './judged.js';
import { ruleSetOf } from './rules.js';
import { evidenceOf } from './verdicts.js';

/** A case of a flow, and what it came to. */
export interface FlowCase {
  readonly kind: FlowVerdict['verdict'];
  /** What it would be known by as a violation. */
  readonly id: string;
  readonly found: FoundViolation;
  readonly flow: string;
  /** What its bound spans are; undefined for a piece. */
  readonly boundSpans: string | undefined;
  /** It is gone once the spans are that start then. */
  readonly goneNs: bigint;
  /** Between which times spans start that the verdict may depend on. */
  readonly firstNs: bigint;
  readonly lastNs: bigint;
}

/** Spans of the traces of a tenant, by the id of the trace. */
export type TracesOfTenant = ReadonlyMap<string, ReadonlySet<Span>>;

/** `endNs`: what starts from here on may not be there yet; `gone`: spans that flows were made with and that are not there any more. */
export function flowCases(
  tenant: string,
  rule: RulePlan,
  traces: TracesOfTenant,
  endNs: bigint,
  gone?: ReadonlySet<Span>,
): readonly FlowCase[] {
  const { resolved, looksBack } = variantOf(rule);
  const { settings, expanded } = resolved;
  const oracle: OracleFlowRule = { ...expanded, settings, across: settings.across };
  const whole = mergeTraces([...traces].map(([traceId, spans]): Trace => ({ traceId, spans: [...spans] })));
  const homes = new Map(whole.flatMap((trace) => trace.spans.map((span) => [span, trace] as const)));
  return evaluateFlowRule(oracle, whole, { endNs, ...(gone && { gone }) }).map((verdict) => {
    const { time, lastNs } = verdict;
    const flow = flowText(rule, verdict.flow);
    const firstNs = looksBack ? verdict.firstNs : time - settings.skewNs;
    const found: FoundViolation = {
      ...foundOf(rule, verdict, homes),
      watched: { flow, firstNs, lastNs, counted: 'not yet' },
    };
    const bound = [...verdict.binding.values()];
    const [firstBound] = bound.toSorted((a, b) => (a.start < b.start ? -1 : 1));
    return {
      ...{ kind: verdict.verdict, id: violationId(tenant, rule, found), found, flow, firstNs, lastNs },
      boundSpans: bound.length === 0 ? undefined : bound.map((span) => spanText(span, homes)).join(),
      goneNs: firstBound?.start ?? lastNs - settings.across.withinNs,
    };
  });
}

function spanText(span: Span, homes: ReadonlyMap<Span, Trace>): string {
  const { spanId, kind, start, name } = span;
  return `${homes.get(span)!.traceId} ${spanId} ${kind} ${start} ${name}`;
}

function foundOf(
  rule: RulePlan,
  { binding, clause, time, flow, seen }: FlowVerdict,
  homes: ReadonlyMap<Span, Trace>,
): FoundViolation {
  const bound = rule.bindings.map(({ name }) => {
    const span = binding.get(name)!;
    const { traceId, spans } = homes.get(span)!;
    return { ...evidenceOf(name, span, spans), traceId };
  });
  const [first] = seen.spans.toSorted((a, b) => (a.start < b.start ? -1 : 1));
  return {
    traceId: bound[0]?.traceId ?? homes.get(first!)!.traceId,
    time,
    key: new Map(keyNames(rule.flow!).map((name, n) => [name, keyValues(rule, flow)[n]])),
    clause: rule.clauses.findIndex(
      (planned) => planned.keyword === clause?.keyword && planned.index === clause.index,
    ),
    evidence: bound,
    values: new Map(),
  };
}

function keyValues({ flow: kind }: RulePlan, flow: string): readonly unknown[] {
  if (kind?.kind === 'links') return [flow];
  return (JSON.parse(flow) as readonly string[]).map((part) => JSON.parse(part.replace(/^bool /, '')));
}

/** As `WatchedCase.flow` has it. */
function flowText({ flow: kind }: RulePlan, flow: string): string {
  if (kind?.kind === 'links') return JSON.stringify([flow]);
  const parts = JSON.parse(flow) as readonly string[];
  return `[${parts.map((part) => part.replace(/^bool /, '')).join(', ')}]`;
}

/** The rules of the simulation by their meaning. */
const variants = new Map<string, FlowVariant>();

function variantOf(rule: RulePlan): FlowVariant {
  if (variants.size === 0)
    for (const [name, texts] of Object.entries(FLOW_VARIANTS))
      for (const [n, variant] of texts.entries())
        for (const { plan } of ruleSetOf(new Map([[name, n]])).closing)
          for (const planned of plan.rules) variants.set(ruleKeyOf(planned), variant);
  const variant = variants.get(ruleKeyOf(rule));
  if (variant === undefined) throw new Error(`${rule.id} is no rule of the simulation`);
  return variant;
}
