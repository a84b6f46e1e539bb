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
