import type { Token } from '../../../engine/language/text/tokens.js';
import type { Field } from '../../../engine/language/tree/ast.js';
import { intrinsicInfo } from '../../../engine/language/tree/intrinsics.js';
import { findAttribute, type TraceCatalogue } from '../../catalogue/catalogue.js';
import { RANK } from './entry.js';
import { fieldOf, isComparison } from './field-context.js';
import type { CompletionPlace } from './place.js';

/** Words from the one that is written most often at its place to the one that is written least. */
const WORDS: readonly string[] = [
  ...['rule', 'let', 'test', 'use', 'export'],
  ...['where', 'as', 'and', 'or', 'then', 'before', 'after', 'within', 'at least', 'during', 'under', 'over'],
  ...['starts before', 'starts after', 'ends before', 'ends after', 'overlaps', 'between'],
  ...['always', 'never', 'when'],
  ...['not', 'exists', 'count'],
  ...['violation', 'pass', 'not applicable', 'violations', 'cannot tell', 'undecided', 'vacuous'],
];

const LOGIC = ['&&', '||'];
const TEXT_OPERATORS = ['=', '!=', 'in', '=~', 'contains', 'starts with', 'not in', '!~', ...LOGIC];
const NUMBER_OPERATORS = ['>', '>=', '<', '<=', '=', '!=', 'in', 'not in', ...LOGIC];
const CHOICE_OPERATORS = ['=', '!=', 'in', 'not in', ...LOGIC];

/** Where a word comes among those that could follow. */
export function wordRank(label: string, place: CompletionPlace, catalogue: TraceCatalogue): number {
  if ((label === 'always' || label === 'never') && startsLine(place)) return RANK.exact;
  const operator = likelyOperators(place, catalogue).indexOf(label);
  if (operator !== -1) return RANK.exact + operator / 100;
  const position = WORDS.indexOf(label);
  return RANK.keyword + (position === -1 ? WORDS.length : position) / 100;
}

/** Where an operator comes: those that fit the type of what is compared first. */
export function operatorRank(label: string, place: CompletionPlace, catalogue: TraceCatalogue): number {
  const position = likelyOperators(place, catalogue).indexOf(label);
  return position === -1 ? RANK.rare : RANK.exact + position / 100;
}

/** A new line of a rule more often starts a clause than it continues one. */
function startsLine({ text, replace }: CompletionPlace): boolean {
  return text.slice(text.lastIndexOf('\n', replace.start - 1) + 1, replace.start).trim() === '';
}

const BOUNDARIES: ReadonlySet<string> = new Set([
  ...LOGIC,
  ...['{', '(', ',', '|', 'and', 'or', 'where', 'when', 'always', 'never'],
]);

function likelyOperators(
  { expected: { before } }: CompletionPlace,
  catalogue: TraceCatalogue,
): readonly string[] {
  const last = before.at(-1);
  if (last === undefined || last.text === '}') return [];
  if (last.text === ')' && isCall(before)) return NUMBER_OPERATORS;
  const start = before.findLastIndex(({ text, kind }) => kind !== 'string' && BOUNDARIES.has(text));
  if (before.slice(start + 1, -1).some((token) => isComparison(token))) return LOGIC;
  const field = fieldOf(last);
  return field === undefined ? [] : operatorsOf(field, catalogue);
}

/** Whether the parenthesis that closes last is of a function, such as `count()`. */
function isCall(before: readonly Token[]): boolean {
  const open = openOf(before, before.length - 1);
  const name = before[open - 1];
  return (
    name !== undefined && (name.kind === 'keyword' || name.kind === 'name') && !BOUNDARIES.has(name.text)
  );
}

/** The bracket that the token at a position closes; where it closes none, the one that is open there. -1 for none. */
export function openOf(tokens: readonly Token[], position: number): number {
  let depth = tokens[position]?.text === ')' ? 0 : 1;
  for (let index = position; index >= 0; index--) {
    const { kind, text } = tokens[index] as Token;
    if (kind !== 'op') continue;
    if (text === ')' || text === '}' || text === ']') depth++;
    if (text === '(' || text === '{' || text === '[') depth--;
    if (depth === 0) return index;
  }
  return -1;
}

function operatorsOf(field: Field, catalogue: TraceCatalogue): readonly string[] {
  const type =
    field.kind === 'intrinsic'
      ? intrinsicInfo(field.name).type
      : findAttribute(catalogue, field.scope, field.key)?.types[0];
  switch (type) {
    case 'int':
    case 'float':
    case 'duration':
    case 'time':
      return NUMBER_OPERATORS;
    case 'status':
    case 'kind':
    case 'bool':
      return CHOICE_OPERATORS;
    case 'string':
    case undefined:
      return TEXT_OPERATORS;
  }
}
