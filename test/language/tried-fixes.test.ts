import { expect, it } from 'vitest';
import { type Diagnostic, replaceFix } from '../../engine/language/problems/diagnostic.js';
import { type Check, withTriedFixes } from '../../engine/language/problems/fixes.js';

/** Every `b` is wrong; one of the two remedies leaves it as wrong as it was. */
const check: Check = (text) =>
  [...text.matchAll(/b/gu)].map(({ index }): Diagnostic => {
    const range = { start: index, end: index + 1 };
    const fixes = [replaceFix('Write bb', range, 'bb'), replaceFix('Write a', range, 'a')];
    return { code: 'BT2001', severity: 'error', message: 'wrong', range, fixes };
  });

it('keeps the fixes that mend', () => {
  const text = 'a b a';
  const [diagnostic] = withTriedFixes({ text, diagnostics: check(text) }, check);
  expect(diagnostic?.fixes).toEqual([replaceFix('Write a', { start: 2, end: 3 }, 'a')]);
});

it('says of fixes that were too many to be tried that they are guesses', () => {
  const text = 'b'.repeat(150);
  const found = withTriedFixes({ text, diagnostics: check(text) }, check);
  expect(found.map(({ fixes = [] }) => fixes.length)).toEqual([...Array(100).fill(1), ...Array(50).fill(2)]);
  expect(found[0]?.fixes?.[0]).not.toHaveProperty('guess');
  expect(found[149]?.fixes).toMatchObject([{ guess: true }, { guess: true }]);
});

it('tries no more than there is room for', () => {
  const text = 'b'.repeat(99);
  const found = withTriedFixes({ text, diagnostics: check(text) }, check, 450);
  expect(found.map(({ fixes = [] }) => fixes.length)).toEqual([1, 1, ...Array(97).fill(2)]);
});
