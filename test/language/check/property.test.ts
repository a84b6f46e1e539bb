import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../support/runs.js';
import { diagnosticsOf } from './marked.js';

const folder = new URL('../corpus/', import.meta.url);
const corpus = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'));
const accepted = readFileSync(new URL('accepted.betrace', folder), 'utf8');
const queries = readFileSync(new URL('queries.txt', folder), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('M '));

/** Every diagnostic lies in the text, and so does every edit of its fixes. */
function expectSound(text: string): void {
  for (const diagnostic of diagnosticsOf(text)) {
    const edits = (diagnostic.fixes ?? []).flatMap((fix) => fix.edits);
    for (const { start, end } of [diagnostic.range, ...edits.map(({ range }) => range)]) {
      expect(start).toBeGreaterThanOrEqual(0);
      expect(end).toBeGreaterThanOrEqual(start);
      expect(end).toBeLessThanOrEqual(text.length);
    }
  }
}

describe('checking never throws', () => {
  test('on pieces of the corpus with parts taken out', () => {
    const piece = fc.constantFrom(...corpus).chain((text) =>
      fc
        .tuple(fc.nat(text.length), fc.integer({ min: 1, max: 800 }), fc.nat(800), fc.nat(30))
        .map(([start, length, cut, cutLength]) => {
          const part = text.slice(start, start + length);
          return part.slice(0, cut) + part.slice(cut + cutLength);
        }),
    );
    fc.assert(fc.property(piece, expectSound), { numRuns: runs(60) });
  });

  test('on rules with tokens taken out, doubled and swapped', () => {
    const tokens = accepted.match(/"[^"]*"|\w+|\s+|\S/gu) ?? [];
    const mangled = fc
      .tuple(fc.nat(tokens.length), fc.integer({ min: 5, max: 120 }), fc.nat(120), fc.nat(120))
      .map(([start, length, from, to]) => {
        const part = tokens.slice(start, start + length);
        const [taken = ''] = part.splice(from % part.length || 0, 1);
        part.splice(to % (part.length + 1), 0, taken, taken);
        return `rule r { ${part.join('')}`;
      });
    fc.assert(fc.property(mangled, expectSound), { numRuns: runs(60) });
  });
});

describe('TraceQL is accepted', () => {
  test.each(queries)('%s', (query) => {
    const errors = diagnosticsOf(`rule r { never ${query} }`).filter(({ severity }) => severity === 'error');
    expect(errors.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
  });
});
