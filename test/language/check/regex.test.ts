/** What the checker says of a regular expression is what DuckDB's RE2 does with it. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { regexProblem } from '../../../engine/language/check/types/regex.js';
import { runs } from '../../support/runs.js';

let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect();
});

async function re2Accepts(source: string): Promise<boolean> {
  try {
    await (await connection.run("SELECT regexp_full_match('a', $1, 's')", [source])).getRows();
    return true;
  } catch {
    return false;
  }
}

/** Pieces that stand for every construct, sound and unsound, so that chance puts them next to each other. */
const PIECES =
  String.raw`a . \d \w \b \1 \Z \pN \p{Greek} \p{Foo} \PL \pX \x41 \x{1F600} \x{110000} \x4 \07 \8 \y \u0041 \_ \é \C \Q.*\E \Qa \E \A \z \B \0 \08 \123 \400 \12 ^ $ (?i) (?-s) (?im-s) (?) (?-) (?i-) (?:a) (?P<n>a) (?P<é>a) (?<n>a) (?=a) (?!a) (?<=a) (?>a) (?#c) (?P=n) ( ( ) ) [a-z] [^a-z] []a] [^]a] [z-a] [a-\d] [\d-z] [\w-] [a [ [] [^] [[:alpha:]] [[:^digit:]] [[:foo:]] [[.a.]] [[:alpha: [a-b-c] [--/] [\b] [\A] [\pN\PL] [\Qa\E] [^\x00-\x{10FFFF}] | * + ? ?? *? {2} {2,} {2,3} {3,2} {1000} {1001} {,5} { } {a} {0} {01} {0,1000} {1000,} {33} é 😀 ] - (a|b)* (a{30}){30} (a{40}){40} \ (|a) () (?i:a) (?u:a) (?U) \pé \p{^L} \P{^L} \p{L {999999999} {9999999999} {2}{3} (a*){20}`.split(
    ' ',
  );

describe('regular expressions', () => {
  it('are refused exactly where RE2 refuses them', async () => {
    const source = fc
      .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 5 })
      .map((pieces) => pieces.join(''));
    await fc.assert(
      fc.asyncProperty(source, async (text) => {
        const problem = regexProblem(text);
        if (problem?.kind === 'size') return;
        expect({ text, accepted: problem === undefined }).toEqual({ text, accepted: await re2Accepts(text) });
      }),
      { numRuns: runs(1000) },
    );
  });

  it('point into the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...PIECES, 'x'), maxLength: 6 }), (text) => {
        const problem = regexProblem(text);
        if (!problem) return;
        expect(problem.offset).toBeGreaterThanOrEqual(0);
        expect(problem.offset).toBeLessThanOrEqual(text.length);
        expect(problem.length).toBeGreaterThan(0);
      }),
    );
  });

  it.each<readonly [string, RegExp, string]>([
    ['a(?=b)', /no lookahead/, '(?='],
    ['(?<!a)b', /no lookbehind/, '(?<!'],
    ['(a)\\1', /no backreference/, '\\1'],
    ['a++', /no possessive/, '+'],
    ['(?<name>a)', /\(\?P<name>…\)/, '(?<name>'],
    ['\\p{greek}', /no group `greek`/, '\\p{greek}'],
    ['[z-a]', /is empty/, 'z-a'],
    ['(a', /not closed/, '('],
    ['a)', /closes nothing/, ')'],
    ['a{1001}', /at most 1000/, '{1001}'],
    ['(a{40}){40}', /nested repetitions/, '{40}'],
  ])('%s', (source, message, place) => {
    const problem = regexProblem(source);
    expect(problem).toMatchObject({ kind: 'syntax', message: expect.stringMatching(message) });
    expect(source.slice(problem!.offset, problem!.offset + problem!.length)).toBe(place);
  });

  it.each([['x'.repeat(2_001)], ['.{1000}'.repeat(21)], ['\\pL{500}'], ['[^\\pL\\pN]{500}']])(
    '%.12s… is too large',
    (source) => {
      expect(regexProblem(source)).toMatchObject({ kind: 'size' });
    },
  );

  it.each([
    ['.{1000}'.repeat(19)],
    ['\\pL{190}'],
    ['\\PL{190}'],
    ['[^a]{1000}'.repeat(19)],
    ['😀{1000}'.repeat(19)],
    [`[${'éàñßøåłżšđ'.repeat(10)}]{700}`],
  ])('%.12s… of a size that passes compiles', async (source) => {
    expect(regexProblem(source)).toBeUndefined();
    expect(await re2Accepts(source)).toBe(true);
  });
});
