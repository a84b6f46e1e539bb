import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timeText, timeValue } from '../../../engine/language/tree/literals-time.js';

const nanoseconds = (date: string): bigint => BigInt(Date.parse(date)) * 1_000_000n;

describe('times', () => {
  it.each([
    ['@1970-01-01', 0n],
    ['@2026-12-31', nanoseconds('2026-12-31')],
    ['@2024-02-29', nanoseconds('2024-02-29')],
    ['@2026-12-31T18:00:00Z', nanoseconds('2026-12-31T18:00:00Z')],
    ['@2026-12-31T18:00Z', nanoseconds('2026-12-31T18:00:00Z')],
    ['@2026-12-31T18:00:00.000000001Z', nanoseconds('2026-12-31T18:00:00Z') + 1n],
    ['@2026-12-31T18:00:00.5+01:00', nanoseconds('2026-12-31T17:00:00.500Z')],
    ['@2026-12-31T18:00:00-05:30', nanoseconds('2026-12-31T23:30:00Z')],
    ['@1969-12-31T23:59:59.999999999Z', -1n],
  ])('%s', (text, value) => {
    expect(timeValue(text)).toBe(value);
  });

  it.each([
    ['@2026', 'form'],
    ['@2026-12-31T18', 'form'],
    ['@2026-12-31T18:00:00.0000000001Z', 'form'],
    ['@26-12-31', 'form'],
    ['@2026-12-31T18:00:00', 'zone'],
    ['@2026-13-01', 'calendar'],
    ['@2026-02-30', 'calendar'],
    ['@2026-12-31T24:00:00Z', 'calendar'],
    ['@2026-12-31T18:60:00Z', 'calendar'],
    ['@2026-12-31T18:00:00+24:00', 'calendar'],
    ['@1677-01-01', 'range'],
    ['@2263-01-01', 'range'],
  ])('%s is none', (text, problem) => {
    expect(timeValue(text)).toBe(problem);
  });

  it('are read back as they are written, whatever they are', () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (value) => {
        expect(timeValue(timeText(value))).toBe(value);
      }),
    );
  });
});
