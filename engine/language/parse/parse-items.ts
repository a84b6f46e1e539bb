import { Brackets } from '../text/brackets.js';
import { isWord, type Token } from '../text/tokens.js';
import { CLAUSE_KEYWORDS, ITEM_KEYWORDS } from '../words/words.js';

/** The tokens of one top-level item, or of text that belongs to none. */
export interface ItemText {
  readonly kind: 'rule' | 'let' | 'use' | 'test' | 'unknown';
  readonly tokens: readonly Token[];
}

/**
 * Cuts a file at its top-level items. Outside brackets their keywords cut everywhere; inside, where a bracket may have
 * been lost, only where what follows is plainly the start of an item.
 */
export function splitItems(tokens: readonly Token[]): readonly ItemText[] {
  const items: ItemText[] = [];
  let start = 0;
  while (start < tokens.length) {
    const from = start;
    const { kind, count } = firstItem((index) => tokens[from + index]);
    items.push({ kind, tokens: tokens.slice(start, start + count) });
    start += count;
  }
  return items;
}

/** Tokens by their distance from the first one of an item; -1 is the one before it. Undefined where there are no more. */
export type TokenAt = (index: number) => Pick<Token, 'kind' | 'text'> | undefined;

/** The item that starts at number 0, and how many tokens it has: at least one. */
export function firstItem(tokenAt: TokenAt): { readonly kind: ItemText['kind']; readonly count: number } {
  const kind = itemKind(tokenAt(0)) ?? 'unknown';
  return { kind, count: itemEnd(tokenAt, kind) };
}

function itemKind(token: ReturnType<TokenAt>): ItemText['kind'] | undefined {
  if (token?.kind !== 'keyword') return undefined;
  switch (token.text) {
    case 'rule':
    case 'use':
    case 'test':
    case 'let':
      return token.text;
    case 'export':
      return 'let';
    default:
      return undefined;
  }
}

/** Whether an item starts here even if brackets are open. */
function surelyStarts(tokenAt: TokenAt, index: number): boolean {
  const token = tokenAt(index);
  if (token?.kind !== 'keyword' || !ITEM_KEYWORDS.has(token.text)) return false;
  const next = tokenAt(index + 1);
  switch (token.text) {
    case 'rule':
      return next !== undefined && (isWord(next) || next.kind === 'bound');
    case 'let': {
      const after = tokenAt(index + 2)?.text;
      return (
        next !== undefined &&
        isWord(next) &&
        (after === '=' || after === '(') &&
        tokenAt(index - 1)?.text !== 'export'
      );
    }
    case 'export':
      return next?.text === 'let';
    case 'use':
      return next?.kind === 'string';
    case 'test':
      return next?.kind === 'string' && tokenAt(index + 2)?.text === 'of';
    default:
      return false;
  }
}

/** A rule may be called like a keyword, since its id is at two places only. */
function isRuleId(tokenAt: TokenAt, index: number): boolean {
  const before = tokenAt(index - 1);
  if (before?.text === 'rule') return before.kind === 'keyword' && tokenAt(index + 1)?.text === '{';
  if (before?.text !== 'of' || tokenAt(index - 2)?.kind !== 'string') return false;
  return ['{', 'at', 'from'].includes(tokenAt(index + 1)?.text ?? '');
}

/** `rule my rule {`: the second `rule` is one more word of the id, which should have been one. */
function isWordOfId(tokenAt: TokenAt, index: number): boolean {
  if (tokenAt(0)?.text !== 'rule' || index < 2 || tokenAt(index + 1)?.text !== '{') return false;
  for (let known = 0; known <= index; known++) {
    const token = tokenAt(known);
    if (token === undefined || !isWord(token)) return false;
  }
  return true;
}

function itemEnd(tokenAt: TokenAt, kind: ItemText['kind']): number {
  const hasBody = kind === 'rule' || kind === 'test';
  const brackets = new Brackets();
  // In a rule the clauses are balanced each by itself, so that what one lacks does not show in the next.
  let inBody = false;
  let closed = false;
  for (let index = 1; ; index++) {
    const token = tokenAt(index);
    if (token === undefined) return index;
    if (isRuleId(tokenAt, index) || isWordOfId(tokenAt, index)) continue;
    if (surelyStarts(tokenAt, index)) return index;
    const isKeyword = token.kind === 'keyword';
    if (!inBody && brackets.depth === 0 && isKeyword && ITEM_KEYWORDS.has(token.text)) {
      if (!(token.text === 'let' && tokenAt(index - 1)?.text === 'export')) return index;
    }
    if (kind === 'rule' && isKeyword && CLAUSE_KEYWORDS.has(token.text)) {
      inBody = true;
      closed = false;
      brackets.reset();
      continue;
    }
    // Behind the closing brace of a rule only a further clause, or a brace too many, still belongs to it.
    if (closed && !(kind === 'rule' && clauseFollows(tokenAt, index))) return index;
    if (kind === 'rule' && !inBody && token.kind === 'op' && token.text === '{') {
      inBody = true;
      continue;
    }
    const matched = brackets.push(token);
    if (!hasBody || token.text !== '}' || token.kind !== 'op') continue;
    if (kind === 'rule' ? inBody && !matched : brackets.depth === 0) closed = true;
    if (closed) inBody = false;
  }
}

/** Whether only closing braces lie between here and a clause. */
function clauseFollows(tokenAt: TokenAt, index: number): boolean {
  let next = index;
  while (next - index < 4 && tokenAt(next)?.text === '}') next++;
  const token = tokenAt(next);
  return token?.kind === 'keyword' && CLAUSE_KEYWORDS.has(token.text);
}
