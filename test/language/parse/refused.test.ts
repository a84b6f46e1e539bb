import { describe, expect, it } from 'vitest';
import { parseFile } from '../../../engine/language/parse/parse.js';
import { parseQuery } from '../../../engine/language/parse/parse-query.js';
import type { CodeEntry } from '../../../engine/language/problems/codes/entry.js';
import type { Diagnostic } from '../../../engine/language/problems/diagnostic.js';
import { SYNTAX_CODES } from '../../../engine/language/problems/syntax-codes.js';

/** Code and text of each error. */
function errors(text: string, diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ code, range }) => `${code} ${text.slice(range.start, range.end)}`);
}

function fixed(text: string, fix: NonNullable<Diagnostic['fixes']>[number]): string {
  const edits = [...fix.edits].sort((a, b) => b.range.start - a.range.start);
  return edits.reduce(
    (out, { range, newText }) => out.slice(0, range.start) + newText + out.slice(range.end),
    text,
  );
}

describe('refused queries', () => {
  it.each<readonly [string, readonly string[]]>([
    ['', ['BT1002 ']],
    ['{ true } | count()', ['BT1024 )']],
    ['2 * 3', ['BT1002 3']],
    ['3 = 2', ['BT1002 2']],
    ['{} | 3 > 2', ['BT1002 2']],
    ['{ .a } + { .b }', ['BT1001 +']],
    ['{ .a } = { .b }', ['BT1001 =']],
    ['{ .a == 1 }', ['BT1011 ==']],
    ['{} | select()', ['BT1002 )']],
    ['coalesce() | { }', ['BT1001 coalesce']],
    ['{ . foo }', ['BT1007 .', 'BT1007 foo']],
    ['{ span. }', ['BT1007 span.']],
    ['{ .3foo }', ['BT1006 .3foo']],
    ['{ .a = 0x10 }', ['BT1006 0x10']],
    ['{ duration > 5 s && .b = 1 }', ['BT1006 5 s']],
    ['{ duration > 5sec && duration < 2.5 ms }', ['BT1006 5sec', 'BT1006 2.5 ms']],
    ['{ .a = 9223372036854775808 }', ['BT1006 9223372036854775808']],
    ['{ .a = 1_000 }', ['BT1006 1_000']],
    ["{ .a = 'x' }", ["BT1005 'x'"]],
    ['{ .a = “x y” }', ['BT1005 “x y”']],
    ['{ .a = ‘x’ }', ['BT1005 ‘x’']],
    ['{ .a = „x“ && .b = “y }', ['BT1005 „x“', 'BT1005 “y']],
    ['{ .a ~= "x" }', ['BT1011 ~=']],
    ['{ .a = 1 & .b = 2 }', ['BT1011 &']],
    ['{ .a = 1 | .b = 2 }', ['BT1011 |']],
    ['{ name: "x" }', ['BT1011 :']],
    ['{ größe = 1 && .größe = 2 }', ['BT1009 größe']],
    ['{ .a = "\\d" }', ['BT1004 \\d']],
    ['{ .a = "x }', ['BT1003 "x']],
    ['{ span."a = 1 }', ['BT1008 span."a = 1 ']],
    ['{ span."a\\n" = 1 }', ['BT1008 span."a\\n" = 1 ']],
    ['{ span:nmae = 1 }', ['BT1013 span:nmae']],
    ['{ trace:name = 1 }', ['BT1013 trace:name']],
    ['{ trace.id = 1 }', ['BT1013 trace.id']],
    ['{ service = 1 }', ['BT1013 service']],
    ['{ nmae = 1 }', ['BT1012 nmae']],
    ['{ duration.x = 1 }', ['BT1021 duration.x']],
    ['{ .a = }', ['BT1002 }']],
    ['{ = 3 }', ['BT1002 =']],
    ['{ .a = 1 .b = 2 }', ['BT1002 .b']],
    ['{ .a = 1 and .b = 2 }', ['BT1011 and']],
    ['{ .a = 1 OR .b = 2 }', ['BT1011 OR']],
    ['{ not .a }', ['BT1011 not .a']],
    ['{ .a <> 1 }', ['BT1011 <>']],
    ['{ .a = foo }', ['BT1001 foo']],
    ['{ upper(.a) = "x" }', ['BT1001 upper']],
    ['{ .a = "x" && .b = upper(.a) }', ['BT1001 upper']],
    ['{ .a = "x" "y" }', ['BT1001 "y"']],
    ['{ .a = 1', ['BT1014 1']],
    ['{ (.a = 1 }', ['BT1014 }']],
    ['{ .a = 1 } }', ['BT1015 }']],
    ['{ .a = 1; }', ['BT1009 ;']],
    ['{ .a = 1, .b = 2 }', ['BT1011 ,']],
    ['{ .a = null }', ['BT1011 null']],
    ['{ .a < nil }', ['BT1001 nil']],
    ['{ .a in () }', ['BT1002 )']],
    ['{ .a in (.b) }', ['BT1001 .b']],
    ['{ .a } /* x', ['BT1010 /*']],
    ['{ .a } { .b }', ['BT1002 {']],
    ['{} | rate() + {} | rate()', ['BT1002 +']],
    ['({} | rate()) + {} | rate()', ['BT1001 {']],
    ['({} | rate()) % 2', ['BT1001 %']],
    ['-({} | rate())', ['BT1001 {']],
    ['{} | rate() | > 5', ['BT1001 |']],
    ['{} | rate() | by(name)', ['BT1001 |']],
    ['{} | rate() by name', ['BT1002 name', 'BT1014 name']],
    ['{} | rate() by (name + 1)', ['BT1001 +']],
    ['{} | rate(duration)', ['BT1001 duration']],
    ['{} | rate() | rate()', ['BT1001 rate']],
    ['{} | rte()', ['BT1012 rte']],
    ['{} | topk(10)', ['BT1001 topk']],
    ['{} | rate() | topk(-1)', ['BT1001 -']],
    ['{} | rate() | topk(1.5)', ['BT1001 1.5']],
    ['{} | rate() > "a"', ['BT1001 "a"']],
    ['{} | rate() =~ 1', ['BT1001 =~']],
    ['{} | min_over_time()', ['BT1002 )']],
    ['{} | quantile_over_time(duration)', ['BT1002 )']],
    ['{} | quantile_over_time(duration, -1)', ['BT1001 -']],
    ['{} | compare()', ['BT1002 )']],
    ['{} | compare({ .a }, 10, 5)', ['BT1002 )']],
    ['{} | compare({ .a }) by (name)', ['BT1001 by']],
    ['{} | rate() with', ['BT1002 with']],
    ['violations', ['BT1002 violations']],
    ['violations of', ['BT1002 of']],
    ['violations of "x y"', ['BT1022 "x y"']],
    ['violations of x y', ['BT1001 y']],
    ['violations of x | by()', ['BT1002 )']],
    ['violations of x | by(name) | rate()', ['BT1001 |']],
    ['violations of x | { .a }', ['BT1001 {']],
    ['violations of x | select(name)', ['BT1001 select']],
    ['violations of x | rat()', ['BT1012 rat']],
    ['violations of x |', ['BT1002 |']],
    ['never { .a } }', ['BT1015 }']],
    ['never { .a before', ['BT1014 before', 'BT1002 before']],
    ['{ .a } never { .b }', ['BT1001 {']],
    ['never { .a } severity = high', ['BT1020 severity = high']],
    ['never { .a } | rate() > 1', ['BT1017 rate']],
  ])('%s', (text, expected) => {
    expect(errors(text, parseQuery(text).diagnostics)).toEqual(expected);
  });
});

