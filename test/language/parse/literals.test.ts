import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  durationText,
  durationValue,
  floatText,
  numberValue,
  quoteString,
  stringValue,
} from '../../../engine/language/tree/literals.js';

describe('durations', () => {
  it.each([
    ['0s', 0n],
    ['100ms', 100_000_000n],
    ['1h30m', 5_400_000_000_000n],
    ['1.5h', 5_400_000_000_000n],
    ['1h15m30.9s', 4_530_900_000_000n],
    ['1d', 86_400_000_000_000n],
    ['1w', 604_800_000_000_000n],
    ['1y', 31_536_000_000_000_000n],
    ['1y2w3d4h5m6s7ms', 33_019_506_007_000_000n],
    ['250us', 250_000n],
    ['3µs', 3000n],
    ['3μs', 3000n],
    ['7ns', 7n],
    ['.5s', 500_000_000n],
    ['1.s', 1_000_000_000n],
    ['0.0000000019s', 1n],
    ['1s1h', 3_601_000_000_000n],
  ])('%s', (text, value) => expect(durationValue(text)).toBe(value));

  it.each(['', '1', 's', '1x', '1d1.5h', '1m1d', '1.5d', '300y', '9223372036854775808ns', '1 s'])(
    '%s is none',
    (text) => expect(durationValue(text)).toBeUndefined(),
  );

  it('read back as printed', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 63n - 1n), (value) => durationValue(durationText(value)) === value),
    );
  });
});

describe('numbers', () => {
  it.each(['0x10', '1_000', '1e', '1e999', '3foo', '1.2.3', '0b1', '..5'])('%s is none', (text) =>
    expect(numberValue(text)).toBeUndefined(),
  );

  it('read back as printed', () => {
    const value = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(value, (float) => {
        expect(numberValue(floatText(float))).toEqual({ kind: 'float', value: float });
      }),
    );
  });
});

describe('strings', () => {
  it.each([
    ['"a\\n\\t\\\\\\""', 'a\n\t\\"'],
    ['"\\x41\\101\\u00e9\\U0001F600"', 'AAé😀'],
    ['"\\xe6\\xbc\\xa2"', '漢'],
    ['`a\\n"b"`', 'a\\n"b"'],
    ['`a\r\nb`', 'a\nb'],
  ])('%s', (raw, value) => expect(stringValue(raw)).toEqual({ value, problems: [] }));

  it.each([
    ['"a\\d"', 2, 2],
    ['"\\\'"', 1, 2],
    ['"\\u12"', 1, 2],
    ['"\\ud800"', 1, 6],
    ['"\\400"', 1, 4],
  ])('%s has no meaning', (raw, offset, length) => {
    expect(stringValue(raw).problems).toMatchObject([{ offset, length }]);
  });

  it('read back as quoted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => stringValue(quoteString(value)).value === value),
    );
  });
});
