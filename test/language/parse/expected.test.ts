import { describe, expect, it } from 'vitest';
import { expectedAt, expectedInQuery } from '../../../engine/language/parse/expected.js';

/** What could stand at the `|` of a text. */
function expectedHere(marked: string): readonly string[] {
  const offset = marked.indexOf('¦');
  return expectedAt(marked.replace('¦', ''), offset).terminals.map(({ label, texts }) =>
    (texts ?? [label]).join(' '),
  );
}

describe('what could follow', () => {
  it.each([
    ['¦', ['`rule`', '`let`', '`export`', '`use`', '`test`']],
    ['rule r { always A } ¦', ['`rule`']],
    ['rule r { ¦', ['a setting', '`closes`', '`on`', '`when`', '`always`', '`never`', '`}`']],
    ['rule r { severity = ¦', ['a literal', 'a word', '`[`']],
    ['rule r { when A as c always c.foo ¦', ['= != < <= > >= =~ !~']],
    ['rule r { severity = high on ¦', ['`partial`']],
    ['rule r { severity = high closes ¦', ['`after`']],
    ['let any(x) = { name = x } rule r { always any(¦', ['a field', 'a literal']],
    ['rule r { severity = high ¦', ['a setting', '`when`', '`}`']],
    [
      'rule r { when ¦',
      ['the name of a pattern', '`{`', '`(`', '`not`', '`exists`', '`count`', 'a field of a bound span'],
    ],
    ['rule r { when A ¦', ['`before`', '`and`', '`where`', '`as`', '`|`', '`always`', '`}`']],
    ['rule r { when A as a ¦', ['`before`', '`and`', '`always`']],
    ['rule r { always { ¦', ['a field', 'a literal', '`nil`', '`(`', '`}`', '- !']],
    [
      'rule r { always { .a ¦',
      ['= != < <= > >= =~ !~', '`in`', '`not`', '`contains`', '`starts`', '`}`', '&& ||'],
    ],
    ['rule r { always { .a = ¦', ['a field', 'a literal', '`nil`']],
    ['rule r { always { .a starts ¦', ['`with`']],
    ['rule r { always A before B ¦', ['`within`', '`at`', '`and`', '`never`']],
    ['rule r { always A before B at ¦', ['`least`']],
    ['rule r { always A between B ¦', ['`and`', '`where`']],
    ['rule r { always A | ¦', ['`coalesce`', '`by`', '`select`', 'min max avg sum']],
    ['rule r { ¦', ['`over`']],
    ['rule r { over ¦', ['a duration']],
    ['rule r { over 5m ¦', ['a setting', '`when`', '`always`']],
    ['rule r { over 5m always A | ¦', ['`rate`', '`by`', '`compare`']],
    ['rule r { over 5m always A | rate() ¦', ['`by`', '`|`', '= != < <= > >=']],
    ['rule r { over 5m always A | rate() | ¦', ['`topk`', '`bottomk`']],
    ['rule r { over 5m always A | rate() > 1 ¦', ['`always`', '`}`']],
    ['test "t" of r { ¦', ['a service', '`expect`']],
    ['test "t" of r { a "b" 0..1 { ¦', ['a field', 'a service', '`event`', '`link`', '`}`']],
    ['test "t" of r { expect ¦', ['`violation`', '`violations`', '`pass`', '`not`', '`cannot`']],
    // Broken text before the place does not matter.
    ['let x = {\nrule r { severity = ; when { .a == 1 } always B ¦', ['`before`', '`never`']],
  ])('%s', (marked, expected) => expect(expectedHere(marked)).toEqual(expect.arrayContaining([...expected])));

  it('does not hold what cannot', () => {
    expect(expectedHere('rule r { always A ¦')).not.toContain('`within`');
    expect(expectedHere('rule r { always A ¦')).not.toContain('a setting');
    expect(expectedHere('rule r { when A before B ¦')).not.toContain('`before`');
  });

  it('takes the word under the cursor for unfinished', () => {
    const text = 'rule r { always { span.amo';
    expect(expectedAt(text, text.length)).toMatchObject({ from: 18, typed: 'span.amo', part: 'clause' });
    expect(expectedHere('rule r { alw¦')).toContain('`always`');
    expect(expectedHere('rule r { always { .a > 1 } bef¦')).toContain('`before`');
  });

  it('knows comments and strings', () => {
    expect(expectedAt('rule r { // alw', 15).inside).toBe('comment');
    expect(expectedAt('rule r { /* alw', 15).inside).toBe('comment');
    expect(expectedAt('rule r { /* a */', 16).inside).toBeUndefined();
    const text = 'rule r { always { name = "pay';
    expect(expectedAt(text, text.length)).toMatchObject({ inside: 'string', from: 25, typed: '"pay' });
    expect(expectedAt(text, text.length).terminals.map(({ label }) => label)).toContain('a literal');
  });

  it.each([
    ['¦', ['`{`', '`(`', '`by`', '`when`', '`never`', '`violations`']],
    ['viol¦', ['`violations`', '`{`']],
    ['{ .a } | ¦', ['`coalesce`', '`rate`', '`quantile_over_time`']],
    ['{ .a } | rate() ¦', ['`by`', '`with`', '`|`']],
    ['{ .a } | quantile_over_time(¦', ['a field']],
    ['{ .a } | quantile_over_time(duration, ¦', ['a number']],
    ['{ .a } | rate() by (¦', ['a field']],
    ['({ .a } | rate()) / ¦', ['`(`', 'a number']],
    ['{ .a } | compare(¦', ['`{`']],
    ['{ .a } with (¦', ['a hint']],
    ['violations ¦', ['`of`']],
    ['violations of ¦', ['a rule id']],
    ['when { .a } as c ¦', ['`always`', '`before`']],
    ['severity = high ¦', ['`over`', '`never`', 'a setting']],
    ['over 5m always { .a } | rate() ¦', ['= != < <= > >=']],
  ])('also in a query: %s', (marked, expected) => {
    const offset = marked.indexOf('¦');
    const { terminals } = expectedInQuery(marked.replace('¦', ''), offset);
    const found = terminals.map(({ label, texts }) => (texts ?? [label]).join(' '));
    expect(found).toEqual(expect.arrayContaining([...expected]));
    expect(found).not.toContain('`}`');
  });
});
