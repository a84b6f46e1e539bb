import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance, suggest } from '../../engine/language/problems/spelling.js';
import { runs } from '../support/runs.js';
import { diagnosticsOf } from './check/marked.js';

/** The definition, without bounds or bands. */
function plainDistance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  const known = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const swapped =
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? known(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY;
      rows[i]![j] = Math.min(
        known(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
        known(i - 1, j) + 1,
        known(i, j - 1) + 1,
        swapped,
      );
    }
  }
  return known(a.length, b.length);
}

test('the distance is that of its definition, up to the limit', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 9 });
  fc.assert(
    fc.property(word, word, fc.integer({ min: 1, max: 4 }), (a, b, limit) => {
      expect(editDistance(a, b, limit)).toBe(Math.min(plainDistance(a, b), limit + 1));
    }),
    { numRuns: runs(1000) },
  );
});

test('a misspelt word, setting and pattern are helped with alike', () => {
  const help = (text: string) =>
    diagnosticsOf(text).flatMap(({ fixes = [] }) =>
      fixes.flatMap(({ edits }) => edits.map((e) => e.newText)),
    );
  expect(help('rule r { alwys { name = "a" } }')).toContain('always');
  expect(help('rule r { runbk = "x" always { name = "a" } }')).toContain('runbook');
  expect(help('let chrge = { name = "a" }\nrule r { always chge }')).toContain('chrge');
});

test('a text full of unknown names is checked in time, and its first mistakes are helped with', () => {
  const text = Array.from({ length: 8000 }, (_, n) => `export let pattern-${n} = { .a } && patern-${n}`);
  const start = performance.now();
  const found = diagnosticsOf(text.join('\n'));
  expect(performance.now() - start).toBeLessThan(60_000);
  expect(found).toHaveLength(8000);
  expect(found[0]?.message).toContain('did you mean `pattern-0`?');
});

test.each<readonly [string, readonly string[], string | undefined]>([
  ['severty', ['severity', 'summary'], 'severity'],
  ['Severity', ['severity'], 'severity'],
  ['chrage', ['change', 'charge'], 'charge'],
  ['http.status_coed', ['http.status_code', 'http.route'], 'http.status_code'],
  ['x', ['y'], 'y'],
  ['payment', ['shipping', 'stock'], undefined],
  ['runbk', ['runbook', 'tags'], 'runbook'],
  ['alays', ['always', 'never'], 'always'],
  ['rule', ['rule', 'rules'], 'rules'],
  ['ab', ['as', 'at', 'b'], 'as'],
])('%s among %j is %s', (word, candidates, expected) => {
  expect(suggest(word, candidates)).toBe(expected);
});
