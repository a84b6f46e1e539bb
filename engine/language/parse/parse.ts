import type { PartName, PartResults } from '../grammar/grammar.js';
import { type Diagnostic, replaceFix } from '../problems/diagnostic.js';
import { suggest } from '../problems/spelling.js';
import { syntaxError } from '../problems/syntax-diagnostic.js';
import { lex } from '../text/lexer.js';
import { isWord, type Token } from '../text/tokens.js';
import type { Comment, Condition, File, Item } from '../tree/ast.js';
import { ITEM_KEYWORDS } from '../words/words.js';
import { commentAt } from './habits/foreign.js';
import { habitDiagnostic } from './habits/habit.js';
import { type ItemText, splitItems } from './parse-items.js';
import { MOST_CHARACTERS } from './parse-limits.js';
import { parsePart } from './parse-part.js';
import { parseRule } from './parse-rule.js';
import { foundText } from './recover-words.js';

export interface ParsedFile {
  readonly file: File;
  readonly diagnostics: readonly Diagnostic[];
  /** For the next parse, which takes over what has not changed. */
  readonly items: readonly ReadItem[];
}

/** An item as it was read. */
export interface ReadItem {
  /** From its first token up to the next item. */
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly parsed: ReturnType<typeof parseItem>;
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
 * @param before what an earlier text of the file came to: items that it has too are taken from there
 */
export function parseFile(text: string, before: readonly ReadItem[] = []): ParsedFile {
  const { file, diagnostics, items } = parseFileCounted(text, before);
  return { file, diagnostics, items };
}

/** As `parseFile`, with the number of parses of the part that has fewest or most: 1 for every valid text. */
export function parseFileCounted(
  text: string,
  before: readonly ReadItem[] = [],
): ParsedFile & { readonly parses: number } {
  const large = tooLarge(text);
  if (large !== undefined)
    return { file: { items: [], comments: [] }, diagnostics: [large], items: [], parses: 0 };
  const { tokens, comments, diagnostics: lexical } = lex(text);
  const diagnostics: Diagnostic[] = [...lexical];
  const items: Item[] = [];
  let parses = 1;
  const known = new Map(before.map((item) => [item.text, item]));
  const read: ReadItem[] = [];
  const foreign = foreignFile(tokens);
  if (foreign !== undefined)
    return { file: { items: [], comments }, diagnostics: [foreign], items: [], parses: 0 };
  const texts = splitItems(tokens);
  texts.forEach((itemText, index) => {
    const end = texts[index + 1]?.tokens[0]?.start ?? text.length;
    const written = text.slice(itemText.tokens[0]?.start ?? end, end);
    const parsed = takenOver(written, itemText.tokens, known.get(written)) ?? parseItem(itemText, end);
    read.push({ text: written, tokens: itemText.tokens, parsed });
    if (parsed.item !== undefined) items.push(parsed.item);
    for (const diagnostic of parsed.diagnostics) diagnostics.push(diagnostic);
    if (parsed.parses !== 1) parses = parsed.parses;
  });
  return { file: { items, comments }, diagnostics: inOrder(diagnostics), items: read, parses };
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

/** What the same text was read as, moved to where it is now; nothing where what is before it has its words read otherwise. */
function takenOver(
  text: string,
  tokens: readonly Token[],
  before: ReadItem | undefined,
): ReadItem['parsed'] | undefined {
  const [first] = tokens;
  const was = before?.tokens[0];
  if (before?.text !== text || first === undefined || was === undefined) return undefined;
  const by = first.start - was.start;
  const isSame =
    tokens.length === before.tokens.length &&
    tokens.every(({ kind, start, end }, index) => {
      const token = before.tokens[index] as Token;
      return token.kind === kind && token.start + by === start && token.end + by === end;
    });
  return isSame ? moved(before.parsed, by) : undefined;
}

/** A tree, or diagnostics, further on in a text. */
function moved<T>(node: T, by: number): T {
  if (by === 0 || typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map((part: unknown) => moved(part, by)) as T;
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(node))
    copy[key] =
      typeof value === 'number' && (key === 'start' || key === 'end') ? value + by : moved(value, by);
  return copy as T;
}

/** A file that is not of this language at all, of which one thing is said rather than one of each line. */
function foreignFile(tokens: readonly Token[]): Diagnostic | undefined {
  const [first, second, third] = tokens;
  if (first === undefined || second === undefined) return undefined;
  const isKey = (word: Token, colon: Token | undefined): boolean => isWord(word) && colon?.text === ':';
  const isYaml = isKey(first, second) || (first.text === '-' && isKey(second, third));
  const isCode = ['def', 'function', 'func', 'class', 'import', 'package', 'select'].includes(
    first.text.toLowerCase(),
  );
  const hasRule = tokens.some(
    ({ kind, text }, index) => kind === 'keyword' && text === 'rule' && tokens[index + 2]?.text === '{',
  );
  if (hasRule || (!isYaml && !isCode)) return undefined;
  const what = isYaml ? 'YAML' : 'another language';
  return syntaxError(
    'BT1016',
    first,
    `this reads like ${what}; a file has rules, \`rule <id> { when { … } always { … } }\`, and \`betrace import\` rewrites those of the older BeTrace`,
  );
}

function parseItem(
  { kind, tokens }: ItemText,
  end: number,
): { readonly item?: Item; readonly diagnostics: readonly Diagnostic[]; readonly parses: number } {
  switch (kind) {
    case 'rule':
      return parseRule(tokens);
    case 'let':
    case 'use':
    case 'test': {
      const { value, diagnostics, parses } = parsePart<'let' | 'use' | 'test'>(kind, tokens, end);
      return { ...(value === undefined ? {} : { item: value }), diagnostics, parses };
    }
    case 'unknown':
      return parseUnknown(tokens, end);
  }
}

/** Text outside any item: perhaps an item with a misspelt keyword. */
function parseUnknown(tokens: readonly Token[], end: number): ReturnType<typeof parseItem> {
  const first = tokens[0] as Token;
  const meant = first.kind === 'name' ? suggest(first.text, ITEM_KEYWORDS) : undefined;
  if (meant !== undefined && tokens.length > 1) {
    const message = `\`${first.text}\` is not known here: did you mean \`${meant}\`?`;
    const misspelt = syntaxError('BT1012', first, message, [replaceFix(`Write ${meant}`, first, meant)]);
    const [item, ...rest] = splitItems([{ ...first, kind: 'keyword', text: meant }, ...tokens.slice(1)]);
    if (item !== undefined && item.kind !== 'unknown') {
      const parsed = parseItem(item, rest[0]?.tokens[0]?.start ?? end);
      return { ...parsed, diagnostics: [misspelt, ...parsed.diagnostics], parses: 0 };
    }
  }
  if (first.kind === 'bad') return { diagnostics: [], parses: 0 };
  const comment = commentAt(tokens, 0);
  if (comment !== undefined) return { diagnostics: [habitDiagnostic(tokens, comment)], parses: 0 };
  const diagnostic =
    first.text === '}'
      ? syntaxError('BT1015', first, '`}` closes nothing', [replaceFix('Remove }', first, '')])
      : syntaxError(
          'BT1016',
          first,
          `expected \`rule\`, \`let\`, \`use\` or \`test\`, found ${foundText(first)}`,
        );
  return { diagnostics: [diagnostic], parses: 0 };
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

/**
 * Diagnostics in the order of the text, each once. Of a word that is none only that is said: what it would mean if it were one
 * does not matter.
 */
export function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const strays = new Set(diagnostics.filter(({ code }) => code === 'BT1009').map(({ range }) => range.start));
  const reported = new Map<string, Diagnostic>();
  for (const diagnostic of diagnostics) {
    const { code, range } = diagnostic;
    const key = `${code} ${range.start} ${range.end}`;
    if ((code === 'BT1009' || !strays.has(range.start)) && !reported.has(key)) reported.set(key, diagnostic);
  }
  return [...reported.values()].sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end);
}
