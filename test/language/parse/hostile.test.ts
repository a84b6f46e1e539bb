/** Texts that somebody writes to keep a parser busy: refused, or read, in time. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseFileCounted } from '../../../engine/language/parse/parse.js';

const corpus = readFileSync(new URL('../corpus/accepted.betrace', import.meta.url), 'utf8');

describe('the work of parsing', () => {
  it('grows as the text does', () => {
    const rule = corpus.slice(corpus.indexOf('rule charge-needs'), corpus.indexOf('rule every.test'));
    /** Microseconds of the processor, the least of some tries. */
    const work = (text: string, times: number): number =>
      Math.min(
        ...Array.from({ length: 7 }, () => {
          const start = process.cpuUsage();
          for (let n = 0; n < times; n++) parseFileCounted(text);
          return process.cpuUsage(start).user;
        }),
      );
    expect(work(rule.repeat(100), 1)).toBeLessThan(3 * work(rule.repeat(10), 10));
  });
});

describe('hostile text', () => {
  const inRule = (condition: string) => `rule r { always ${condition} }`;
  const codes = (text: string) => parseFileCounted(text).diagnostics.map(({ code }) => code);

  it('nested within the limit is read', () => {
    const deep = (depth: number) => `${'('.repeat(depth)}A${')'.repeat(depth)}`;
    expect(codes(inRule(deep(195)))).toEqual([]);
    expect(codes(inRule(deep(205)))).toEqual(['BT1019']);
    expect(codes(inRule(`{ ${deep(190).replace('A', '.a')} = 1 }`))).toEqual([]);
    expect(codes(inRule(`${deep(190).replace('A', 'count(A)')} > 1`))).toEqual([]);
    expect(codes(inRule(`${'not '.repeat(1000)}A`))).toEqual([]);
  });

  it.each([
    ['open braces', '{'.repeat(500_000)],
    ['open parentheses', inRule('('.repeat(500_000))],
    ['open brackets', `rule r { x = ${'['.repeat(500_000)} }`],
    ['blocks in tests', `test "t" of r { ${'a "b" 0..1 { '.repeat(20_000)} }`],
    ['prefixes', inRule(`{ ${'-'.repeat(500_000)}.a }`)],
    ['negations', inRule(`${'not '.repeat(100_000)}A`)],
    ['powers', inRule(`{ 1${' ^ 1'.repeat(100_000)} = 1 }`)],
    ['sums', inRule(`{ 1${' + 1'.repeat(100_000)} = 1 }`)],
    ['operands', inRule(`{ .a = 1${' || .a = 1'.repeat(50_000)} }`)],
    ['pipes', `let x = A${' | A'.repeat(100_000)}`],
    ['tests', inRule(`A${' and A'.repeat(100_000)}`)],
    ['unclosed calls', inRule('sum('.repeat(100_000))],
    ['hyphens in calls', inRule(`sum(${'duration-a '.repeat(50_000)})`)],
    ['quotes', '"'.repeat(900_000)],
    ['unclosed strings', `rule r { ${`always { .a = "x${'}'.repeat(100)}\n`.repeat(5_000)}`],
    ['closing braces', '}'.repeat(900_000)],
    ['closing braces in a string', inRule(`{ .a = "${'}'.repeat(900_000)}x`)],
    ['unclosed names', 'span."'.repeat(100_000)],
    ['escaped names', `{ span."${'\\"'.repeat(400_000)}`],
    ['comment starts', '/*'.repeat(400_000)],
    ['dots', '.'.repeat(900_000)],
    ['digits', `let x = { .a = ${'9'.repeat(500_000)} }`],
    ['keywords', 'rule let use '.repeat(20_000)],
    ['clauses', `rule r { ${'always '.repeat(30_000)}`],
    ['a text of more than 1 MiB', ' '.repeat(1_100_000)],
  ])('of %s is refused in time', (_, text) => {
    const start = process.cpuUsage();
    const found = codes(text);
    expect(found.length).toBeGreaterThan(0);
    expect(process.cpuUsage(start).user).toBeLessThan(60_000_000);
  });

  it('that is long and flat is read', () => {
    const long = 'x y\\" '.repeat(150_000);
    expect(codes(`/* ${long} */`)).toEqual([]);
    expect(codes(`use "${long}"`)).toEqual([]);
    expect(codes(`use \`${long}\``)).toEqual([]);
    expect(codes(`let x = { span."${long}" = 1 }`)).toEqual([]);
    expect(codes(`let x = { span.${'a'.repeat(900_000)} = 1 }`)).toEqual([]);
    expect(codes(`let x = { span.${'"a"b'.repeat(200_000)} = 1 }`)).toEqual([]);
    expect(codes(inRule(`{ .a in (1${', 1'.repeat(50_000)}) }`))).toEqual([]);
    expect(codes(`rule r { x = [1${', 1'.repeat(50_000)}] always A }`)).toEqual([]);
    expect(codes(`rule r { ${'always A before B '.repeat(5_000)} }`)).toEqual([]);
    expect(codes(`test "t" of r { ${'a "b" 0..1 '.repeat(5_000)} expect pass }`)).toEqual([]);
  });
});
