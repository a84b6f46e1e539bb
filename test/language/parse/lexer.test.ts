import { describe, expect, it } from 'vitest';
import { lex } from '../../../engine/language/text/lexer.js';
import { wordKind } from '../../../engine/language/text/tokens.js';
import { fieldOfToken } from '../../../engine/language/tree/fields.js';
import { INTRINSICS, intrinsicOf } from '../../../engine/language/tree/intrinsics.js';

const texts = (text: string) => lex(text).tokens.map((token) => token.text);
const kinds = (text: string) => lex(text).tokens.map(({ kind, text: written }) => `${kind} ${written}`);

describe('attribute names', () => {
  it.each([
    '.a/2',
    '.a-1',
    '.a*2',
    '.a+b',
    '.a%b',
    '.a:b',
    '.a[0]',
    '.a#b',
    '.a@b',
    '.a//b',
    '.ünï.cødé',
    '."foo bar"',
    'span.a."b c".d',
    'span."a\\"b\\\\c"',
    'resource."{}"',
    'parent.span.x',
    'root.x',
    'c.span.amount',
    'error-spans.x',
    '."a\nb"',
    'span.3',
  ])('%s is one token', (text) => {
    const { tokens, diagnostics } = lex(`${text} =`);
    expect(diagnostics).toEqual([]);
    expect(tokens.map((token) => token.text)).toEqual([text, '=']);
  });

  it.each([
    '{',
    '}',
    '(',
    ')',
    '=',
    '~',
    '!',
    '<',
    '>',
    '&',
    '|',
    '^',
    ',',
    ' ',
    '\n',
    '\t',
    '\u00a0',
    '\u0085',
  ])('end before %j', (end) => expect(texts(`.a/2${end}b`)[0]).toBe('.a/2'));
});

describe('numbers', () => {
  it.each([
    ['1 1.5 .5 1e3 1.', ['int 1', 'float 1.5', 'float .5', 'float 1e3', 'float 1.']],
    ['.24h 1h30m 3µs', ['duration .24h', 'duration 1h30m', 'duration 3µs']],
    ['20ms..80ms', ['duration 20ms', 'op ..', 'duration 80ms']],
    ['0 .. 5', ['int 0', 'op ..', 'int 5']],
    ['2-3', ['int 2', 'op -', 'int 3']],
    ['always#1', ['keyword always', 'op #', 'int 1']],
  ])('%s', (text, expected) => expect(kinds(text)).toEqual(expected));
});

describe('hyphens', () => {
  it.each([
    ['error-spans', ['error-spans']],
    ['{ duration-1s }', ['{', 'duration', '-', '1s', '}']],
    ['{ duration-span.x }', ['{', 'duration', '-', 'span.x', '}']],
    ['{ duration-.x }', ['{', 'duration', '-', '.x', '}']],
    ['{ duration-1.5h }', ['{', 'duration', '-', '1.5h', '}']],
    ['{ (nestedSetLeft-1) }', ['{', '(', 'nestedSetLeft', '-', '1', ')', '}']],
    ['by(duration-1s)', ['by', '(', 'duration', '-', '1s', ')']],
    ['sum(duration-1s)', ['sum', '(', 'duration', '-', '1s', ')']],
    ['sum(duration-x, duration-1s)', ['sum', '(', 'duration-x', ',', 'duration', '-', '1s', ')']],
    [
      'sum(duration-x where .`, duration-1s)',
      ['sum', '(', 'duration-x', 'where', '.`', ',', 'duration', '-', '1s', ')'],
    ],
    ['max(duration-1s /* , */)', ['max', '(', 'duration', '-', '1s', ')']],
    // Where nothing closes it, a `|` before it says that it is of spans that are there.
    ['always distinct(error-spans', ['always', 'distinct', '(', 'error-spans']],
    ['rule r { always sum(error-spans }', ['rule', 'r', '{', 'always', 'sum', '(', 'error-spans', '}']],
    ['always A | sum(duration-1s', ['always', 'A', '|', 'sum', '(', 'duration', '-', '1s']],
    [
      'always A | sum(duration) > 1s and sum(error-spans',
      ['always', 'A', '|', 'sum', '(', 'duration', ')', '>', '1s', 'and', 'sum', '(', 'error-spans'],
    ],
    ['count(duration-x)', ['count', '(', 'duration-x', ')']],
    [
      'A where duration-1s > 2s and duration-x',
      ['A', 'where', 'duration', '-', '1s', '>', '2s', 'and', 'duration-x'],
    ],
    ['rule error-rate { always error-spans }', ['rule', 'error-rate', '{', 'always', 'error-spans', '}']],
    [
      'test "t" of error-rate { error-svc "x" 0..1 { ok-svc "y" 0..1 } }',
      [
        'test',
        '"t"',
        'of',
        'error-rate',
        '{',
        'error-svc',
        '"x"',
        '0',
        '..',
        '1',
        '{',
        'ok-svc',
        '"y"',
        '0',
        '..',
        '1',
        '}',
        '}',
      ],
    ],
  ])('%s', (text, expected) => expect(texts(text)).toEqual(expected));
});

