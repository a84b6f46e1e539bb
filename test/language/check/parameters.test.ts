import { describe, expect, test } from 'vitest';
import { printPipeline } from '../../../engine/language/print/print.js';
import { diagnosticsOf, fixedTexts, marksOf, workspaceOf } from './marked.js';

const OVER = 'let above(limit) = { name = "charge" && span.amount > limit }';
const SLOW = 'let slow(least) = { duration > least }';
const BOTH = 'let both(a, b) = slow(a) && { duration < b }';
const BUSY = 'let busy(n) = { kind = server } | count() > n';

/** The clauses of a rule, what is reported of them, and what the first fix makes of them. */
const CASES: readonly (readonly [clauses: string, marks: readonly string[], fixed?: string])[] = [
  ['never above(1000)', []],
  ['never above(-1.5)', []],
  ['when { name = "a" } as c  never above(c.span.limit * 2) after c', []],
  ['never above(span.limit)', []],
  ['never above', ['BT2720 above']],
  ['never above(1, 2, 3)', ['BT2720 above(1, 2, 3)'], 'never above(1)'],
  ['never plain(1)', ['BT2720 plain(1)'], 'never plain'],
  [
    'when { name = "a" } as c  never { name = "b" } before c(1)',
    ['BT2720 c(1)'],
    'when { name = "a" } as c  never { name = "b" } before c',
  ],
  ['never above(c.span.limit)', ['BT2002 c']],
  ['never slow(5s)', []],
  ['never slow("5s")', ['BT2202 "5s"'], 'never slow(5s)'],
  ['never slow(name)', ['BT2202 name']],
  ['never slow(hour(duration))', ['BT2223 duration']],
  ['never both(1s, "2s")', ['BT2202 "2s"'], 'never both(1s, 2s)'],
  ['never both("1s", 2s)', ['BT2202 "1s"'], 'never both(1s, 2s)'],
  ['never busy(5)', []],
  ['never busy("five")', ['BT2202 "five"']],
  ['never { name = "a" && limit > 5 }', ['BT1013 limit']],
];

describe('what a pattern is given', () => {
  test.each(CASES)('%s', (clauses, marks, fixed) => {
    const before = `${OVER}\n${SLOW}\n${BOTH}\n${BUSY}\nlet plain = { }\nrule r { `;
    const text = `${before}${clauses} }`;
    const own = marksOf(text).filter((mark) => !/^BT2004/u.test(mark));
    expect(own).toEqual(marks);
    if (fixed !== undefined) expect(textsWithout(before, text)).toEqual(`${fixed} }`);
  });

  function textsWithout(before: string, text: string): string | undefined {
    const index = diagnosticsOf(text).findIndex(({ code }) => code !== 'BT2004');
    const [fix] = diagnosticsOf(text)[index]?.fixes ?? [];
    if (fix === undefined) return undefined;
    const [edit] = fix.edits;
    return (text.slice(0, edit!.range.start) + edit!.newText + text.slice(edit!.range.end)).slice(
      before.length,
    );
  }

  test('fills the pattern in, through patterns that hand it on', () => {
    const { rules } = workspaceOf(
      `${SLOW}\n${BOTH}\n${BUSY}\nrule r { never both(1s + 1s, 5s)  always busy(-3) }`,
    );
    const [first, second] = rules[0]!.expanded.clauses;
    const shown = [first, second].map((clause) =>
      clause && 'condition' in clause && clause.condition.kind === 'exists'
        ? printPipeline(clause.condition.pattern.pipeline)
        : '',
    );
    expect(shown).toEqual([
      '({ duration > 1s + 1s } && { duration < 5s })',
      '({ kind = server } | count() > -3)',
    ]);
  });

  test('counts with every mention of a parameter before it is filled in', () => {
    const lets = Array.from({ length: 12 }, (_, n) =>
      n === 0 ? 'let p0(x) = { x > x }' : `let p${n}(x) = p${n - 1}(x + x) && p${n - 1}(x * x)`,
    );
    const found = diagnosticsOf(`${lets.join('\n')}\nrule r { never p11(span.a) }`).map(({ code }) => code);
    expect(found).toContain('BT2019');
  });
});

test.each([
  ['let p(a, a) = { .x > a }', ['BT2722 a']],
  ['let p(a) = { .x > 1 }', ['BT2723 a']],
  ['let p(duration) = { .x > 1 }', ['BT1021 duration', 'BT2723 duration']],
  ['let rate(x) = { .a > x }', ['BT1021 rate']],
  ['let p(a) = p(a)', ['BT2013 p']],
  ['let p(a) = { .x > a && .y = "b" } >> { }', []],
  ['let p(a) = a', ['BT1002 a']],
])('%s', (text, marks) => {
  expect(marksOf(`export ${text}`).filter((mark) => !mark.startsWith('BT2004'))).toEqual(marks);
  expect(fixedTexts(text)).toBeDefined();
});
