import { describe, expect, test } from 'vitest';
import { fixedTexts, marksOf } from './marked.js';

/** Text, what is reported of it, and what the fixes of the first report make of it. */
const CASES: readonly (readonly [text: string, marks: readonly string[], fixed?: readonly string[]])[] = [
  // conditions whose outcome is fixed
  ['rule r { never { duration < 0ns } }', ['BT2304 duration < 0ns']],
  ['rule r { never { 0 > duration } }', ['BT2304 0 > duration']],
  ['rule r { never { duration < 1ns } }', []],
  ['rule r { never count({ name = "a" }) < 0 }', ['BT2304 count({ name = "a" }) < 0']],
  ['rule r { never { name = "a" } | count() < 0 }', ['BT2304 count() < 0']],
  ['rule r { always count({ name = "a" }) >= 0 }', ['BT2305 count({ name = "a" }) >= 0']],
  ['rule r { never { 1 = 2 && status = error } }', ['BT2304 1 = 2']],
  ['rule r { never { 2 > 1.5 && status = error } }', ['BT2305 2 > 1.5']],
  ['rule r { never { name = "a" && name = "b" } }', ['BT2304 name = "a" && name = "b"']],
  [
    'rule r { never { span.a = 1 && status = error && span.a = 2 } }',
    ['BT2304 span.a = 1 && status = error && span.a = 2'],
  ],
  ['rule r { never { name = "a" && name = "a" } }', []],
  ['rule r { never { name = "a" || name = "b" } }', []],
  ['rule r { never { nil = nil && status = error } }', ['BT2304 nil = nil']],
  ['rule r { never { nil != nil && status = error } }', ['BT2304 nil != nil']],
  ['rule r { never { !(nil = nil) && status = error } }', ['BT2304 nil = nil']],
  ['rule r { never { span.a = nil && span.a = 1 } }', ['BT2304 span.a = nil && span.a = 1']],
  ['rule r { never { span.a != 1 && nil = span.a } }', ['BT2304 span.a != 1 && nil = span.a']],
  ['rule r { never { span.a = nil && span.a != nil } }', ['BT2304 span.a = nil && span.a != nil']],
  ['rule r { never { span.a != nil && span.a != 1 } }', []],
  ['rule r { never { span.a = nil || span.a != 1 } }', []],
  ['rule r { never { span.a != "" && span.a > 400 } }', ['BT2304 span.a != "" && span.a > 400']],
  ['rule r { never { span.a != "" || span.a != 400 } }', []],
  ['rule r { never { span.a != 1.5 && span.a > 400 } }', []],
  ['rule r { never { name = nil && name = "a" } }', ['BT2208 name = nil']],
  ['rule r { never { name = "a" && name != "a" } }', ['BT2304 name = "a" && name != "a"']],
  ['rule r { never { duration > 5s && duration < 3s } }', ['BT2304 duration > 5s && duration < 3s']],
  ['rule r { never { duration > 3s && duration < 5s } }', []],
  ['rule r { never { duration >= 3s && duration <= 3s } }', []],
  ['rule r { never { name != "a" || name != "b" } }', ['BT2305 name != "a" || name != "b"']],
  ['rule r { never { name != nil && status = error } }', ['BT2305 name != nil']],
  [
    'rule r { never { span.a = error } }',
    ['BT2304 span.a = error'],
    ['rule r { never { span.a = "error" } }'],
  ],
  ['export let p = { name = "a" && name = "b" }', ['BT2304 name = "a" && name = "b"']],
  [
    'rule r { when { name = "a" } as c always c.duration > 5s and c.duration < 2s }',
    ['BT2304 c.duration > 5s and c.duration < 2s'],
  ],
  [
    'rule r { when { name = "a" } as c never c.span.x != "1" or "2" != c.span.x }',
    ['BT2305 c.span.x != "1" or "2" != c.span.x'],
  ],
  ['rule r { when { name = "a" } as c never c.span.x = 1 or c.span.x = 2 }', []],
  [
    'rule r { when { name = "a" } as c and { name = "b" } as d never c.duration > 5s and d.duration < 2s }',
    [],
  ],
  ['rule r { when { name = "a" } as c always c.duration > 2s and c.duration < 5s }', []],
  [
    'rule r { when { name = "a" } as c and c.duration > 5s and c.duration < 2s always { name = "b" } }',
    ['BT2303 c.duration > 5s and c.duration < 2s'],
  ],
  ['rule r { when { false }  never { status = error } }', ['BT2303 { false }']],
  ['rule r { when { 1 = 2 }  never { status = error } }', ['BT2303 1 = 2']],
  ['rule r { when not { }  never { status = error } }', ['BT2303 not { }']],
  [
    'rule r { when { false } before { name = "a" }  never { status = error } }',
    ['BT2303 { false } before { name = "a" }'],
  ],
  [
    'rule r { when { name = "a" } before { false }  never { status = error } }',
    ['BT2303 { name = "a" } before { false }'],
  ],
  ['rule r { never { name = "a" } before { false } }', []],
  [
    'rule r { when { name = "a" } then { false }  never { status = error } }',
    ['BT2303 { name = "a" } then { false }'],
  ],
  // clauses that say nothing
  ['rule r { always { } }', ['BT2306 { }'], ['rule r {  }']],
  ['rule r { when { name = "a" } as x  always exists x }', ['BT2306 exists x']],
  ['rule r { when { name = "a" } as x  always x where status = ok }', []],
  ['rule r { never { true } }', ['BT2306 { true }']],
  ['rule r { never { false } }', ['BT2307 { false }']],
  ['rule r { always { false } || { false } }', ['BT2307 { false } || { false }']],
  // several clauses
  ['rule r { always { name = "a" }  never {name="a"} }', ['BT2308 never {name="a"}']],
  ['rule r { always { name = "a" }  always exists {name="a"} }', ['BT2315 always exists {name="a"}']],
  ['rule r { always { name = "a" } before { name = "b" }  never { name = "a" } before { name = "b" } }', []],
  ['rule r { always { name = "a" }  never { name = "b" } }', []],
  // narrowing
  [
    'let p = { name = "a" }\nrule r { when p && { span.n > 1 } as x  never { status = error } before x }',
    ['BT2309 p && { span.n > 1 }'],
    ['let p = { name = "a" }\nrule r { when p where span.n > 1 as x  never { status = error } before x }'],
  ],
  ['rule r { when { name = "a" } as x  never x && { status = error } }', ['BT2309 x && { status = error }']],
  ['let p = { name = "a" }\nrule r { never p && { status = error } }', []],
  [
    'let p = { name = "a" }\nrule r { when (p && { span.n > 1 }) as x  never { status = error } before x }',
    [],
  ],
  // precedence
  [
    'rule r { never { span.a || span.b && span.c } }',
    ['BT2310 span.a || span.b && span.c'],
    [
      'rule r { never { (span.a || span.b) && span.c } }',
      'rule r { never { span.a || (span.b && span.c) } }',
    ],
  ],
  [
    'rule r { never { name = "a" } || { name = "b" } && { name = "c" } }',
    ['BT2310 { name = "a" } || { name = "b" } && { name = "c" }'],
    [
      'rule r { never ({ name = "a" } || { name = "b" }) && { name = "c" } }',
      'rule r { never { name = "a" } || ({ name = "b" } && { name = "c" }) }',
    ],
  ],
  ['rule r { never { span.a && span.b || span.c } }', []],
  ['rule r { never { (span.a || span.b) && span.c } }', []],
  // bounds
  [
    'rule r { always { name = "a" } before { name = "b" } within 1s at least 2s }',
    ['BT2311 1s at least 2s'],
    ['rule r { always { name = "a" } before { name = "b" } within 2s at least 1s }'],
  ],
  ['rule r { always { name = "a" } then { name = "b" } at least 2s within 1s }', ['BT2311 2s within 1s']],
  ['rule r { always { name = "a" } then { name = "b" } at least 1s within 1s }', []],
  [
    'rule r { always { name = "a" } during { name = "b" } within 1s }',
    ['BT2313 1s'],
    ['rule r { always { name = "a" } during { name = "b" } }'],
  ],
  ['rule r { never { name = "a" } between { name = "b" } and { name = "c" } at least 1s }', ['BT2313 1s']],
  ['rule r { when { name = "a" } as x  never x before x }', ['BT2314 x before x']],
  ['rule r { skew = -5ms  never { status = error } }', ['BT2103 -5ms']],
];

describe('clauses', () => {
  for (const [text, marks, fixed] of CASES) {
    test(text, () => {
      expect(marksOf(text)).toEqual(marks);
      if (fixed) expect(fixedTexts(text)).toEqual(fixed);
    });
  }
});
