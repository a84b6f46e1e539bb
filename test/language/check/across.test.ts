/** What the checker says of bounds in rules across traces. */
import { describe, expect, it } from 'vitest';
import { fixedTexts, marksOf } from './marked.js';

const rule = (clause: string, within = '1h'): string =>
  `rule r { across span.k within ${within} when { name = "x" } as x always { name = "y" } ${clause} }`;

describe('a bound as long as a rule across traces looks', () => {
  it('misses spans that begin earlier where it is to their end, and looking twice as far helps', () => {
    for (const relation of ['before', 'ends before']) {
      const text = rule(`${relation} x within 1h`);
      expect(marksOf(text)).toEqual(['BT2710 1h']);
      expect(fixedTexts(text)).toEqual([rule(`${relation} x within 1h`, '2h')]);
      expect(marksOf(fixedTexts(text)[0]!)).toEqual([]);
    }
  });

  it('misses nothing where it is to their start, or is shorter', () => {
    for (const clause of [
      'after x within 1h',
      'starts before x within 1h',
      'before x within 59m',
      'before x',
    ])
      expect(marksOf(rule(clause))).toEqual([]);
  });

  it('that is longer is never reached, and is helped for good at once', () => {
    const before = rule('before x within 1h', '10m');
    expect(marksOf(before)).toEqual(['BT2708 1h']);
    expect(fixedTexts(before)).toEqual([rule('before x within 1h', '2h')]);
    expect(fixedTexts(rule('after x within 1h', '10m'))).toEqual([rule('after x within 1h', '1h')]);
  });
});
