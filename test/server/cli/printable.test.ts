import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  displayWidth,
  printable,
  printableJson,
  printableLines,
  truncate,
} from '../../../server/shared/printable.js';

test.each<[string, string]>([
  [
    'plain text, ünïcode, 日本語, 👍, \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645',
    'plain text, ünïcode, 日本語, 👍, \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645',
  ],
  ['\u001b]0;owned\u0007', '\\u001b]0;owned\\u0007'],
  ['a\nb\r\tc', 'a\\nb\\r\\tc'],
  ['\u009b31m', '\\u009b31m'],
  ['\u007f', '\\u007f'],
  ['abc\u202edcba', 'abc\\u202edcba'],
  ['\u2066x\u2069', '\\u2066x\\u2069'],
  ['half \ud83d pair \udc4d', 'half \\ud83d pair \\udc4d'],
  ['\u2028', '\\u2028'],
])('%j is printed harmlessly', (text, expected) => {
  expect(printable(text)).toBe(expected);
});

/** Controls (C0, DEL and C1), separators of lines, and the marks that turn the direction of writing. */
const HARMFUL = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u;

test('whatever the text, nothing a terminal acts on is left', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printable(text)).not.toMatch(HARMFUL);
      expect(printableLines(text).replaceAll('\n', '')).not.toMatch(HARMFUL);
    }),
  );
});

test('JSON stays the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      for (const text of [printableJson(value), printableJson(value, 2)]) {
        expect(text.replaceAll('\n', '')).not.toMatch(HARMFUL);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }
    }),
  );
});

test('widths and cuts count what is shown', () => {
  expect([displayWidth('abc'), displayWidth('日本'), displayWidth('e\u0301'), displayWidth('👍')]).toEqual([
    3, 4, 1, 2,
  ]);
  expect(truncate('abcdef', 6)).toBe('abcdef');
  expect(truncate('abcdefg', 6)).toBe('abcde…');
  expect(truncate('日本語日本', 6)).toBe('日本…');
});
