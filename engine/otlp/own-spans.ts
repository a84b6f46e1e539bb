/** The spans that BeTrace writes into Tempo itself: rules are about what was there before. */

/** What a span of a violation is called. */
export const VIOLATION_SPAN = 'betrace.violation';
/** What a span is called that says of a violation that it is none after all. */
export const RETRACTION_SPAN = 'betrace.retraction';

/** What a span is called that has the head of a chain of evidence. */
export const EVIDENCE_SPAN = 'betrace.evidence';

/** The attribute that a violation has. */
export const VIOLATION_KEY = 'betrace.violation';
/** The attribute of a retraction: the id of the violation. */
export const RETRACTS_KEY = 'betrace.retracts';

export const OWN_SPANS: readonly string[] = [VIOLATION_SPAN, RETRACTION_SPAN, EVIDENCE_SPAN];

export function isOwnSpan(name: string): boolean {
  return OWN_SPANS.includes(name);
}
