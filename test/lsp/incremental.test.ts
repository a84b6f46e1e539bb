/** What was kept over edits: nothing else may come of it than of the same texts read anew. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { outlineOf } from '../../lsp/features/outline.js';
import { semanticTokens } from '../../lsp/features/semantic-tokens.js';
import { Analysis } from '../../lsp/workspace/analysis.js';
import { runs } from '../support/runs.js';
import { aPartOf, aPlace, MARKS } from './arbitrary-edit.js';

/** Small files that use one another in many ways: each item asks the others something. */
const ITEMS = [
  'use "a"',
  'use "b"',
  'use "lost"',
  'export let charge = { name = "charge" && span.amount > 10 }',
  'export let charge = { name = "other" } | by(span.tenant)',
  'let own = { name = "own" && span.a = 1 }',
  'let own = charge >> { span.b = "x" }',
  'let over-limit(limit) = { span.amount > limit }',
  'export let over-limit(limit, unit) = charge',
  'let circle = own',
  'let eu = ("DE", "FR")',
  'export let eu = (1, 2)',
  'rule one { when charge as c always own before c }',
  'rule one { never charge }',
  'rule two {\n  severity = high\n  never own\n}',
  'rule two { when own as charge never { span.country not in eu } }',
  'rule three { always charge | count() > 2 }',
  'rule three { never over-limit(10) }',
  'rule four { when own as c never over-limit("a") where span.x = c.span.x }',
  'rule five { when charge never charge where name = "more" }',
  'rule six { never chrage }',
  'rule seven { over 5m never own | rate() > 1 }',
  'test "t" of one {\n  s "charge" 0ms..1ms { span.amount = 11 }\n  expect violation\n}',
  'test "t" of tow { s "x" 0ms..1ms { } expect pass }',
  '// a comment',
  '/* and one more */',
] as const;

const PIECES = [...MARKS, ' ', '\n', 'x', 'rule z {', 'let own = ', 'use '];

const file = fc.array(fc.constantFrom(...ITEMS), { maxLength: 7 }).map((items) => `${items.join('\n\n')}\n`);
const files = fc.record({ 'a.betrace': file, 'b.betrace': file, 'c.betrace': file });

const path = fc.constantFrom('a.betrace', 'b.betrace', 'c.betrace');

/** Anything anywhere. */
const anywhere = fc.record({
  path,
  from: aPlace,
  size: fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, fc.nat(3), fc.nat(60)),
  text: fc.oneof(
    fc.constantFrom(...PIECES),
    fc.constant(''),
    fc.constantFrom(...ITEMS).map((item) => `\n${item}\n`),
    aPartOf(ITEMS, 6),
  ),
});

const WORDS = ['charge', 'own', 'over-limit', '(limit)', '(10)', '', 'export let', 'let', 'eu', 'one', 'two'];

const PARAMETRISED = ['(x, y)', 'own(limit)', 'charge(limit)'];

/** What others depend on becomes something else. */
const word = fc.record({
  path,
  word: fc.constantFrom(...WORDS),
  by: fc.constantFrom(...WORDS, ...PARAMETRISED),
});

type Edit = typeof anywhere | typeof word extends fc.Arbitrary<infer T> ? T : never;

function edited(before: string, edit: Edit): string {
  if ('word' in edit) return before.replace(edit.word, edit.by);
  const start = Math.floor(edit.from * before.length);
  return before.slice(0, start) + edit.text + before.slice(start + edit.size);
}

it('gives what the same texts give that are read anew', () => {
  fc.assert(
    fc.property(files, fc.array(fc.oneof(anywhere, word), { minLength: 1, maxLength: 8 }), (texts, edits) => {
      const kept = new Analysis();
      const now = new Map(Object.entries(texts));
      for (const [path, text] of now) kept.setText(path, text);
      expectSame(kept, now);
      for (const [index, edit] of edits.entries()) {
        const after = edited(now.get(edit.path) ?? '', edit);
        // What would be is asked now and then, and is to leave nothing behind.
        if (index % 2 === 1) kept.diagnosticsIf(edit.path, `${after}\n}`);
        now.set(edit.path, after);
        kept.setText(edit.path, after);
        expectSame(kept, now);
      }
    }),
    { numRuns: runs(40) },
  );
});

function expectSame(kept: Analysis, texts: ReadonlyMap<string, string>): void {
  const anew = new Analysis();
  for (const [path, text] of texts) anew.setText(path, text);
  for (const [path, text] of texts) expect(seenIn(kept, path, text)).toEqual(seenIn(anew, path, text));
}

function seenIn(analysis: Analysis, path: string, text: string): unknown {
  const parsed = analysis.syntaxOf(path);
  return {
    diagnostics: analysis.diagnosticsOf(path),
    tokens: semanticTokens(analysis, path, text),
    symbols: outlineOf(parsed?.file.items ?? []),
    occurrences: analysis.occurrencesIn(path),
    items: parsed?.items,
    rules: analysis.workspace.rules,
    tests: analysis.workspace.tests,
  };
}
