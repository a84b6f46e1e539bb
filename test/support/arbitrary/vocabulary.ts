/**
 * The few words that generated traces and rules share. The smaller the vocabulary, the more often a rule says something
 * about the trace it meets.
 */
import type { KindName, StatusName } from '../../../engine/language/tree/ast.js';
import type { AttributeValue } from '../../../engine/otlp/model.js';

export const NAMES = ['a', 'b', 'c', 'payment charge'] as const;
export const SERVICES = ['s1', 's2'] as const;
export const KINDS: readonly KindName[] = [
  'unspecified',
  'internal',
  'server',
  'client',
  'producer',
  'consumer',
];
export const STATUSES: readonly StatusName[] = ['unset', 'ok', 'error'];

/** Strings of which some contain, begin, or differ only in case from others, and some sort apart in UTF-8 and UTF-16. */
export const TEXTS = ['', 'a', 'ab', 'b', 'B', 'é', '\uFF5A', '\u{1F600}', 'a\nb'] as const;
export const REGEXES = ['a', 'a.*', '.*b', '(?i)b', '(?i)A.*', '.', '.*', 'a|b', '[ab]+', 'é|x', ''] as const;
export const INTS = [0n, 1n, 2n, 3n] as const;
export const DOUBLES = [0, 1, 2, 0.5, 2.5] as const;

/** Beyond what a double holds exactly, and the ends of 64 bits. */
export const BIG = [2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), 2 ** 53] as const;

const LISTS: readonly AttributeValue[] = [
  [],
  ['a'],
  ['a', 'b'],
  ['ab', ''],
  [1n, 2n],
  [1, 2.5],
  [0n],
  [true],
  [true, false],
];

/** What each attribute holds: mostly what its name promises, now and then something else. */
export const ATTRIBUTE_VALUES: Readonly<Record<string, readonly AttributeValue[]>> = {
  n: [...INTS, ...INTS, -1n, ...DOUBLES, '1', true, [1n, 2n]],
  s: [...TEXTS, ...TEXTS, 1n, true, ['a', 'b']],
  k: ['a', 'b', 'b', 1n, 1, true],
  flag: [true, true, false, false, 'true', 1n, [true]],
  list: LISTS,
  big: BIG,
  'odd key': ['a', 1n],
  'opentracing.ref_type': ['child_of', 'child_of', 'follows_from'],
};

/** Zones with summer time of both halves of the year, with none, and half an hour apart from others. */
export const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Sydney',
  'Asia/Kolkata',
  'UTC',
] as const;

/** Ids that traces use; the last is of no span and no trace. */
export const SPAN_NUMBERS = [1, 2, 3, 0xab, 0xdead] as const;
export const TRACE_NUMBERS = [1, 2, 0xab, 0xdead] as const;
