import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatText } from '../../../engine/language/format/format.js';
import { expectedAt } from '../../../engine/language/parse/expected.js';
import { parseCondition, parseFile, parseFileCounted } from '../../../engine/language/parse/parse.js';
import { parseQueryCounted } from '../../../engine/language/parse/parse-query.js';
import { printFile } from '../../../engine/language/print/print.js';
import { printQuery } from '../../../engine/language/print/print-query.js';
import { lex } from '../../../engine/language/text/lexer.js';
import { runs } from '../../support/runs.js';
import { file } from './generate-file.js';
import { query } from './generate-query.js';

const corpus = readFileSync(new URL('../corpus/accepted.betrace', import.meta.url), 'utf8');
const words = [...new Set(lex(corpus).tokens.map((token) => token.text))];

/** Valid, with exactly one parse, or with at least one error: nothing in between, and no exception. */
function check(text: string): void {
  const { diagnostics, parses, file: tree } = parseFileCounted(text);
  if (diagnostics.length === 0) {
    expect(parses, text).toBe(1);
    expect(formatText(text).diagnostics, text).toEqual([]);
  } else expect(parses, text).toBeLessThanOrEqual(1);
  for (const { range, fixes = [] } of diagnostics) {
    for (const { start, end } of [range, ...fixes.flatMap(({ edits }) => edits.map((edit) => edit.range))]) {
      expect(start).toBeGreaterThanOrEqual(0);
      expect(end).toBeGreaterThanOrEqual(start);
      expect(end).toBeLessThanOrEqual(text.length);
    }
  }
  printFile(tree);
}

function checkQuery(text: string): void {
  const { query, diagnostics, parses } = parseQueryCounted(text);
  if (diagnostics.length === 0) expect(parses, text).toBe(1);
  else expect(parses, text).toBeLessThanOrEqual(1);
  for (const { range } of diagnostics) expect(range.end, text).toBeLessThanOrEqual(text.length);
  if (query !== undefined) printQuery(query);
}

describe('broken text', () => {
  it('of random characters never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), check), { numRuns: runs(200) });
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'{}()[].,"\'`/*|&!=<>~-+#a1 \n\\'), maxLength: 60 }),
        check,
      ),
      { numRuns: runs(400) },
    );
  });

  it('of random words never throws', () => {
    const text = fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((list) => list.join(' '));
    fc.assert(fc.property(text, check), { numRuns: runs(400) });
    const other = (value: string) => {
      checkQuery(value);
      parseCondition(value);
    };
    fc.assert(fc.property(text, other), { numRuns: runs(150) });
  });

  it('with tokens taken out, put in or doubled never throws', () => {
    const broken = fc
      .record({
        tree: file,
        edits: fc.array(
          fc.record({
            at: fc.nat(),
            take: fc.nat({ max: 2 }),
            put: fc.option(fc.constantFrom(...words), { nil: '' }),
          }),
          { minLength: 1, maxLength: 3 },
        ),
      })
      .map(({ tree, edits }) => {
        const tokens = lex(printFile(tree)).tokens.map((token) => token.text);
        for (const { at, take, put } of edits)
          tokens.splice(tokens.length === 0 ? 0 : at % tokens.length, take, put);
        return tokens.join(' ');
      });
    fc.assert(fc.property(broken, check), { numRuns: runs(500) });
  });

  it('of queries with tokens taken out, put in or doubled never throws', () => {
    const metricsWords = [
      'rate',
      '(',
      ')',
      '|',
      'by',
      '>',
      '10',
      '+',
      'topk',
      'compare',
      'with',
      ',',
      '{',
      '}',
    ];
    const broken = fc
      .record({
        tree: query,
        edits: fc.array(
          fc.record({ at: fc.nat(), take: fc.nat({ max: 2 }), put: fc.constantFrom('', ...metricsWords) }),
          { minLength: 1, maxLength: 3 },
        ),
      })
      .map(({ tree, edits }) => {
        const tokens = lex(printQuery(tree)).tokens.map((token) => token.text);
        for (const { at, take, put } of edits)
          tokens.splice(tokens.length === 0 ? 0 : at % tokens.length, take, put);
        return tokens.join(' ');
      });
    fc.assert(fc.property(broken, checkQuery), { numRuns: runs(400) });
  });

  it('of the corpus with one token taken out never throws', () => {
    const { items } = parseFile(corpus);
    const endOf = (n: number) => items[n + 1]?.start ?? corpus.length;
    for (const [n, { start }] of items.entries()) {
      // With the items around it, which it may run into.
      const [before, after] = [
        corpus.slice(items[n - 1]?.start ?? 0, start),
        corpus.slice(endOf(n), endOf(n + 1)),
      ];
      const text = corpus.slice(start, endOf(n));
      for (const [index, token] of lex(text).tokens.entries())
        if (index % 3 === n % 3) check(before + text.slice(0, token.start) + text.slice(token.end) + after);
    }
  });

  it('cut off anywhere never throws, and has an answer for completion', () => {
    const { tokens } = lex(corpus);
    tokens.forEach((token, index) => {
      if (index % 11 === 0) check(corpus.slice(0, token.end));
      if (index % 11 === 0) expect(expectedAt(corpus, token.start).terminals.length).toBeGreaterThan(0);
    });
  });
});

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
