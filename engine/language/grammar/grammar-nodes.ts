import type { Token } from '../text/tokens.js';
import type { Field, Literal, Name, ParameterReference, Range } from '../tree/ast.js';
import { fieldOfToken, intrinsicField } from '../tree/fields.js';
import type { KindName, StatusName } from '../tree/kinds.js';
import { MAX_INT, MIN_INT, numberValue, stringValue } from '../tree/literals.js';
import { timeValue } from '../tree/literals-time.js';
import { KIND_WORDS, STATUS_WORDS } from '../words/words.js';

/** Tree nodes from single tokens. Tokens that recovery made up give nodes with empty text. */

export function rangeOf(token: Token): Range {
  return { start: token.start, end: token.end };
}

export function nameOf(token: Token): Name {
  return { text: token.text, range: rangeOf(token) };
}

export function parameterOf(token: Token): ParameterReference {
  return { kind: 'parameter', name: nameOf(token), range: rangeOf(token) };
}

export function stringOf(token: Token): Extract<Literal, { kind: 'string' }> {
  return { kind: 'string', value: stringValue(token.text).value, raw: token.text, range: rangeOf(token) };
}

export function durationOf(token: Token): Extract<Literal, { kind: 'duration' }> {
  const number = numberValue(token.text);
  return {
    kind: 'duration',
    value: number?.kind === 'duration' ? number.value : 0n,
    raw: token.text,
    range: rangeOf(token),
  };
}

export function numberOf(token: Token): Extract<Literal, { kind: 'int' | 'float' | 'duration' }> {
  const range = rangeOf(token);
  const number = numberValue(token.text) ?? { kind: 'int', value: 0n };
  switch (number.kind) {
    case 'int':
      return { kind: 'int', value: number.value, raw: token.text, range };
    case 'float':
      return { kind: 'float', value: number.value, raw: token.text, range };
    case 'duration':
      return { kind: 'duration', value: number.value, raw: token.text, range };
  }
}

/** What is no time has been reported; the tree has the start of 1970 in its place. */
export function timeOf(token: Token): Extract<Literal, { kind: 'time' }> {
  const value = timeValue(token.text);
  return {
    kind: 'time',
    value: typeof value === 'bigint' ? value : 0n,
    raw: token.text,
    range: rangeOf(token),
  };
}

export function intOf(token: Token): Extract<Literal, { kind: 'int' }> {
  const number = numberOf(token);
  if (number.kind !== 'int') throw new Error(`${token.text} is no whole number`);
  return number;
}

export function fractionOf(token: Token): Extract<Literal, { kind: 'int' | 'float' }> {
  const number = numberOf(token);
  if (number.kind === 'duration') throw new Error(`${token.text} is no plain number`);
  return number;
}

export function literalOf(token: Token): Literal {
  const range = rangeOf(token);
  const { text } = token;
  if (token.kind === 'string') return stringOf(token);
  if (token.kind === 'time') return timeOf(token);
  if (token.kind !== 'constant') return numberOf(token);
  if (text === 'true' || text === 'false') return { kind: 'bool', value: text === 'true', range };
  if (text === 'nil') return { kind: 'nil', range };
  if (text === 'minInt' || text === 'maxInt') {
    return { kind: 'int', value: text === 'minInt' ? MIN_INT : MAX_INT, raw: text, range };
  }
  if (isStatus(text)) return { kind: 'status', value: text, range };
  if (isKind(text)) return { kind: 'kind', value: text, range };
  throw new Error(`no constant ${text}`);
}

/** `-1` where only a literal can be: in lists, settings and tests. */
export function negated(minus: Token, token: Token): Literal {
  const literal = numberOf(token);
  const range = { start: minus.start, end: token.end };
  const raw = `-${token.text}`;
  switch (literal.kind) {
    case 'int':
      return { kind: 'int', value: -literal.value, raw, range };
    case 'float':
      return { kind: 'float', value: -literal.value, raw, range };
    case 'duration':
      return { kind: 'duration', value: -literal.value, raw, range };
  }
}

export function fieldOf(token: Token): Field {
  const range = rangeOf(token);
  if (token.kind === 'field' || token.kind === 'bound') return fieldOfToken(token.text, range);
  // An unknown intrinsic has been reported; the tree has an attribute without a name in its place.
  return (
    intrinsicField(token.text, range) ?? { kind: 'attribute', hop: 'self', scope: 'any', key: '', range }
  );
}

function isStatus(text: string): text is StatusName {
  return STATUS_WORDS.has(text);
}

function isKind(text: string): text is KindName {
  return KIND_WORDS.has(text);
}

/** The node with one more pair of parentheses around it; its range stays that of what is inside. */
export function inParens<T extends { readonly parens?: number }>(node: T): T {
  return { ...node, parens: (node.parens ?? 0) + 1 };
}
