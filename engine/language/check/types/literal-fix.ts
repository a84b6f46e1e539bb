import { type Fix, replaceFix } from '../../problems/diagnostic.js';
import { durationValue } from '../../tree/literals.js';
import { timeValue } from '../../tree/literals-time.js';
import { isNumeric, type StaticType } from '../../tree/types.js';
import { KIND_WORDS, STATUS_WORDS } from '../../words/words.js';
import type { Operand } from './operand.js';

/** What the author of a literal of the wrong type most likely meant. */
export function literalFix({ literal }: Pick<Operand, 'literal'>, wanted: StaticType): Fix | undefined {
  if (!literal) return undefined;
  const change = (text: string): Fix => replaceFix(`Change to ${text}`, literal.range, text);
  if (literal.kind !== 'string') {
    if (wanted !== 'string' || literal.kind === 'nil') return undefined;
    const text = 'raw' in literal ? literal.raw : String(literal.value);
    return change(JSON.stringify(text));
  }
  const value = literal.value.trim();
  const word = value.toLowerCase().replace(/^(?:span_kind|status_code)_/u, '');
  if (wanted === 'status' && STATUS_WORDS.has(word)) return change(word);
  if (wanted === 'kind' && KIND_WORDS.has(word)) return change(word);
  if (wanted === 'bool' && (word === 'true' || word === 'false')) return change(word);
  if (wanted === 'time' && typeof timeValue(`@${value}`) === 'bigint') return change(`@${value}`);
  if (wanted === 'duration' && durationValue(value) !== undefined) return change(value);
  if (isNumeric(wanted) && /^\d+(?:\.\d+)?$/u.test(value)) return change(value);
  return undefined;
}
