import { describe, expect, test } from 'vitest';
import { fixedTexts, marksOf, never } from './marked.js';

/** Filter, what is reported of it, and the filter that the first fix makes. */
const CASES: readonly (readonly [filter: string, marks: readonly string[], fixed?: string])[] = [
  ['duration', ['BT2201 duration']],
  ['name', ['BT2201 name']],
  ['span.n + 1', []],
  ['span.cache.hit', []],
  ['1', ['BT2201 1']],
  ['duration > "x"', ['BT2202 "x"']],
  ['duration > "5s"', ['BT2202 "5s"'], 'duration > 5s'],
  ['kind = error', ['BT2202 error']],
  ['name > 5', ['BT2202 5'], 'name > "5"'],
  ['name = error', ['BT2202 error'], 'name = "error"'],
  ['status = "error"', ['BT2202 "error"'], 'status = error'],
  ['status != "STATUS_CODE_OK"', ['BT2202 "STATUS_CODE_OK"'], 'status != ok'],
  ['kind = "server"', ['BT2202 "server"'], 'kind = server'],
  ['"client" = kind', ['BT2202 "client"'], 'client = kind'],
  ['kind = "nothing"', ['BT2202 "nothing"']],
  ['span:childCount = "3"', ['BT2202 "3"'], 'span:childCount = 3'],
  ['name = kind', ['BT2202 kind']],
  ['duration > 1000', ['BT2217 1000']],
  ['duration > 1.5', ['BT2217 1.5']],
  ['span:end - span:start > 5s', []],
  ['span:start + 5s < span:end', []],
  ['span:start > 5s', ['BT2202 5s']],
  ['span:start > 1700000000000000000', []],
  ['span:end - span.deadline > 0', []],
  ['span:start >= 2026-12-20', ['BT2218 2026-12-20']],
  ['span:start > 1767225600', ['BT2218 1767225600'], 'span:start > 1767225600000000000'],
  ['1767225600000 = span:end', ['BT2218 1767225600000'], '1767225600000000000 = span:end'],
  ['span:end < span:start', ['BT2304 span:end < span:start']],
  ['trace:start > span:end', ['BT2304 trace:start > span:end']],
  ['span:start <= span:end', ['BT2305 span:start <= span:end']],
  ['parent.end < span:start && span:end < parent.start', []],
  ['span.a[0] = "v"', ['BT2219 span.a[0]']],
  ['span.m["k"] = "v"', ['BT2219 span.m["k"]']],
  ['span."" = "v"', ['BT2220 span.""']],
  ['5s - span:start > 1s', ['BT2212 5s - span:start']],
  ['span:start + span:end > 5s', ['BT2212 span:start + span:end']],
  ['name + 1 > 2', ['BT2212 name + 1']],
  ['-name = "a"', ['BT2212 name']],
  ['status > ok', ['BT2203 status > ok']],
  ['kind >= kind', ['BT2203 kind >= kind']],
  ['duration =~ "a"', ['BT2203 duration']],
  ['status contains "a"', ['BT2203 status']],
  ['name =~ span.pattern', ['BT2204 span.pattern']],
  ['name !~ 5', ['BT2204 5'], 'name !~ "5"'],
  ['name contains span.part', ['BT2204 span.part']],
  ['name contains 5', ['BT2204 5'], 'name contains "5"'],
  ['span.list contains 5', []],
  ['span.text starts with 5', ['BT2204 5'], 'span.text starts with "5"'],
  ['name =~ "a(?=b)"', ['BT2205 (?=']],
  ['name =~ `(a)\\1`', ['BT2205 \\1']],
  ['name =~ "\\\\d(?!b)"', ['BT2205 "\\\\d(?!b)"']],
  ['name = nil', ['BT2208 name = nil']],
  ['nil = kind', ['BT2208 nil = kind']],
  ['resource.service.name = nil', ['BT2208 resource.service.name = nil']],
  ['parent.name = nil', []],
  ['root.resource.service.name = nil', []],
  ['rootName = nil', []],
  ['rootServiceName != nil', []],
  ['span.a = nil', []],
  ['name && status = error', ['BT2211 name']],
  ['!duration', ['BT2211 duration']],
  ['span.a && span.b', []],
  ['parent.event.x = 1', []],
  ['status in ("error")', ['BT2202 "error"'], 'status in (error)'],
  ['name in ("a", 1)', ['BT2215 1'], 'name in ("a", "1")'],
  ['span.a in (1, 2.5, 3s)', []],
  ['span.a not in (1, "b")', ['BT2215 "b"']],
  ['duration > 5', ['BT2217 5'], 'duration > 5s'],
  ['0.5 <= duration', ['BT2217 0.5'], '0.5s <= duration'],
  ['parent.end - parent.start != 500', ['BT2217 500'], 'parent.end - parent.start != 500s'],
  ['duration > 1e3', ['BT2217 1e3']],
  ['duration / trace:duration > 0.5', []],
  ['(span:end - span:start) / 2s = 3', []],
  ['duration / 2 > 5', ['BT2217 5'], 'duration / 2 > 5s'],
  ['2 * duration < 5', ['BT2217 5'], '2 * duration < 5s'],
  ['5 / duration > 1', []],
  ['duration > 0 && duration < 5000000000 && span.a > 5', []],
  ['span.duration > 1s', ['BT2216 span.duration'], 'span:duration > 1s'],
  ['parent.span.status = error', ['BT2216 parent.span.status', 'BT2304 parent.span.status = error']],
  ['parent.span.name = "x"', ['BT2216 parent.span.name'], 'parent.name = "x"'],
  ['root.nmae = "x"', ['BT2216 root.nmae'], 'root.name = "x"'],
  ['parent.strat > parent.ends', ['BT2216 parent.strat', 'BT2216 parent.ends'], 'parent.start > parent.ends'],
  ['parent.env = "x" && root.tenant = "y" && .nmae = "z"', []],
];