describe('refused files', () => {
  it.each<readonly [string, readonly string[]]>([
    ['rul x { always A }', ['BT1012 rul']],
    ['{ .a }', ['BT1016 {']],
    ['always A', ['BT1016 always']],
    ['}', ['BT1015 }']],
    ['rule { always A }', ['BT1002 {']],
    ['rule x always A', ['BT1002 always']],
    ['rule x: always A', ['BT1002 :']],
    ['rule x severity = high always A }', ['BT1002 severity']],
    ['rule x', ['BT1002 x']],
    ['rule a|b { always A }', ['BT1001 |']],
    ['rule a { always A } rule b: always B rule c { always C }', ['BT1002 :']],
    ['rule "a b" { always A }', ['BT1022 "a b"']],
    ['rule 1 { always A }', ['BT1001 1']],
    ['rule x { allways A }', ['BT1012 allways']],
    ['rule x { always cuont({ .a }) > 3 never B }', ['BT1012 cuont']],
    ['rule x { always A and median(A, .b) > 3 }', ['BT1001 median']],
    ['rule x { severity high always A }', ['BT1002 high']],
    ['rule x { severity: high owner: "y" always A }', ['BT1011 :', 'BT1011 :']],
    ['rule été { always A }', ['BT1009 été']],
    ['let été = A rule x { always été }', ['BT1009 été', 'BT1009 été']],
    ['rule x { severity = always A }', ['BT1002 =']],
    ['rule x { severity = high, owner = "x" always A }', ['BT1001 ,']],
    ['rule x { always A severity = high }', ['BT1020 severity = high']],
    ['rule x { over 5m always A }', ['BT1025 A']],
    ['rule x { over 5 always A | rate() < 1 }', ['BT1006 5']],
    ['rule x { over always A | rate() < 1 }', ['BT1002 over']],
    ['rule x { always A | rate() < 1 over 5m }', ['BT1017 rate']],
    ['rule x { over 5m always prior(1d, A', ['BT1025 A', 'BT1014 A']],
    [
      'rule x { over 5m always A | rate() > 1 never prior(1d, A | rate()) / prior(1d, A',
      ['BT1002 A', 'BT1014 A'],
    ],
    ['rule x { over 5m when A as a always A | rate() < 1 }', ['BT1025 as']],
    ['rule x { over 5m always A | rate() < 1 and B | rate() > 1 }', ['BT1025 and']],
    ['rule x { over 5m always A | rate() | topk(3) }', ['BT1024 )']],
    ['rule x { over 5m always (A | rate()) / (B | rate() < 1 }', ['BT1014 1']],
    ['rule x { over 5m always A | rate() < 1 severity = high }', ['BT1020 severity = high']],
    ['let x = A | rate()', ['BT1017 rate']],
    ['rule x { always }', ['BT1002 always']],
    ['rule x { always A B }', ['BT1002 B']],
    ['rule x { always A before }', ['BT1002 before']],
    ['rule x { always A before B within 3 }', ['BT1006 3']],
    ['rule x { always A before B within 3 s at least 1 ms }', ['BT1006 3 s', 'BT1006 1 ms']],
    ['rule x { always A before B within 3sec and C }', ['BT1006 3sec']],
    ['rule x { always A && B before C AND D }', ['BT1012 AND']],
    ['rule x { always A before B && C before D }', ['BT1011 &&']],
    ['rule x { always A between B }', ['BT1002 B']],
    ['rule x { always A then not B }', ['BT1002 B']],
    ['rule x { always span.a > 3 }', ['BT1023 span.a']],
    ['rule x { always name = "a" }', ['BT1023 name']],
    ['rule x { always c.span.a }', ['BT1002 c.span.a']],
    ['rule x { when A as c always c.span.a in (1) and B }', ['BT1001 in']],
    ['rule x { when A as c always c.start not in (1) }', ['BT1001 not']],
    ['rule x { when A as c always c.name starts with "a" }', ['BT1001 starts']],
    ['rule x { when A as c always c.name starts before B }', ['BT1001 starts']],
    ['rule x { always A as before }', ['BT1021 before']],
    ['rule x { when A as name-1 always A }', ['BT1021 name-1']],
    ['rule x { always count(A > 3 }', ['BT1001 >']],
    ['rule x { always quantile(A) > 3 }', ['BT1002 )']],
    ['rule x { always A where }', ['BT1002 where']],
    ['rule x { always (A where .a) before B }', ['BT1001 before']],
    ['rule x { always exists A before B }', ['BT1001 exists']],
    ['rule x { always A as a where .x }', ['BT1001 where']],
    ['rule x { always A and B within 3s }', ['BT1001 within']],
    ['rule x { always A before B within 3s within 2s }', ['BT1001 within']],
    ['rule x { always A <= 3 }', ['BT1001 <=']],
    ['rule x { always A && B > 3 never C before }', ['BT1001 >', 'BT1002 before']],
    ['rule x { always sum(A) > 3 and B before }', ['BT1002 )', 'BT1002 before']],
    ['let before = A', ['BT1021 before']],
    ['let x A', ['BT1002 A']],
    ['let x =', ['BT1002 =']],
    ['export rule x { always A }', ['BT1002 export']],
    ['use x', ['BT1001 x']],
    ['test "x" of r { a "b" 0ms..1ms }', ['BT1002 }']],
    ['test "x" of r { expect vilation }', ['BT1012 vilation']],
    ['test "x" of r { a "b" 0ms..1ms { span.x 3 } expect pass }', ['BT1002 3']],
    ['test "x" { expect pass }', ['BT1002 {']],
    // A broken item or clause costs nothing else.
    ['rule x { when { .a  always { .b } }\nrule y { always { } before }', ['BT1014 .a', 'BT1002 before']],
    ['rule x { when { .a } } always { .b } }\nrule y { always A }', ['BT1015 }']],
    ['rule x { always { .a }\nrule y { always A }', ['BT1014 }']],
    ['let x = { .a\nrule y { always A }', ['BT1014 .a']],
    [
      'rule x { severity = = high owner = "x" when { .a + } never { .b = "c } \nalways [] }',
      ['BT1001 =', 'BT1002 }', 'BT1003 "c', 'BT1001 ['],
    ],
  ])('%s', (text, expected) => {
    expect(errors(text, parseFile(text).diagnostics)).toEqual(expected);
  });

  it('of operators of filters behind fields of bound spans can be mended', () => {
    const text = (test: string) => `rule x { when A as c always ${test} }`;
    for (const [written, mended] of [
      ['c.span."a b" contains "x"', 'c where span."a b" contains "x"'],
      ['B and c.start not in (1, 2)', 'B and c where span:start not in (1, 2)'],
      ['c.tenant starts with "x"', 'c where .tenant starts with "x"'],
      ['c.parent.name in ("a")', 'c where parent.name in ("a")'],
    ] as const) {
      const [first] = parseFile(text(written)).diagnostics;
      expect(fixed(text(written), first!.fixes![0]!)).toBe(text(mended));
      expect(parseFile(text(mended)).diagnostics).toEqual([]);
    }
  });

  it.each([
    ['5sec', '5s'],
    ['1.5Hours', '1.5h'],
    ['10MS', '10ms'],
    ['2days', '2d'],
    ['5 s', '5s'],
  ])('of the duration %s can be mended', (written, mended) => {
    const text = (duration: string) => `rule x { skew = ${duration} always A before B within ${duration} }`;
    const found = parseFile(text(written)).diagnostics;
    expect(found.map(({ code }) => code)).toEqual(['BT1006', 'BT1006']);
    expect(found.reduceRight((all, { fixes }) => fixed(all, fixes![0]!), text(written))).toBe(text(mended));
  });

  it.each([
    ['rule x always A', 'rule x { always A\n}'],
    ['rule x: always A', 'rule x { always A\n}'],
    ['rule x when A always B }', 'rule x { when A always B }'],
    ['rule x { always cuont(A) > 3 }', 'rule x { always count(A) > 3 }'],
  ])('of %s can be mended', (text, mended) => {
    const fix = parseFile(text).diagnostics[0]?.fixes?.[0];
    expect(fix && fixed(text, fix)).toBe(mended);
    expect(parseFile(mended).diagnostics).toEqual([]);
  });

  it('of settings behind clauses can be mended', () => {
    const text = 'rule x { always A severity = high never B }';
    const fix = parseFile(text).diagnostics[0]?.fixes?.[0];
    expect(fix === undefined ? '' : fixed(text, fix)).toBe('rule x {\n  severity = high always A  never B }');
  });

  it('keep what is whole', () => {
    const text = `
      let a = { .x = }
      rule r { severity = ; owner = "me" when { .a as x always { .b } before x never count( > 2 never { .c } }
      test "t" of r { expect }
      let b = { .y }`;
    const { file } = parseFile(text);
    expect(file.items.map(({ kind }) => kind)).toEqual(['let', 'rule', 'test', 'let']);
    const rule = file.items[1];
    if (rule?.kind !== 'rule') throw new Error('no rule');
    expect(rule.settings.map(({ name }) => name.text)).toEqual(['severity', 'owner']);
    expect(rule.clauses.map(({ kind }) => kind)).toEqual(['when', 'always', 'never', 'never']);
    expect(rule.clauses[1]?.condition.kind).toBe('relation');
  });
});

it('say of a function in a filter what there is instead, and nothing else', () => {
  const [first, ...others] = parseFile('rule r { never { upper(span.a) = "X" } }').diagnostics;
  expect(others).toEqual([]);
  expect(first?.message).toContain('write `lower(span.a) = "x"`');
  expect(first?.fixes ?? []).toEqual([]);
});

describe('the catalogue of syntax errors', () => {
  const examples = Object.entries<CodeEntry>(SYNTAX_CODES).flatMap(([code, { example }]) =>
    example === undefined ? [] : [{ code, example }],
  );
  it.each(examples)('$code has an example that shows it', ({ code, example }) => {
    expect(parseFile(example).diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
  });

  it.each(examples)('$code has fixes that mend it', ({ example }) => {
    const { diagnostics } = parseFile(example);
    for (const diagnostic of diagnostics) {
      for (const fix of diagnostic.fixes ?? []) {
        const text = fixed(example, fix);
        const left = parseFile(text).diagnostics;
        expect(left.length, `${fix.title}: ${text}`).toBeLessThan(diagnostics.length);
      }
    }
  });
});
