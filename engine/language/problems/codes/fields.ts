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
  BT2503: {
    title: 'A value that no known span has',
    severity: 'warning',
    explanation:
      'All values of this field that are stored are known, as they are few and each occurs often. This one is not among them, and one of them is close to it.',
    example: 'rule r { never { span.currency = "usd" } }',
    needsFields: true,
    advice: 'Correct the value; ignore this if it is yet to come.',
  },
  BT2504: {
    title: 'A number made of what is no number',
    severity: 'warning',
    explanation:
      'The stored blocks hold this attribute as text or truth value only, so a sum or a quantile of it has no value.',
    example: 'rule r { never sum({ name = "a" }, span.currency) > 3 }',
    needsFields: true,
    advice: 'Take an attribute that holds numbers, or count different values with distinct.',
  },
  BT2505: {
    title: 'An expression that matches no whole value',
    severity: 'warning',
    explanation:
      '=~ and !~ compare the whole value, as in Tempo. All values of this field that are stored are known, and the expression matches a part of one and the whole of none.',
    example: 'rule r { never { span.currency =~ "EU" } }',
    needsFields: true,
    advice: 'Put .* where more may follow, or use contains or starts with.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