describe('operators', () => {
  it('are as long as they can be', () => {
    expect(texts('&>>&<<!>>!<<&&||&>&<&~!>!<!~!=>><<>=<==~=<>~|')).toEqual(
      '&>> &<< !>> !<< && || &> &< &~ !> !< !~ != >> << >= <= =~ = <> ~ |'.split(' '),
    );
  });
});

describe('comments', () => {
  it('are kept apart from tokens', () => {
    const { tokens, comments } = lex('a // b\n/* c */ d/* e */"// f"');
    expect(tokens.map(({ text }) => text)).toEqual(['a', 'd', '"// f"']);
    expect(comments.map(({ text }) => text)).toEqual(['// b', '/* c */', '/* e */']);
  });
});

describe('fields', () => {
  const range = { start: 0, end: 0 };
  it.each([
    ['.a', { scope: 'any', key: 'a', hop: 'self' }],
    ['span.name', { kind: 'attribute', scope: 'span', key: 'name' }],
    ['parent.name', { kind: 'intrinsic', name: 'span:name', spelling: 'name', hop: 'parent' }],
    ['parent."name"', { kind: 'attribute', scope: 'any', key: 'name', hop: 'parent' }],
    ['parent.resource.x', { scope: 'resource', key: 'x', hop: 'parent' }],
    ['root.foo', { scope: 'any', key: 'foo', hop: 'root' }],
    ['x.start', { name: 'span:start', spelling: 'start', bound: { text: 'x' } }],
    ['x.span:duration', { name: 'span:duration', bound: { text: 'x' } }],
    ['x.traceDuration', { name: 'trace:duration', bound: { text: 'x' } }],
    ['x.parent.name', { name: 'span:name', hop: 'parent', bound: { text: 'x' } }],
    ['x.parent.span.a', { scope: 'span', key: 'a', hop: 'parent', bound: { text: 'x' } }],
    ['x.foo', { scope: 'any', key: 'foo', bound: { text: 'x' } }],
    ['x."span.a"', { scope: 'any', key: 'span.a', bound: { text: 'x' } }],
    ['span."a\\"b\\\\c"', { scope: 'span', key: 'a"b\\c' }],
    ['span.a."b c".d', { scope: 'span', key: 'a.b c.d' }],
  ])('%s', (text, expected) => expect(fieldOfToken(text, range)).toMatchObject(expected));

  it('have each spelling once, and their words are no names', () => {
    const spellings = INTRINSICS.flatMap(({ name, words }) => [name, ...words]);
    expect(new Set(spellings).size).toBe(spellings.length);
    for (const { name, words } of INTRINSICS) {
      for (const word of words) expect([intrinsicOf(word), wordKind(word)]).toEqual([name, 'intrinsic']);
    }
  });
});
