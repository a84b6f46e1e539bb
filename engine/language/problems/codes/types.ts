import type { CodeEntry } from './entry.js';

/** BT22xx: types of expressions. */
export const TYPE_CODES = {
  BT2201: {
    title: 'A filter that is not true or false',
    severity: 'error',
    explanation: 'A filter holds a condition, or one attribute whose value is true or false.',
    example: 'rule r { never { duration + 1s } }',
    advice: 'Compare the value with something.',
  },
  BT2202: {
    title: 'Values that cannot be compared',
    severity: 'error',
    explanation:
      'The two sides have types that never compare as equal. Ints, floats and durations compare with each other, times with times and plain numbers (nanoseconds since 1970), everything else with its own type only.',
    example: 'rule r { never { status = "error" } }',
    advice: 'Write the other side in the type the message names. status and kind values have no quotes.',
  },
  BT2203: {
    title: 'An operator that the type does not have',
    severity: 'error',
    explanation:
      'true and false, status and kind have = and != only; regular expressions, contains and starts with are for strings.',
    example: 'rule r { never { status > ok } }',
    advice: 'Use = or !=, or another field.',
  },
  BT2204: {
    title: 'A right side that is not a string',
    severity: 'error',
    explanation:
      'The right side of =~ and !~ is a string in the text, since a regular expression is prepared before any span is read; that of contains and starts with is a string or a field.',
    example: 'rule r { never { name =~ span.pattern } }',
    advice: 'Write the string, or compare the two fields with =.',
  },
  BT2205: {
    title: 'A faulty regular expression',
    severity: 'error',
    explanation:
      'Expressions have RE2 syntax: matching takes linear time, so there is no lookahead, no lookbehind, no backreference and no possessive repetition.',
    example: 'rule r { never { name =~ "(?=a)" } }',
    advice: 'Rewrite the expression as the message says; combine two filters instead of a lookahead.',
  },
  BT2206: {
    title: 'A regular expression that is too large',
    severity: 'error',
    explanation:
      'An expression has at most 2 000 characters, and at most 20 000 parts once its repetitions are written out.',
    example:
      'rule r { never { name =~ ".{1000}.{1000}.{1000}.{1000}.{1000}.{1000}.{1000}.{1000}.{1000}.{1000}.{1000}.{1000}.{1000}.{1000}.{1000}.{1000}.{1000}.{1000}.{1000}.{1000}.{1000}" } }',
    advice: 'Shorten it, or match with contains, starts with or in.',
  },
  BT2208: {
    title: '`= nil` on a field that is always there',
    severity: 'error',
    explanation: 'Intrinsics and resource.service.name are never missing, so the test can never hold.',
    example: 'rule r { never { name = nil } }',
    advice: 'Compare with the empty string, or remove the test.',
  },
  BT2209: {
    title: 'A constant where the span should be read',
    severity: 'error',
    explanation:
      'by(…) and the aggregates take an expression over a field; a constant is the same for every span.',
    example: 'rule r { never { } | by(1) | count() > 2 }',
    advice: 'Name a field.',
  },
  BT2210: {
    title: 'An aggregate over something that is no number',
    severity: 'error',
    explanation: 'sum, avg, min, max and quantile take numbers and durations.',
    example: 'rule r { never { } | max(name) > 2 }',
    advice: 'Name a numeric field, or use distinct, count or by.',
  },
  BT2211: {
    title: 'A value that is not true or false next to &&, || or !',
    severity: 'error',
    explanation: '&&, || and ! join conditions and attributes that are true or false.',
    example: 'rule r { never { name && status = error } }',
    advice: 'Compare the value with something.',
  },
  BT2212: {
    title: 'Arithmetic with something that is no number',
    severity: 'error',
    explanation:
      'Arithmetic takes numbers and durations. Of times, the difference of two is a duration, and a duration can be added or subtracted.',
    example: 'rule r { never { span:end + span:start > 1s } }',
    advice: 'Use numbers, or the difference of two times.',
  },
  BT2213: {
    title: 'A quantile outside 0 to 1',
    severity: 'error',
    explanation:
      'The third argument of quantile is the share of values that lie below: 0.99 for the 99th percentile.',
    example: 'rule r { never quantile({ name = "a" }, duration, 99) > 1s }',
    advice: 'Divide by 100.',
  },
  BT2215: {
    title: 'A list that mixes types',
    severity: 'warning',
    explanation:
      'The values of in (…) usually have one type, that of the field; a value of another type matches nothing.',
    example: 'rule r { never { span.a in (1, "b") } }',
    advice: 'Write the value in the type of the others.',
  },
  BT2216: {
    title: 'An attribute named like an intrinsic',
    severity: 'hint',
    explanation:
      'span.duration is an attribute with the key "duration"; the time a span took is span:duration. Of a bound span, c.duraton is the attribute "duraton".',
    example: 'rule r { never { span.duration > 1s } }',
    advice: 'Write the intrinsic, unless your spans really carry this attribute.',
  },
  BT2217: {
    title: 'A duration compared with a number without a unit',
    severity: 'warning',
    explanation:
      'A duration counts in nanoseconds, so duration > 5 holds of every span that takes longer than 5 nanoseconds.',
    example: 'rule r { never { duration > 5 } }',
    advice: 'Write the unit: 5s, 5ms; or 5ns, if that is what is meant.',
  },
  BT2218: {
    title: 'A time compared with a bare number',
    severity: 'error',
    explanation:
      'A bare number does not say what it counts, seconds or nanoseconds, and 2026-12-20 is a subtraction. Times are written @2026-12-20 and @2026-12-20T18:00:00Z.',
    example: 'rule r { never { span:start > 1767225600 } }',
    advice: 'Write the time with @, or compare with another time.',
  },
  BT2219: {
    title: 'Brackets in the name of an attribute',
    severity: 'warning',
    explanation:
      'Elements of lists and maps cannot be read: span.a[0] is the attribute whose key is "a[0]". A comparison with a list holds if it holds of some element.',
    example: 'rule r { never { span.a[0] = "v" } }',
    advice: 'Compare the list itself; put the key in quotes if it really has brackets.',
  },
  BT2220: {
    title: 'An attribute without a name',
    severity: 'warning',
    explanation: 'No span has an attribute whose key is empty, so the comparison never holds.',
    example: 'rule r { never { span."" = "v" } }',
    advice: 'Write the name of the attribute.',
  },
  BT2221: {
    title: 'A field that a bound span does not have',
    severity: 'warning',
    explanation:
      'The dot of a bound span is followed by a field as in a filter. c.depth is none: it is read as the attribute "depth" of the span or its resource, and a slip is no error then.',
    example: 'rule r { when { name = "a" } as c  never c.depth > 20 }',
    advice: 'Write the scope of the attribute, or correct the name.',
  },
  BT2222: {
    title: 'A group of all spans without a key',
    severity: 'warning',
    explanation:
      'by(a) makes one group of all spans that lack the attribute. Two charges without a key then count as two of one key, and a rule about repetition finds what repeats nothing.',
    example: 'rule r { never { name = "payment.charge_card" } | by(span.idempotency.key) | count() > 1 }',
    advice: 'Leave these spans out before: | { span.idempotency.key != nil } | by(…).',
  },
  BT2223: {
    title: 'A function of another type',
    severity: 'error',
    explanation:
      'lower and length take strings; hour, weekday and date take times, of the span or @2026-12-31, and not what date gives, which has no time of day.',
    example: 'rule r { never { hour(duration) > 22 } }',
    advice: 'Hand in a value of the type that the function takes.',
  },
  BT2224: {
    title: 'An unknown time zone',
    severity: 'error',
    explanation:
      'A zone is written as the IANA database has it: "Europe/Berlin", "America/New_York", "UTC". Abbreviations such as CEST say what clocks show in one half of the year.',
    example: 'rule r { never { hour(span:start, "Europe/Berln") >= 22 } }',
    advice: 'Correct the name of the zone.',
  },
  BT2225: {
    title: 'A field in quotes',
    severity: 'warning',
    explanation:
      'What is in double quotes or backticks is a text, the same for every span, so the comparison says nothing about any. Names of fields have no quotes; those of attributes begin with a scope: span.user.id.',
    example: 'rule r { never { "name" = "db.query" } }',
    advice: 'Remove the quotes.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
