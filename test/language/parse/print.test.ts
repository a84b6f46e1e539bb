import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFileCounted, parseWhole } from '../../../engine/language/parse/parse.js';
import { parseQueryCounted } from '../../../engine/language/parse/parse-query.js';
import { printCondition, printFile, printItem, printPipeline } from '../../../engine/language/print/print.js';
import { printQuery } from '../../../engine/language/print/print-query.js';
import { runs } from '../../support/runs.js';
import { condition, pipeline } from './generate.js';
import { file } from './generate-file.js';
import { query } from './generate-query.js';
import { meaning } from './same-tree.js';

describe('printing', () => {
  it('reads back as the same pipeline, in one way', () => {
    fc.assert(
      fc.property(pipeline, (tree) => {
        const text = printPipeline(tree);
        const { query, diagnostics, parses } = parseQueryCounted(text);
        expect(diagnostics, text).toEqual([]);
        expect(parses, text).toBe(1);
        expect(meaning(query), text).toEqual(meaning({ kind: 'search', pipeline: tree, hints: [] }));
      }),
      { numRuns: runs(400) },
    );
  });

  it('reads back as the same query, in one way', () => {
    fc.assert(
      fc.property(query, (tree) => {
        const text = printQuery(tree);
        const parsed = parseQueryCounted(text);
        expect(parsed.diagnostics, text).toEqual([]);
        expect(parsed.parses, text).toBe(1);
        expect(meaning(parsed.query), text).toEqual(meaning(tree));
        expect(parsed.query === undefined ? '' : printQuery(parsed.query)).toBe(text);
      }),
      { numRuns: runs(400) },
    );
  });

  it('reads back as the same condition, in one way', () => {
    fc.assert(
      fc.property(condition, (tree) => {
        const text = printCondition(tree);
        const { value, diagnostics, parses } = parseWhole('condition', text);
        expect(diagnostics, text).toEqual([]);
        expect(parses, text).toBe(1);
        expect(meaning(value), text).toEqual(meaning(tree));
        expect(value === undefined ? '' : printCondition(value)).toBe(text);
      }),
      { numRuns: runs(400) },
    );
  });

  it('reads back as the same file, in one way', () => {
    fc.assert(
      fc.property(file, (tree) => {
        const text = printFile(tree);
        const parsed = parseFileCounted(text);
        expect(parsed.diagnostics, text).toEqual([]);
        expect(parsed.parses, text).toBe(1);
        expect(meaning(parsed.file), text).toEqual(meaning(tree));
      }),
      { numRuns: runs(400) },
    );
  });
});

it('leaves a line break in a quoted name as it is, at any depth', () => {
  const rule = 'rule r {\n  always { ."a\nb" }\n}\n';
  const test = 'test "t" of r {\n  s "n" 0s..1s {\n    ."a\nb" = 1\n  }\n  expect pass\n}\n';
  const { file } = parseFileCounted(`${rule}\n${test}`);
  expect(file.items.map(printItem)).toEqual([rule.trimEnd(), test.trimEnd()]);
});

describe('canonical text', () => {
  const canonical = (text: string) => {
    const { value, diagnostics } = parseWhole('condition', text);
    expect(diagnostics).toEqual([]);
    return value === undefined ? '' : printCondition(value);
  };

  it.each([
    ['{ duration > 1000ms }', '{ span:duration > 1s }'],
    ['{ name = "a" }', '{ span:name = `a` }'],
    ['{ .a = 1e3 }', '{ .a = 1000.0 }'],
    ['{ ((.a)) && (.b = (1)) }', '{ .a && .b = 1 }'],
    ['{ .a && (.b && .c) }', '{ .a && ((.b && .c)) }'],
    ['{ ."a" = .b }', '{ .a = ."b" }'],
    ['c.start > c.end', 'c.span:start > c.span:end'],
    ['((A before B)) and C', 'A before B and C'],
    ['A before B at least 1s within 1m', 'A before B within 60s at least 1000ms'],
    ['(count(A)) = ((1))', 'count(A) = 1'],
    ['{ .a = maxInt }', '{ .a = 9223372036854775807 }'],
  ])('is one for %s and %s', (text, other) => expect(canonical(text)).toBe(canonical(other)));

  it.each([
    ['{ .a && (.b || .c) }', '{ .a && .b || .c }'],
    ['{ span.a }', '{ .a }'],
    ['{ .name }', '{ name }'],
    ['not (A and B)', 'not A and B'],
    ['{ .a = 1 }', '{ .a = 1.0 }'],
    ['{ .a = "1s" }', '{ .a = 1s }'],
  ])('differs for %s and %s', (text, other) => expect(canonical(text)).not.toBe(canonical(other)));
});
