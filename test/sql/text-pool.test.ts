import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextPool } from '../../engine/sql/store/text-pool.js';

function intern(pool: TextPool, text: string): number {
  const bytes = Buffer.from(`<${text}>`);
  return pool.intern(bytes, 1, bytes.length - 1);
}

describe('a pool of texts', () => {
  it('gives equal texts one number, others another, and the text back', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 2000 }), (texts) => {
        const pool = new TextPool();
        const whole = texts.map((text) => text.toWellFormed());
        const numbers = whole.map((text) => intern(pool, text));
        expect(numbers.map((number) => pool.textOf(number))).toEqual(whole);
        expect(pool.size).toBe(new Set(whole).size);
        expect(whole.map((text) => intern(pool, text))).toEqual(numbers);
      }),
      { numRuns: 50 },
    );
  });

  it('reads what is no UTF-8 as decoders do', () => {
    const pool = new TextPool();
    const bytes = Buffer.from([0x61, 0xff, 0xc3, 0x62]);
    const number = pool.intern(bytes, 0, bytes.length);
    expect(pool.textOf(number)).toBe(bytes.toString());
    expect(intern(pool, 'a\ufffd\ufffdb')).toBe(number);
  });
});
