import { lex } from '../../../engine/language/text/lexer.js';
import type { Token } from '../../../engine/language/text/tokens.js';
import type { Field } from '../../../engine/language/tree/ast.js';
import { fieldOfToken, intrinsicField } from '../../../engine/language/tree/fields.js';

const COMPARISONS = new Set(['=', '!=', '<', '<=', '>', '>=', '=~', '!~', 'contains']);

/** The field that a value at this place is compared with: the left side of a comparison, or of `in (…`. */
export function comparedField(text: string, offset: number): Field | undefined {
  const { tokens } = lex(text.slice(0, offset));
  let position = tokens.length - 1;
  // `in ("a", |`: back to the parenthesis, over the values before.
  let inside = position;
  while (inside >= 0 && (tokens[inside]!.text === ',' || isLiteral(tokens[inside]!))) inside--;
  if (tokens[inside]?.text === '(' && tokens[inside - 1]?.text === 'in') {
    position = inside - 2;
    if (tokens[position]?.text === 'not') position--;
    return fieldOf(tokens[position]);
  }
  const operator = tokens[position];
  if (operator === undefined) return undefined;
  if (operator.text === 'with' && tokens[position - 1]?.text === 'starts')
    return fieldOf(tokens[position - 2]);
  return COMPARISONS.has(operator.text) ? fieldOf(tokens[position - 1]) : undefined;
}

export function isComparison({ kind, text }: Token): boolean {
  return (
    (kind === 'op' || kind === 'keyword') && (COMPARISONS.has(text) || text === 'in' || text === 'starts')
  );
}

function isLiteral({ kind }: Token): boolean {
  return (
    kind === 'string' ||
    kind === 'int' ||
    kind === 'float' ||
    kind === 'duration' ||
    kind === 'time' ||
    kind === 'constant'
  );
}

export function fieldOf(token: Token | undefined): Field | undefined {
  if (token === undefined) return undefined;
  if (token.kind === 'intrinsic' || token.kind === 'scoped') return intrinsicField(token.text, token);
  if (token.kind === 'field' || token.kind === 'bound') return fieldOfToken(token.text, token);
  return undefined;
}
