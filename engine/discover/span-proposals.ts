/** Rules about each span of a kind: what it is under, how long it takes, which values it has. All of them have exceptions, or they would say nothing. */
import { durationText } from '../language/tree/literals.js';
import { type Marked, without } from '../sql/discover/mine.js';
import type { Longest, Under } from '../sql/discover/mine-spans.js';
import {
  type Bounded,
  isInvariant,
  isPlain,
  type Listed,
  type Mined,
  type Proposal,
  roundBetween,
  said,
} from './proposal.js';
import { filterText, keyText, literalText } from './shapes.js';

/** So many times as long is the next longer span, where there is a bound. */
const DURATION_GAP = 4;
/** Fewer spans beyond a gap may be the end of what is usual. */
const LEAST_BEYOND = 3;
/** Of the spans of a kind, those that may be beyond. */
export const MOST_BEYOND = 0.01;

/** Where a bound of the durations of a kind of spans is, if anywhere: in the widest gap with few behind it. Nanoseconds. */
export function boundOf({ durations }: Longest): number | undefined {
  let [widest, bound]: [number, number | undefined] = [DURATION_GAP, undefined];
  for (let index = LEAST_BEYOND; index < durations.length; index++) {
    const [beyond, usual] = [durations[index - 1]!, Math.max(1, durations[index]!)];
    if (beyond / usual < widest) continue;
    [widest, bound] = [beyond / usual, roundBetween(usual, beyond)];
  }
  return bound;
}

/** The most frequent values of a key, where all others together are far fewer than the rarest of these; undefined where there is no such divide. */
export function usualValues(
  counts: readonly { readonly value: string; readonly spans: number }[],
): readonly string[] | undefined {
  const sorted = [...counts].sort((a, b) => b.spans - a.spans || (a.value < b.value ? -1 : 1));
  const all = sorted.reduce((sum, { spans }) => sum + spans, 0);
  let rest = all;
  for (const [index, { spans }] of sorted.entries()) {
    rest -= spans;
    if (rest === 0 || index + 1 >= MOST_LISTED) return undefined;
    // What has one value but for a few is a state more often than a kind.
    if (index > 0 && rest <= MOST_BEYOND * all && spans >= DIVIDE * rest)
      return sorted.slice(0, index + 1).map(({ value }) => value);
  }
  return undefined;
}

/** More make no list that anybody keeps. */
const MOST_LISTED = 12;
const DIVIDE = 10;

export function spanProposals(mined: Mined): readonly Proposal[] {
  return [
    ...mined.under.flatMap((found) => isUnder(mined, found)),
    ...mined.bounded.flatMap((found) => takesAtMost(mined, found)),
    ...mined.listed.flatMap((found) => hasOneOf(mined, found)),
  ];
}

/** Each A is somewhere under a B. Where it always is, that is how the calls are made, and needs no rule. */
function isUnder({ shapes, traces }: Mined, { below, above, holds }: Under): readonly Proposal[] {
  const [first, other] = [shapes[below]!, shapes[above]!];
  const exceptions = without(traces.get(below)!, holds);
  if (!isPlain(first) || !isPlain(other) || !(first.isWanted || other.isWanted)) return [];
  return proposed(traces.get(below)!, exceptions, holds, {
    kind: 'under',
    body: [`when   ${filterText(first)} as a`, `always ${filterText(other)} over a`],
    summary: `${said(first)} is under ${said(other)}`,
    reads: [],
    between: [below, above],
    weight: first.spans + other.spans,
  });
}

function takesAtMost({ shapes, traces }: Mined, { shape, limit, holds }: Bounded): readonly Proposal[] {
  const known = shapes[shape]!;
  const all = traces.get(shape)!;
  const bound = durationText(BigInt(limit));
  return proposed(all, without(all, holds), holds, {
    kind: 'longest',
    body: [`when  ${filterText(known)}`, `never ${filterText(known, [`duration > ${bound}`])}`],
    summary: `${said(known)} takes ${bound} at most`,
    reads: [],
    weight: known.spans,
  });
}

function hasOneOf(
  { shapes, keys, keysOf }: Mined,
  { shape, key, type, values, holds }: Listed,
): readonly Proposal[] {
  const known = shapes[shape]!;
  const all = keysOf.find((other) => other.shape === shape && other.key === key)?.traces;
  if (all === undefined) return [];
  const field = keyText(keys[key]!);
  const list = values.map((value) => literalText(value, type)).join(', ');
  return proposed(all, without(all, holds), holds, {
    kind: 'one-of',
    body: [`when  ${filterText(known)}`, `never ${filterText(known, [`${field} not in (${list})`])}`],
    summary: `${field} of ${said(known)} is one of ${values.join(', ')}`,
    reads: [keys[key]!],
    weight: known.spans,
  });
}

function proposed(
  all: Marked,
  exceptions: Marked,
  holds: Marked,
  proposal: Omit<Proposal, 'support' | 'exceptions'>,
): readonly Proposal[] {
  if (exceptions.count === 0 || holds.count === 0 || !isInvariant(all, exceptions)) return [];
  const { example } = holds;
  return [{ ...proposal, support: { ...all, ...(example === undefined ? {} : { example }) }, exceptions }];
}
