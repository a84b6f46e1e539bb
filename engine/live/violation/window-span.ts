import type { NamedValue } from '../../otlp/named-value.js';
import { RETRACTION_SPAN, VIOLATION_SPAN } from '../../otlp/own-spans.js';
import type { WindowRulePlan } from '../../plan/window-plan.js';
import type { RateRise } from '../../verdicts/rate-rise.js';
import type { WindowViolation } from '../../verdicts/window-violation.js';
import { plainAttributes } from './carried.js';
import { retractionSpanId, violationSpanId } from './ids.js';
import { sinceAttributes } from './since.js';
import { retractionAttributes, violationOf } from './span.js';
import { writeSpan } from './write-span.js';

/** What a window was judged by: the spans that had come, or stored blocks. */
export type WindowBasis = 'early' | 'stored';

export interface WindowEmission {
  /** Since when there are more of them, where that is known. */
  readonly since?: RateRise | undefined;
  /** What they were found in. */
  readonly basis?: WindowBasis | undefined;
  /** How often it was retracted before. */
  readonly generation?: number;
}

/**
 * The violation as an OTLP `Span` message, in a trace of its own. It lasts as long as the window, has the labels of the series as
 * attributes, and links to traces that the value came from.
 */
export function windowViolationSpan(
  rule: WindowRulePlan,
  window: WindowViolation,
  { since, basis, generation = 0 }: WindowEmission = {},
): Uint8Array {
  const { id, labels, value, traces } = window;
  const clause = rule.clauses[window.clause];
  const { message, attributes } = violationOf(rule, clause, id);
  return writeSpan({
    traceId: id,
    spanId: violationSpanId(id, generation),
    name: VIOLATION_SPAN,
    start: window.fromNs,
    end: window.toNs,
    attributes: [
      ...plainAttributes(labels.map(({ name, value }) => [name, value])),
      ...attributes,
      ...sinceAttributes(since),
      // Nothing else in Tempo tells which of a rule's series it is.
      ['betrace.violation.series', labels.map(({ name, value }) => `${name}=${String(value)}`)],
      ['betrace.violation.trace_id', traces[0]],
      ['betrace.violation.service', textOf(labels, 'resource.service.name')],
      ['betrace.violation.basis', basis],
      ['betrace.violation.values', JSON.stringify(clause === undefined ? {} : { [clause.test.text]: value })],
    ],
    links: traces.map((traceId) => ({ traceId, attributes: [] })),
    error: message,
  });
}

/** Says that a window is not violated after all: by the stored blocks the rule was kept. */
export function windowRetractionSpan(
  rule: WindowRulePlan,
  { id, fromNs }: Pick<WindowViolation, 'id' | 'fromNs'>,
  generation = 0,
): Uint8Array {
  return writeSpan({
    traceId: id,
    spanId: retractionSpanId(id, generation),
    parentSpanId: violationSpanId(id, generation),
    name: RETRACTION_SPAN,
    start: fromNs,
    end: fromNs,
    attributes: retractionAttributes(rule, id),
    links: [],
  });
}

function textOf(labels: readonly NamedValue[], name: string): string | undefined {
  const value = labels.find((label) => label.name === name)?.value;
  return typeof value === 'string' ? value : undefined;
}
