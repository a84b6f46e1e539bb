import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundedJson } from '../../../server/mcp/bounded.js';
import { runs } from '../../support/runs.js';

test('an answer that fits is left as it is', () => {
  const answer = { count: 3, list: [1, 'two', { three: [] }] };
  expect(JSON.parse(boundedJson(answer, 1000))).toEqual(answer);
});

test('lists in lists are cut, and what was left out is added up by place', () => {
  const rules = [1, 2].map((id) => ({
    id,
    cases: Array.from({ length: 300 }, (_, index) => `case ${index}`),
  }));
  const cut = JSON.parse(boundedJson({ rules }, 2000));
  const listed = cut.rules[0].cases.length;
  expect(listed).toBeGreaterThan(0);
  expect(cut.leftOut).toEqual([{ what: 'rules[].cases', listed: 2 * listed, of: 600 }]);
});

test('long texts are cut between characters', () => {
  const cut = JSON.parse(boundedJson({ text: '😀'.repeat(5000) }, 3000));
  expect(cut.text).toMatch(/^(?:😀)+…$/u);
  expect(cut.leftOut[0].of).toBe(10_000);
});

test('whatever the answer, it fits or is refused, and what is listed is a beginning of what was there', () => {
  const answers = fc.dictionary(
    fc.constantFrom('a', 'b'),
    fc.array(fc.string({ maxLength: 60 }), { maxLength: 80 }),
  );
  fc.assert(
    fc.property(answers, fc.integer({ min: 300, max: 2000 }), (answer, most) => {
      const text = boundedJson(answer, most);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(most);
      const { leftOut = [], ...cut } = JSON.parse(text);
      for (const [name, list] of Object.entries(answer)) {
        expect(list.slice(0, cut[name].length)).toEqual(cut[name]);
        const said = leftOut.find(({ what }: { what: string }) => what === name);
        expect(said?.of ?? cut[name].length).toBe(list.length);
      }
    }),
    { numRuns: runs(50) },
  );
});

test('what does not fit at all is refused', () => {
  expect(() => boundedJson({ a: 'x'.repeat(1000), b: 'y'.repeat(1000) }, 100)).toThrow('mcp.max_answer');
});
