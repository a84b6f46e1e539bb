import { expectedAt } from '../../engine/language/parse/expected.js';
import { parseFile } from '../../engine/language/parse/parse.js';
import { splitItems } from '../../engine/language/parse/parse-items.js';
import { feedPart } from '../../engine/language/parse/parse-part.js';
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
  /** Equal for places of the same kind, such as all that are behind `{ name =` in a rule. */
  readonly shape: string;
}

/** What is written, where it is a mark or a word of the language; what kind of thing it is, elsewhere. */
function kindOf({ kind, text }: Token): string {
  return kind === 'keyword' || kind === 'op' ? text : kind;
}

/** How many tokens before a place make its shape. */
const NEAR = 3;

/** Every place where a token starts or ends, file by file. */
export const PLACES: readonly Place[] = FILES.flatMap((file) =>
  splitItems(lex(file.text).tokens).flatMap(({ kind, tokens }, number, items) => {
    const isOver = tokens.some(({ text }) => text === 'over');
    const start = tokens[0]?.start ?? 0;
    const places = new Map<number, Place>();
    for (const [index, token] of tokens.entries()) {
      for (const offset of [token.start, token.end]) {
        // Where an item begins the one before it could go on.
        const from = offset === start ? (items[number - 1]?.tokens[0]?.start ?? 0) : start;
        const near = tokens.slice(Math.max(0, index + 1 - NEAR), index + 1).map(kindOf);
        const shape = [kind, isOver, offset === token.start, ...near].join(' ');
        places.set(offset, { file, offset, from, shape });
      }
    }
    return [...places.values()];
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
