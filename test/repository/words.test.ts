/**
 * Comments, documentation, help and messages are in plain English: words that an English engineer would use otherwise, and that crept in
 * again and again, are held to their few natural uses.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

interface Avoided {
  readonly word: RegExp;
  /** What to write, for whoever reads the failure. */
  readonly instead: string;
  /** What the word and its neighbours are where it is right. */
  readonly natural?: RegExp;
}

const AVOIDED: readonly Avoided[] = [
  {
    word: /told/i,
    instead: 'reported, shown, known, determined, called with',
    // The last is the list of names in `names.test.ts`.
    natural: /told (?:to (?:stop|wait)|apart|otherwise)|'told'|\|told\||told: X|ts:2 told/i,
  },
  {
    word: /stands/i,
    instead: 'is, is written, is allowed',
    // A violation stands until it is retracted: `OutboxEntry.stands`.
    natural:
      /stands(?: in)? for|as it stands|[.{,] ?stands|readonly stands|[({]stands|stands: (?:true|false)|stands \?/i,
  },
  { word: /beside/i, instead: 'next to, with, compared with', natural: /ViewColumn\.Beside/ },
  { word: /besides/i, instead: 'in addition to, apart from' },
  { word: /go(?:es)? on/i, instead: 'continue, keep' },
  { word: /hangs? on/i, instead: 'depend on' },
  { word: /tell(?:s|ing)? of/i, instead: 'report, say, show' },
  { word: /ask(?:s|ed)? of/i, instead: 'test, query, require, read' },
  { word: /nobody's/i, instead: 'of no one, unknown' },
  { word: /thereby/i, instead: 'so, by that' },
  { word: /likewise/i, instead: 'also, so is' },
  { word: /is otherwise now/i, instead: 'has changed' },
];

/** What a word is looked at with on either side, in characters. */
const NEIGHBOURS = 14;

/** Each use that is not natural: `file:line word: instead`. A text may break a line anywhere. */
function unnaturalWords(file: string, text: string): readonly string[] {
  // As long as it was, so that places stay what they are.
  const plain = text.replace(/\n[ \t]*(?:\*|\/\/|#)?/g, (marks) => ' '.repeat(marks.length));
  return AVOIDED.flatMap(({ word, instead, natural }) =>
    [
      ...plain.matchAll(new RegExp(`\\b${word.source.replaceAll(' ', '\\s+')}\\b`, word.flags.concat('g'))),
    ].flatMap(({ 0: found, index }) => {
      const near = plain
        .slice(Math.max(0, index - NEIGHBOURS), index + found.length + NEIGHBOURS)
        .replace(/\s+/g, ' ');
      if (natural?.test(near)) return [];
      const line = text.slice(0, index).split('\n').length;
      return [`${file}:${line} ${found.replace(/\s+/g, ' ')}: ${instead}`];
    }),
  );
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const WRITTEN = /\.(?:tsx?|mjs|md|css|ya?ml|betrace|json)$/;
/** Texts of others, what tests are given, and this list itself. */
const NOT_OURS = /node_modules|(?:^|\/)fixtures\/|package-lock|wrong-texts|repository\/words\.test\.ts$/;

it('finds such words over the ends of lines and in any case, and leaves natural uses', () => {
  const text = [
    '/** Told of each; `x` stands',
    ' * for y, and goes',
    ' * on. */',
    '// It stands here,',
    '// told to stop.',
  ].join('\n');
  expect(unnaturalWords('a.ts', text)).toEqual([
    'a.ts:1 Told: reported, shown, known, determined, called with',
    'a.ts:4 stands: is, is written, is allowed',
    'a.ts:2 goes on: continue, keep',
  ]);
});

it.each(['engine', 'server', 'lsp', 'extension', 'queries', 'test', '.github'])('none is in %s', (folder) => {
  const found = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => WRITTEN.test(name) && !NOT_OURS.test(name))
    .flatMap((name) => unnaturalWords(`${folder}/${name}`, readFileSync(join(root, folder, name), 'utf8')));
  expect(found).toEqual([]);
});

it('none is in README.md', () => {
  expect(unnaturalWords('README.md', readFileSync(join(root, 'README.md'), 'utf8'))).toEqual([]);
});
