/** Queries that people get wrong: each is refused at a place in its text, in a sentence, at once. */
import { describe, expect, it } from 'vitest';
import { LANGUAGE_CODES } from '../../engine/language/codes.js';
import { loadQuery } from '../../engine/language/query.js';

const MALFORMED: readonly string[] = [
  ...['', ' ', '{', '}', '{ }}', '{{ }}', '({ }', '{ })', '{ name = }', '{ = "a" }', '{ name "a" }'],
  ...[
    '{ name == "a" }',
    '{ name = a }',
    "{ name = 'a' }",
    '{ name = "a }',
    '{ name = `a }',
    '{ name = "\\q" }',
  ],
  ...[
    '{ name =~ "[" }',
    '{ name =~ "(?=a)" }',
    '{ name =~ span.a }',
    '{ name =~ 5 }',
    '{ name =~ "a{9999}" }',
  ],
  ...[
    '{ nmae = "a" }',
    '{ span:nmae = "a" }',
    '{ span: name = "a" }}',
    '{ span. = 1 }',
    '{ . a = 1 }',
    '{ . }',
  ],
  ...[
    '{ span."a = 1 }',
    '{ duration > 1 s }',
    '{ duration > 1x }',
    '{ duration > "1s" }',
    '{ status = "error" }',
  ],
  ...[
    '{ kind = serverr }',
    '{ status > ok }',
    '{ name = 5 }',
    '{ kind = error }',
    '{ 5 }',
    '{ "a" }',
    '{ nil }',
  ],
  ...['{ duration = nil }', '{ name = nil }', '{ 0x10 = span.a }', '{ span.a = 3foo }', '{ span.a = 1..2 }'],
  ...[
    '{ span.a in () }',
    '{ span.a in (1, }',
    '{ span.a in 1 }',
    '{ span.a in (span.b) }',
    '{ span.a contains span.b }',
  ],
  ...[
    '{ a && }',
    '{ && span.a }',
    '{ span.a || || span.b }',
    '{ ! }',
    '{ - }',
    '{ (span.a = 1 }',
    '{ span.a = 1) }',
  ],
  ...[
    '{ } &&',
    '&& { }',
    '{ } & { }',
    '{ } >>> { }',
    '{ } = { }',
    '{ } + { }',
    '{ } and { }',
    '{ } !! { }',
    '{ } { }',
  ],
  ...[
    '{ } |',
    '| { }',
    '{ } | | { }',
    '{ } | count()',
    '{ } | count(',
    '{ } | count() >',
    '{ } | count(duration) > 1',
  ],
  ...[
    '{ } | avg() > 1',
    '{ } | avg(name) > 1',
    '{ } | max("a") > 1',
    '{ } | avg(1) > 1',
    '{ } | median(duration) > 1',
  ],
  ...['{ } | by()', '{ } | by(1)', '{ } | by', '{ } | select()', '{ } | select(1 + 1)'],
  ...['{ } | coalesce', '{ } | coalesce(1)', '{ } | 3 > 2', '{ } | topk(10)', '{ } | foo()', '{ } | limit 5'],
  ...['{ } | rate(', '{ } | rate() by', '{ } | rate() by (', '{ } | rate() by ()', '{ } | rate(duration)'],
  ...['{ } | min_over_time()', '{ } | min_over_time(name)', '{ } | quantile_over_time(duration)'],
  ...[
    '{ } | quantile_over_time(duration, 2)',
    '{ } | quantile_over_time(.9, duration)',
    '{ } | rate() | topk(0)',
  ],
  ...[
    '{ } | rate() | topk(-1)',
    '{ } | rate() | topk(1.5)',
    '{ } | rate() | > 5',
    '{ } | rate() > ',
    '{ } | rate() | rate()',
  ],
  ...[
    '{ } | rate() by (a, b)',
    '{ } | rate() by (.a, .b, .c, .d, .e, .f)',
    '{ } | compare()',
    '{ } | compare({ }) by (.a)',
  ],
  ...[
    '{ } | rate() + { } | rate()',
    '({ } | rate()) + 10s',
    '({ } | rate()) % 2',
    '({ } | rate()) +',
    '2 * 3',
    '5',
  ],
  ...[
    '{ } with',
    '{ } with (',
    '{ } with (a)',
    '{ } with (a = )',
    '{ } /* open',
    'select * from spans',
    'name = "a"',
  ],
  ...[
    '{ name = "a" } SELECT',
    '{ \u0000 }',
    '{ name = "\ud800',
    '\u200b{ }',
    '{ } ;',
    'violations of',
    'violations of a b',
  ],
  ...[
    'when',
    'when { } as c',
    'always',
    'when { } never { } within 5s',
    'never { } before',
    'never { } before { } within',
  ],
];

describe('a malformed query', () => {
  it.each(MALFORMED)('%j is refused with a code, a place and advice', (text) => {
    const before = performance.now();
    const { query, diagnostics } = loadQuery(text);
    expect(performance.now() - before).toBeLessThan(2000);
    expect(query).toBeUndefined();
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    expect(errors.length).toBeGreaterThan(0);
    for (const { code, message, range } of errors) {
      expect(code).toMatch(/^BT[12]\d{3}$/);
      expect(LANGUAGE_CODES.get(code)?.advice).toBeTruthy();
      expect(message.trim()).not.toBe('');
      expect(range.start).toBeGreaterThanOrEqual(0);
      expect(range.end).toBeGreaterThanOrEqual(range.start);
      expect(range.end).toBeLessThanOrEqual(text.length);
    }
  });
});
