import { expectedAt } from '../../engine/language/parse/expected.js';
import { parseFile } from '../../engine/language/parse/parse.js';
import { type ItemText, splitItems } from '../../engine/language/parse/parse-items.js';
import { feedPart } from '../../engine/language/parse/parse-part.js';
import { ruleText } from '../../engine/language/parse/parse-rule-pieces.js';
import { unfinished } from '../../engine/language/parse/recover.js';
import type { Diagnostic } from '../../engine/language/problems/diagnostic.js';
import { lex } from '../../engine/language/text/lexer.js';
import type { Token } from '../../engine/language/text/tokens.js';
import { completionsAt } from '../../lsp/features/completion/complete.js';
import type { CompletionEntry } from '../../lsp/features/completion/entry.js';
import { withoutSnippetSyntax } from '../../lsp/features/completion/snippet-syntax.js';
import { Analysis } from '../../lsp/workspace/analysis.js';
import { CATALOGUE, inOrder, type RuleFile, ruleFiles, SEEN } from './offered.js';

const FILES = ruleFiles('queries', 'server', 'test');

/** A place where somebody may ask what to write. */
export interface Place {
  readonly file: RuleFile;
  readonly offset: number;
  /** Where the item begins that the place is in: what is before it has no part in what is said of the place. */
  readonly from: number;
  /** Equal for places behind the same few tokens, such as all that are behind `{ name =` in a rule. */
  readonly near: string;
  /** Equal for places with the same kinds of tokens before them in their part, which to the grammar are one. */
  readonly alike: string;
}

/** What is written, where it is a mark or a word of the language; what kind of thing it is, elsewhere. */
function kindOf({ kind, text }: Token): string {
  return kind === 'keyword' || kind === 'op' ? text : kind;
}

/** How many tokens are near a place. */
const NEAR = 3;

/** The tokens of each part that is parsed by itself. */
function partsOf({ kind, tokens }: ItemText): readonly (readonly Token[])[] {
  return kind === 'rule' ? ruleText(tokens).pieces.map((piece) => piece.tokens) : [tokens];
}

function placesOf(file: RuleFile, item: ItemText, from: number): readonly Place[] {
  const isOver = item.tokens.some(({ text }) => text === 'over');
  const places = new Map<number, Place>();
  for (const tokens of partsOf(item)) {
    const kinds = tokens.map(kindOf);
    for (const [index, token] of tokens.entries())
      for (const offset of [token.start, token.end]) {
        const until = offset === token.start ? index : index + 1;
        const place = [item.kind, isOver, offset === token.start];
        const near = [...place, ...kinds.slice(Math.max(0, index + 1 - NEAR), index + 1)].join(' ');
        const alike = [...place, kinds[0], ...kinds.slice(0, until)].join(' ');
        places.set(offset, { file, offset, from, near, alike });
      }
  }
  return [...places.values()];
}

/** Every place where a token starts or ends, file by file. */
export const PLACES: readonly Place[] = FILES.flatMap((file) =>
  splitItems(lex(file.text).tokens).flatMap((item, number, items) => {
    const start = item.tokens[0]?.start ?? 0;
    // The item before could continue where this one begins.
    const before = items[number - 1]?.tokens[0]?.start ?? 0;
    return placesOf(file, item, start).map((place) =>
      place.offset === start ? { ...place, from: before } : place,
    );
  }),
);

/** Whether an error says only that a text is not at its end. */
function isUnfinished(text: string): (error: Diagnostic) => boolean {
  const { part, before } = expectedAt(`${text} `, text.length + 1);
  if (part === undefined) return () => false;
  const { parse, gaveUp, skipped } = feedPart(part, before);
  if (gaveUp || skipped) return () => false;
  const end = unfinished(parse, part, before, text.length);
  return ({ code, message, range }) =>
    code === end.code && message === end.message && range.start === end.range.start;
}

/** The syntax errors of a text, other than that it is not at its end. */
function refusals(text: string): readonly string[] {
  const isEnd = isUnfinished(text);
  return parseFile(text)
    .diagnostics.filter(
      (error) =>
        error.code.startsWith('BT1') && !isEnd(error) && !/^missing `\}` at the end of/u.test(error.message),
    )
    .map(({ code, message }) => `${code} ${message}`);
}

/** The text up to where the cursor would stand once an offer is accepted, and with more behind a `.` that asks for more. */
function accepted(text: string, { insert, label, snippet, replace }: CompletionEntry): string {
  const written = insert ?? label;
  const gap = written.indexOf('($1');
  const inserted =
    snippet === true ? withoutSnippetSyntax(gap === -1 ? written : written.slice(0, gap + 1)) : written;
  return `${text.slice(0, replace.start)}${inserted}${inserted.endsWith('.') ? 'name' : ''}`;
}

const analysis = new Analysis();
for (const { path, text } of FILES) analysis.setText(path, text);

/** Which of the first offers at a place break the text before it, with what is then said. */
export function misleading({ file: { path, text: whole }, offset, from }: Place): readonly string[] {
  const text = whole.slice(0, offset);
  const before = new Set(refusals(text.slice(from)));
  return inOrder(completionsAt(analysis, path, text, offset, CATALOGUE))
    .slice(0, SEEN)
    .flatMap((entry) => {
      const found = refusals(accepted(text, entry).slice(from)).filter((message) => !before.has(message));
      return found.length === 0 ? [] : [`${path}: ${text.slice(-60)}¦ ${entry.label}: ${found.join('; ')}`];
    });
}