describe('types of filters', () => {
  for (const [filter, marks, fixed] of CASES) {
    test(filter, () => {
      expect(marksOf(never(filter))).toEqual(marks);
      if (fixed !== undefined) expect(fixedTexts(never(filter))[0]).toBe(never(fixed));
    });
  }
});

/** Condition of a clause, in a rule that binds `c`. */
const CONDITIONS: readonly (readonly [condition: string, marks: readonly string[]])[] = [
  ['{ name = "b" } before c where span.a =~ c.span.x', ['BT2204 c.span.x']],
  ['c.name =~ c.span.x', ['BT2204 c.span.x']],
  ['c.duration > "x"', ['BT2202 "x"']],
  ['c.start - c.parent.start > 2s', []],
  ['c.start > 2s', ['BT2202 2s']],
  ['-c.name = "a"', ['BT2212 c.name']],
  ['c.event.n > 1', []],
  ['c.event:name = nil', []],
  ['c.event:name > 5', ['BT2202 5']],
  ['sum({ name = "b" }, event:name) > c.span.n', ['BT2210 event:name']],
  ['c.name = nil', ['BT2208 c.name = nil']],
  ['c.span.x = nil', []],
  ['{ event.level != nil } | by(event.level) | count() > 2 and c where span.a', []],
  ['count(c | by(name)) > 2', []],
  ['sum({ name = "b" }, name) > c.span.n', ['BT2210 name']],
  ['sum({ name = "b" }, 1) > c.span.n', ['BT2209 1']],
  ['distinct({ name = "b" }, name) > c.span.n', []],
  ['distinct({ name = "b" }, link.x) > c.span.n', []],
  ['quantile({ name = "b" }, duration, 99) > c.duration', ['BT2213 99']],
  ['quantile({ name = "b" }, duration, 0.99) > c.duration', []],
  ['{ name = "b" } | max(duration) > "1s" and c', ['BT2202 "1s"']],
  ['{ name = "b" } | avg(span.a) > 1.5 and c', []],
];

describe('types of conditions', () => {
  test.each(CONDITIONS)('always %s', (condition, marks) => {
    const found = marksOf(`rule r { when { name = "a" } as c  always ${condition} }`);
    expect(found.filter((mark) => !mark.startsWith('BT2005'))).toEqual(marks);
  });

  test('a percentile is turned into a share', () => {
    expect(fixedTexts('rule r { never quantile({ name = "b" }, duration, 99) > 1s }')).toEqual([
      'rule r { never quantile({ name = "b" }, duration, 0.99) > 1s }',
    ]);
  });
});
