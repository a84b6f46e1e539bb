import { expect, test } from 'vitest';
import { parseBytes, parseChoice, parseCount, parseTime } from '../../../server/shared/typed-values.js';
import { UsageError } from '../../../server/shared/usage-error.js';

const NOW = Date.UTC(2026, 10, 22, 12);
const NOW_NS = BigInt(NOW) * 1_000_000n;
const HOUR = 3_600_000_000_000n;

test.each<[string, bigint]>([
  ['now', NOW_NS],
  ['today', NOW_NS - 12n * HOUR],
  ['yesterday', NOW_NS - 36n * HOUR],
  ['24h', NOW_NS - 24n * HOUR],
  ['7d', NOW_NS - 168n * HOUR],
  ['30m', NOW_NS - HOUR / 2n],
  ['1h30m ago', NOW_NS - (3n * HOUR) / 2n],
  ['2w', NOW_NS - 336n * HOUR],
  ['2026-11-22T12:00:00Z', NOW_NS],
  ['2026-11-22T13:00:00.5+01:00', NOW_NS + 500_000_000n],
  ['2026-11-22', NOW_NS - 12n * HOUR],
  ['1795348800', NOW_NS],
  ['1795348800.25', NOW_NS + 250_000_000n],
  ['0', 0n],
])('the time %s', (text, ns) => {
  expect(parseTime('--from', text, NOW)).toBe(ns);
});

test.each([
  '',
  'tomorrow',
  '24',
  '2026-13-01',
  '1h ago ago',
  '-1h',
  '1.5h',
  '1795348800000',
  '24h\u001b[31m',
])('the time %j is refused, except small numbers, which are unix seconds', (text) => {
  if (text === '24') expect(parseTime('--from', text, NOW)).toBe(24_000_000_000n);
  else expect(() => parseTime('--from', text, NOW)).toThrow(UsageError);
});

test('milliseconds are recognised as such', () => {
  expect(() => parseTime('--to', '1795348800000')).toThrow(/--to: .*milliseconds/);
});

test.each<[string, number]>([
  ['512MB', 512_000_000],
  ['512 mb', 512_000_000],
  ['1GiB', 2 ** 30],
  ['1.5g', 1.5 * 2 ** 30],
  ['4096', 4096],
  ['10kb', 10_000],
])('the size %s', (text, bytes) => {
  expect(parseBytes('--memory', text)).toBe(bytes);
});

test.each(['', '0', '-1', '1XB', 'GB', '1e9', '99999999999TB'])('the size %j is refused', (text) => {
  expect(() => parseBytes('--memory', text)).toThrow(/--memory: /);
});

test('counts and choices', () => {
  expect(parseCount('--limit', '10')).toBe(10);
  expect(() => parseCount('--limit', '0', 1)).toThrow('at least 1');
  expect(() => parseCount('--limit', '1.5')).toThrow(UsageError);
  expect(parseChoice('--format', 'json', ['text', 'json'])).toBe('json');
  expect(() => parseChoice('--format', 'xml', ['text', 'json'])).toThrow('text, json');
});
