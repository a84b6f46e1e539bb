import type { CodeEntry } from './entry.js';

/** BT25xx: attributes compared with what stored blocks are known to hold. */
export const FIELD_CODES = {
  BT2501: {
    title: 'An attribute that no known span has',
    severity: 'warning',
    explanation: 'The stored blocks were searched for attributes, and none has this one in this scope.',
    example: 'rule r { never { span.http.status_coed = 500 } }',
    needsFields: true,
    advice: 'Correct the name or the scope; ignore this if the attribute is yet to come.',
  },
  BT2502: {
    title: 'An attribute that was never of this type',
    severity: 'warning',
    explanation:
      'The stored blocks hold this attribute with other types only. A comparison of different types is false, so "500" never equals 500.',
    example: 'rule r { never { span.http.status_code = "500" } }',
    needsFields: true,
    advice: 'Write the value in the type the message names.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
