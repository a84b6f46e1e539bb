/** Items that an edit does not touch are taken over from the parse before: nothing else may come of it than of a parse anew. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseFile } from '../../../engine/language/parse/parse.js';
import { runs } from '../../support/runs.js';

const whole = readFileSync(new URL('../../../queries/shop/payments.betrace', import.meta.url), 'utf8');
/** A few items are enough, and cheap. */
const text = whole.slice(0, whole.indexOf('\n}\n', 1500) + 3);
const PIECES = [
  '{',
  '}',
  '"',
  '`',
  '/*',
  '*/',
  '//',
  'rule x {',
  'let a = ',
  'never ',
  '\n',
  ' ',
  'where ',
  'a-b',
  '',
];

const edit = fc.record({
  from: fc.nat(text.length),
  size: fc.nat(20),
  piece: fc.oneof(
    fc.constantFrom(...PIECES),
    fc.nat(text.length).map((start) => text.slice(start, start + 30)),
  ),
});

function shown(tree: unknown): string {
  return JSON.stringify(tree, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}

it('after every edit', () => {
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      let now = text;
      let before = parseFile(now);
      for (const { from, size, piece } of edits) {
        now = now.slice(0, from) + piece + now.slice(from + size);
        before = parseFile(now, before);
        const { file, diagnostics } = parseFile(now);
        expect(shown([before.file, before.diagnostics])).toBe(shown([file, diagnostics]));
      }
    }),
    { numRuns: runs(40) },
  );
});

it('what is before an edit is the same tree', () => {
  const before = parseFile(text);
  const after = parseFile(`${text}\nrule last { never { } }\n`, before);
  expect(after.file.items[0]).toBe(before.file.items[0]);
});
