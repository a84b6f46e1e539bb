import { clauseName } from '../../language/words/clause-name.js';
import { RETRACTION_SPAN, RETRACTS_KEY, VIOLATION_KEY, VIOLATION_SPAN } from '../../otlp/own-spans.js';
import type { RulePlan } from '../../plan/plan.js';
import type { WindowRulePlan } from '../../plan/window-plan.js';
import { comparedValues } from '../../verdicts/compared-values.js';
import type { RateRise } from '../../verdicts/rate-rise.js';
import type { FoundViolation } from '../../verdicts/violation.js';
import type { VerdictBasis } from '../traces/open-trace.js';
import { carriedAttributesOf } from './carried.js';
import { retractionSpanId, violationSpanId } from './ids.js';
import { sinceAttributes } from './since.js';
import { type SpanAttribute, type SpanLink, writeSpan } from './write-span.js';

/** Where a violation span is: in a trace of its own that links to the offending one, or in that one. */
export type Placement = 'own-trace' | 'offending-trace';

export interface EmittedViolation {
  /** 32 hex digits: `violationId` of replay. In a trace of its own it is also the id of that trace. */
  readonly id: string;
  readonly rule: RulePlan;
  readonly found: FoundViolation;
  readonly basis: VerdictBasis;
  readonly generation: number;
  /** Since when the rule is violated more often than before, where that is known. */
  readonly since?: RateRise;
}

/** The violation as an OTLP `Span` message. Everything in it follows from the violation, times too, but for since when there are more of them. */
export function violationSpan(violation: EmittedViolation, placement: Placement): Uint8Array {
  const { id, rule, found, basis, generation } = violation;
  const { message, attributes } = violationOf(rule, rule.clauses[found.clause], id);
  const [first] = found.evidence;
  const inOffending = placement === 'offending-trace';
  return writeSpan({
    traceId: inOffending ? found.traceId : id,
    spanId: violationSpanId(id, generation),
    ...(inOffending && first !== undefined ? { parentSpanId: first.spanId } : {}),
    name: VIOLATION_SPAN,
    start: found.time,
    end: found.time,
    attributes: [
      // First: what is said of the violation itself goes before what a span carries under the same name.
      ...carriedAttributesOf(found),
      ...attributes,
      ...sinceAttributes(violation.since),
      ['betrace.violation.trace_id', found.traceId],
      ['betrace.violation.key', found.key && JSON.stringify(Object.fromEntries(found.key))],
      ['betrace.violation.service', first?.service ?? found.rootService],
      ['betrace.violation.basis', basis],
      ['betrace.violation.values', JSON.stringify(Object.fromEntries(comparedValues(found)))],
    ],
    links: linksOf(found),
    error: message,
  });
}

/** What violations of rules of any kind say of themselves, and the message of their status. */
export function violationOf(
  rule: OfRule,
  clause: RulePlan['clauses'][number] | WindowRulePlan['clauses'][number] | undefined,
  id: string,
): { readonly message: string; readonly attributes: readonly SpanAttribute[] } {
  const message = rule.settings.summary ?? clause?.text ?? rule.id;
  return {
    message,
    attributes: [
      [VIOLATION_KEY, true],
      ['betrace.violation.id', id],
      ...ruleAttributes(rule),
      ['betrace.violation.clause', clause === undefined ? '' : clauseName(clause)],
      ['betrace.violation.message', message],
    ],
  };
}

type OfRule = Pick<RulePlan, 'id' | 'revision' | 'settings'>;

function ruleAttributes({ id, revision, settings }: OfRule): readonly SpanAttribute[] {
  return [
    ['betrace.rule.id', id],
    ['betrace.rule.name', settings.summary ?? id],
    ['betrace.rule.severity', settings.severity],
    ['betrace.rule.revision', revision],
    ['betrace.evidence', settings.evidence],
    ['betrace.rule.owner', settings.owner],
    ['betrace.rule.runbook', settings.runbook],
  ];
}

function linksOf({ traceId, evidence }: FoundViolation): readonly SpanLink[] {
  if (evidence.length === 0) return [{ traceId, attributes: [] }];
  return evidence.map(({ traceId: own, spanId, bound }) => ({
    traceId: own ?? traceId,
    spanId,
    attributes: bound === undefined ? [] : [['betrace.bound', bound]],
  }));
}

/** Says that a violation is none after all: later spans made the trace keep the rule. */
export function retractionSpan(
  violation: Pick<EmittedViolation, 'id' | 'rule' | 'generation'> & {
    readonly found: Pick<FoundViolation, 'traceId' | 'time'>;
  },
  placement: Placement,
): Uint8Array {
  const { id, rule, found, generation } = violation;
  return writeSpan({
    traceId: placement === 'offending-trace' ? found.traceId : id,
    spanId: retractionSpanId(id, generation),
    parentSpanId: violationSpanId(id, generation),
    name: RETRACTION_SPAN,
    start: found.time,
    end: found.time,
    attributes: [...retractionAttributes(rule, id), ['betrace.violation.trace_id', found.traceId]],
    links: [],
  });
}

/** What retractions say, whatever the kind of the rule. */
export function retractionAttributes({ id, revision, settings }: OfRule, violation: string): SpanAttribute[] {
  return [
    ['betrace.violation.id', violation],
    [RETRACTS_KEY, violation],
    ['betrace.rule.id', id],
    ['betrace.rule.severity', settings.severity],
    ['betrace.rule.revision', revision],
  ];
}
