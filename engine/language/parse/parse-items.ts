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
  let index = 0;
  while (index < tokens.length) {
    const kind = itemKind(tokens, index) ?? 'unknown';
    const end = itemEnd(tokens, index, kind);
    items.push({ kind, tokens: tokens.slice(index, end) });
    index = end;
  }
  return items;
}

function itemKind(tokens: readonly Token[], index: number): ItemText['kind'] | undefined {
  const token = tokens[index];
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
function surelyStarts(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index];
  if (token?.kind !== 'keyword' || !ITEM_KEYWORDS.has(token.text)) return false;
  const next = tokens[index + 1];
  const after = tokens[index + 2]?.text;
  switch (token.text) {
    case 'rule':
      return next !== undefined && (isWord(next) || next.kind === 'bound');
    case 'let':
      return (
        next !== undefined &&
        isWord(next) &&
        (after === '=' || after === '(') &&
        tokens[index - 1]?.text !== 'export'
      );
    case 'export':
      return next?.text === 'let';
    case 'use':
      return next?.kind === 'string';
    case 'test':
      return next?.kind === 'string' && after === 'of';
    default:
      return false;
  }
}

/** A rule may be called like a keyword, since its id is at two places only. */
function isRuleId(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1];
  const brace = tokens[index + 1]?.text === '{';
  if (before?.text === 'rule') return brace && before.kind === 'keyword';
  return (
    before?.text === 'of' &&
    tokens[index - 2]?.kind === 'string' &&
    (brace || ['at', 'from'].includes(tokens[index + 1]?.text ?? ''))
  );
}

/** `rule my rule {`: the second `rule` is one more word of the id, which should have been one. */
function isWordOfId(tokens: readonly Token[], start: number, index: number): boolean {
  if (tokens[start]?.text !== 'rule' || index - start < 2 || tokens[index + 1]?.text !== '{') return false;
  return tokens.slice(start, index + 1).every(isWord);
}

function itemEnd(tokens: readonly Token[], start: number, kind: ItemText['kind']): number {
  const hasBody = kind === 'rule' || kind === 'test';
  const brackets = new Brackets();
  // In a rule the clauses are balanced each by itself, so that what one lacks does not show in the next.
  let inBody = false;
  let closed = false;
  for (let index = start + 1; index < tokens.length; index++) {
    const token = tokens[index] as Token;
    if (isRuleId(tokens, index) || isWordOfId(tokens, start, index)) continue;
    if (surelyStarts(tokens, index)) return index;
    const isKeyword = token.kind === 'keyword';
    if (!inBody && brackets.depth === 0 && isKeyword && ITEM_KEYWORDS.has(token.text)) {
      if (!(token.text === 'let' && tokens[index - 1]?.text === 'export')) return index;
    }
    if (kind === 'rule' && isKeyword && CLAUSE_KEYWORDS.has(token.text)) {
      inBody = true;
      closed = false;
      brackets.reset();
      continue;
    }
    // Behind the closing brace of a rule only a further clause, or a brace too many, still belongs to it.
    if (closed && !(kind === 'rule' && clauseFollows(tokens, index))) return index;
    if (kind === 'rule' && !inBody && token.kind === 'op' && token.text === '{') {
      inBody = true;
      continue;
    }
    const matched = brackets.push(token);
    if (!hasBody || token.text !== '}' || token.kind !== 'op') continue;
    if (kind === 'rule' ? inBody && !matched : brackets.depth === 0) closed = true;
    if (closed) inBody = false;
  }
  return tokens.length;
}

/** Whether only closing braces lie between here and a clause. */
function clauseFollows(tokens: readonly Token[], index: number): boolean {
  let next = index;
  while (tokens[next]?.text === '}' && next - index < 4) next++;
  const token = tokens[next];
  return token?.kind === 'keyword' && CLAUSE_KEYWORDS.has(token.text);
}
