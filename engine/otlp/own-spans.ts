/** The spans that BeTrace writes into Tempo itself: rules are about what was there before. */

/** What a span of a violation is called. */
export const VIOLATION_SPAN = 'betrace.violation';
/** What a span is called that says of a violation that it is none after all. */
export const RETRACTION_SPAN = 'betrace.retraction';

export function isOwnSpan(name: string): boolean {
  return name === VIOLATION_SPAN || name === RETRACTION_SPAN;
}
