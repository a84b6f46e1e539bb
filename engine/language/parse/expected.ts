import type { PartName } from '../grammar/grammar.js';
import type { Terminal } from '../grammar/grammar-builder.js';
import { op, SETTING_NAME, word } from '../grammar/grammar-terminals.js';
import { lex } from '../text/lexer.js';
import { isWord, type Token } from '../text/tokens.js';
import type { Range } from '../tree/ast.js';
import { keywordsFor } from '../words/words.js';
import { splitItems } from './parse-items.js';
import { MOST_CHARACTERS } from './parse-limits.js';
import { feedPart } from './parse-part.js';
import { queryKind } from './parse-query.js';
import { bareBody, isWindowRule, type RulePiece, ruleText } from './parse-rule-pieces.js';

/** What could be at a place of a text, for completion. */
export interface Expected {
  readonly terminals: readonly Terminal[];
  /** Where the word at the place starts, if one ends there: it is still being typed, and replaced. */
  readonly from: number;
  readonly typed: string;
  /** Where nothing is to be completed: in a comment, or in a string, whose value may be. */
  readonly inside?: 'comment' | 'string';
  /** What the place is part of; absent between items. */
  readonly part?: PartName;
  /** The tokens of that part before the place. */
  readonly before: readonly Token[];
  /** Whether a text could follow there as more of the part, so far as it goes. */
  readonly takes: (text: string) => boolean;
}

type Follow = Pick<Expected, 'terminals' | 'part' | 'before' | 'takes'>;

/** Between parts, where only what starts one could follow. */
function outside(terminals: readonly Terminal[]): Follow {
  return { terminals, before: [], takes: () => false };
}

const ITEM_STARTS = keywordsFor('item').map((text) => word(text));
const CLOSE = op('}');
const CLAUSE_STARTS = keywordsFor('clause').map((text) => word(text));
const SETTING_STARTS = [SETTING_NAME, word('over'), word('across'), word('closes'), word('on')];

/** The terminals that could follow at an offset of a file; what follows the offset does not matter. */
export function expectedAt(text: string, offset: number): Expected {
  const { tokens, place } = textBefore(text, offset);
  return { ...expectedAfter(tokens), ...place };
}

const QUERY_STARTS = [...CLAUSE_STARTS, word('violations')];

/** As `expectedAt`, where the whole text is one query of any kind. */
export function expectedInQuery(text: string, offset: number): Expected {
  const { tokens, place } = textBefore(text, offset);
  return { ...afterQueryTokens(tokens), ...place };
}

function afterQueryTokens(tokens: readonly Token[]): Follow {
  switch (queryKind(tokens)) {
    case 'traceql': {
      const found = inPart('query', tokens, []);
      return tokens.length > 0 ? found : { ...found, terminals: [...found.terminals, ...QUERY_STARTS] };
    }
    case 'violations':
      return inPart('violations', tokens, []);
    case 'rule': {
      const { terminals, ...rest } = inRule(bareBody(tokens).pieces);
      return { ...rest, terminals: terminals.filter((terminal) => terminal !== CLOSE) };
    }
  }
}

/** The tokens before an offset, and what is at it. */
function textBefore(
  text: string,
  offset: number,
): { readonly tokens: readonly Token[]; readonly place: Pick<Expected, 'from' | 'typed' | 'inside'> } {
  const { tokens, comments, diagnostics } = lex(text.length > MOST_CHARACTERS ? '' : text.slice(0, offset));
  const last = tokens.at(-1);
  const comment = comments.at(-1);
  const ends = (range: Range | undefined) => range?.end === offset;
  if (comment !== undefined && ends(comment.range) && !/^\/\*[\s\S]*\*\/$/u.test(comment.text)) {
    return { tokens, place: { from: comment.range.start, typed: comment.text, inside: 'comment' } };
  }
  if (last === undefined || !ends(last)) return { tokens, place: { from: offset, typed: '' } };
  const open =
    last.kind === 'string' &&
    diagnostics.some(({ code, range }) => code === 'BT1003' && range.start === last.start);
  const place = { from: last.start, typed: last.text };
  if (open) return { tokens: tokens.slice(0, -1), place: { ...place, inside: 'string' } };
  return isTyped(last)
    ? { tokens: tokens.slice(0, -1), place }
    : { tokens, place: { from: offset, typed: '' } };
}

/** Tokens that grow when more is typed. */
function isTyped(token: Token): boolean {
  return (
    isWord(token) || ['field', 'bound', 'scoped', 'int', 'float', 'duration', 'time'].includes(token.kind)
  );
}

function expectedAfter(tokens: readonly Token[]): Follow {
  const item = splitItems(tokens).at(-1);
  if (item === undefined) return outside(ITEM_STARTS);
  switch (item.kind) {
    case 'unknown':
      return outside(ITEM_STARTS);
    case 'rule': {
      const { pieces, close } = ruleText(item.tokens);
      if (close !== undefined) return outside(ITEM_STARTS);
      return inRule(pieces);
    }
    case 'let':
    case 'use':
    case 'test':
      return inPart(item.kind, item.tokens, ITEM_STARTS);
  }
}

function inRule(pieces: readonly RulePiece[]): Follow {
  const piece = pieces.at(-1) as RulePiece;
  const hasClause = pieces.some(({ kind }) => kind === 'clause');
  const next = [...(hasClause ? [] : SETTING_STARTS), ...CLAUSE_STARTS, CLOSE];
  switch (piece.kind) {
    case 'head':
      return inPart('rule head', piece.tokens, next);
    case 'setting':
      return inPart('setting', piece.tokens, next);
    case 'clause':
      return inPart(isWindowRule(pieces) ? 'over clause' : 'clause', piece.tokens, next);
    case 'unknown':
      return outside(next);
  }
}

/** What could continue a part, and, where it could also end here, what could come next. */
function inPart(part: PartName, tokens: readonly Token[], next: readonly Terminal[]): Follow {
  const { parse, gaveUp } = feedPart(part, tokens, { isEnd: false, repairs: 0 });
  if (gaveUp) return { ...outside(next), part, before: tokens };
  const ends = parse.results().length > 0;
  const terminals = [...new Set([...parse.expected(), ...(ends ? next : [])])];
  return { terminals, part, before: tokens, takes: (text) => parse.wouldAccept(lex(text).tokens) };
}
