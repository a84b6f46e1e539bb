import type { PartName, PartResults } from '../grammar/grammar.js';
import type { Diagnostic } from '../problems/diagnostic.js';
import { syntaxError } from '../problems/syntax-diagnostic.js';
import { lex, TokenStream } from '../text/lexer.js';
import { isWord, type Token } from '../text/tokens.js';
import type { Comment, Condition, File } from '../tree/ast.js';
import { inOrder } from './in-order.js';
import { MOST_CHARACTERS } from './parse-limits.js';
import { parsePart } from './parse-part.js';
import { type PlacedItem, placed, placedItem, type ReadText, readItems } from './read-items.js';

/** A text, and what it was read as. */
export interface ParsedText extends ReadText {
  readonly file: File;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ParsedCondition {
  readonly condition?: Condition;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a file of rules. Never throws: errors are diagnostics, in the order of the text, and the tree has everything
 * that could still be read. Where something is missing the tree has a node with empty text (a name, an attribute key),
 * which later checks pass over.
 *
 * @param before an earlier text of the file: items that an edit of it cannot have touched are taken from there
 */
export function parseFile(text: string, before?: ReadText): ParsedText {
  const large = tooLarge(text);
  if (large !== undefined) return unread(text, large);
  const foreign = foreignFile(text);
  if (foreign !== undefined) return unread(text, foreign, lex(text).comments);
  const items = readItems(text, before);
  let file: File | undefined;
  return {
    text,
    items,
    diagnostics: items.flatMap(({ start, read: { diagnostics } }) => placed(diagnostics, start)),
    // Whoever works item by item does without it.
    get file() {
      file ??= fileOf(items);
      return file;
    },
  };
}

/** As `parseFile`, with the number of parses of the part that has fewest or most: 1 for every valid text. */
export function parseFileCounted(text: string): ParsedText & { readonly parses: number } {
  const parsed = parseFile(text);
  const unusual = parsed.items.findLast(({ read: { parses } }) => parses !== 1);
  const isRead = parsed.items.length > 0 || parsed.diagnostics.length === 0;
  return { ...parsed, parses: isRead ? (unusual?.read.parses ?? 1) : 0 };
}

/** A text of which one thing is said. */
function unread(text: string, diagnostic: Diagnostic, comments: readonly Comment[] = []): ParsedText {
  return { text, items: [], diagnostics: [diagnostic], file: { items: [], comments } };
}

function fileOf(items: readonly PlacedItem[]): File {
  return {
    items: items.flatMap((item) => placedItem(item) ?? []),
    comments: commentsOf(items),
  };
}

function commentsOf(items: readonly PlacedItem[]): readonly Comment[] {
  return items.flatMap(({ start, read: { comments } }) => placed(comments, start));
}

/** Reads what could be behind `always`. */
export function parseCondition(text: string): ParsedCondition {
  const { value, diagnostics } = parseWhole('condition', text);
  return { ...(value === undefined ? {} : { condition: value }), diagnostics };
}

export function parseWhole<P extends PartName>(
  part: P,
  text: string,
): {
  readonly value?: PartResults[P];
  readonly diagnostics: readonly Diagnostic[];
  readonly comments: readonly Comment[];
  readonly parses: number;
} {
  const large = tooLarge(text);
  if (large !== undefined) return { diagnostics: [large], comments: [], parses: 0 };
  const { tokens, comments, diagnostics } = lex(text);
  const parsed = parsePart(part, tokens, text.length);
  return {
    ...parsed,
    comments,
    diagnostics: inOrder([...diagnostics, ...parsed.diagnostics]),
  };
}

/** A file that is not of this language at all, of which one thing is said rather than one of each line. */
function foreignFile(text: string): Diagnostic | undefined {
  const stream = new TokenStream(text);
  const [first, second, third] = [stream.next(), stream.next(), stream.next()];
  if (first === undefined || second === undefined) return undefined;
  const isKey = (word: Token, colon: Token | undefined): boolean => isWord(word) && colon?.text === ':';
  const isYaml = isKey(first, second) || (first.text === '-' && isKey(second, third));
  const isCode = ['def', 'function', 'func', 'class', 'import', 'package', 'select'].includes(
    first.text.toLowerCase(),
  );
  if (!isYaml && !isCode) return undefined;
  const { tokens } = lex(text);
  const hasRule = tokens.some(
    ({ kind, text }, index) => kind === 'keyword' && text === 'rule' && tokens[index + 2]?.text === '{',
  );
  if (hasRule) return undefined;
  const what = isYaml ? 'YAML' : 'another language';
  return syntaxError(
    'BT1016',
    first,
    `this reads like ${what}; a file has rules, \`rule <id> { when { … } always { … } }\`, and \`betrace import\` rewrites those of the older BeTrace`,
  );
}

/** A diagnostic for a text of more than `MOST_CHARACTERS`. */
export function tooLarge(text: string): Diagnostic | undefined {
  if (text.length <= MOST_CHARACTERS) return undefined;
  return syntaxError(
    'BT1018',
    { start: 0, end: 0 },
    'the text is larger than 1 MiB; split it and join the parts with `use`',
  );
}
