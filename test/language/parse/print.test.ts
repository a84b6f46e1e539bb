import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFileCounted, parseWhole } from '../../../engine/language/parse.js';
import { printCondition, printFile, printPipeline } from '../../../engine/language/print.js';
import { condition, file, pipeline } from './generate.js';
import { meaning } from './same-tree.js';

describe('printing', () => {
  it('reads back as the same pipeline, in one way', () => {
    fc.assert(
      fc.property(pipeline, (tree) => {
        const text = printPipeline(tree);
        const { value, diagnostics, parses } = parseWhole('query', text);
        expect(diagnostics, text).toEqual([]);
        expect(parses, text).toBe(1);
        expect(meaning(value?.pipeline), text).toEqual(meaning(tree));
      }),
      { numRuns: 1500 },
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
      { numRuns: 1500 },
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
      { numRuns: 1500 },
    );
  });
});
