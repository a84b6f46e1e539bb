/** Rules that what was mined suggests: each with the traces that would be exceptions, before any of them is judged. */
import type { AttributeKey } from '../plan/schema.js';
import {
  type Counted,
  type KeyOfShape,
  type Marked,
  type Pair,
  type SharedKey,
  type Threshold,
  without,
} from '../sql/discover/mine.js';
import { filterText, keyText, type Shape } from './shapes.js';

export interface Proposal {
  /** What the rule says, of a kind of rules: `always-together`. */
  readonly kind: ProposalKind;
  /** Lines of the body of the rule. */
  readonly body: readonly string[];
  readonly summary: string;
  /** Traces in which it applies, about, and those of them that are exceptions. */
  readonly support: Marked;
  readonly exceptions: Marked;
  /** Attributes that it reads. */
  readonly reads: readonly AttributeKey[];
  /** The two shapes that it is about, where it is about two. */
  readonly between?: readonly [number, number];
  /** How many spans it is about. Of several that say the same, the one with the fewest is reported. */
  readonly weight: number;
}

/** The simplest first: of two that find the same traces the first is reported. */
export const PROPOSAL_KINDS = [
  'together',
  'order',
  'same-value',
  'once',
  'at-most',
  'present',
  'above',
] as const;
export type ProposalKind = (typeof PROPOSAL_KINDS)[number];

export interface Mined {
  readonly shapes: readonly Shape[];
  readonly keys: readonly AttributeKey[];
  readonly traces: ReadonlyMap<number, Marked>;
  readonly pairs: readonly Pair[];
  readonly counts: readonly Counted[];
  readonly keysOf: readonly KeyOfShape[];
  readonly shared: readonly SharedKey[];
  readonly thresholds: readonly Threshold[];
}

/** A rule that more of its traces would violate is no invariant. */
export const MOST_EXCEPTIONS = 0.05;
/** Fewer traces say nothing. */
export const LEAST_SUPPORT = 30;
/** Of a count, more may be too many where there is a gap behind what is usual. */
const MOST_BEHIND_GAP = 0.1;
const GAP = 2;
/** Share of the spans of a shape whose value is another one, for a key that says which thing it is about. */
const UNIQUE = 0.8;

/** All of them, in no order that means anything; without those that are true by which span is under which alone. */
export function proposalsOf(mined: Mined): readonly Proposal[] {
  const isStructural = structure(mined.counts);
  const all = [
    ...together(mined),
    ...sameValues(mined),
    ...once(mined),
    ...atMost(mined),
    ...present(mined),
    ...above(mined),
  ];
  return all.filter(
    ({ exceptions, between }) =>
      exceptions.count > 0 || between === undefined || !isStructural(between[0], between[1]),
  );
}

/** Whether spans of one of two shapes are under spans of the other. */
function structure(counts: readonly Counted[]): (a: number, b: number) => boolean {
  const parents = new Map<number, Set<number>>();
  for (const { parent, child } of counts) {
    if (parent === undefined || parent === child) continue;
    parents.set(child, (parents.get(child) ?? new Set()).add(parent));
  }
  const isUnder = (below: number, above: number): boolean => {
    const seen = new Set([below]);
    for (const seenShape of seen) {
      if (seenShape === above && seenShape !== below) return true;
      for (const parent of parents.get(seenShape) ?? []) seen.add(parent);
    }
    return false;
  };
  return (a, b) => isUnder(a, b) || isUnder(b, a);
}

function isInvariant(support: Marked, exceptions: Marked): boolean {
  return support.count >= LEAST_SUPPORT && exceptions.count <= MOST_EXCEPTIONS * support.count;
}

/** A never without B; B before (after) every A. */
function together(mined: Mined): readonly Proposal[] {
  const { shapes, traces, pairs } = mined;
  const byShapes = new Map(pairs.map((pair) => [`${pair.a} ${pair.b}`, pair]));
  return pairs.flatMap((pair): readonly Proposal[] => {
    const { a, b, both, before, after } = pair;
    const [first, other] = [shapes[a]!, shapes[b]!];
    if (first.name === undefined || !isPlain(other) || first.name === other.name) return [];
    if (!(first.isWanted || other.isWanted)) return [];
    const all = traces.get(a)!;
    const alone = without(all, both);
    const [A, B] = [filterText(first), filterText(other)];
    const shared = {
      reads: readsOf(first, other),
      between: [a, b] as const,
      weight: first.spans + other.spans,
    };
    // What only some spans of a name do is worth telling where the others do not.
    const wide = shapes.findIndex((shape) => isPlain(shape) && shape.name === first.name);
    const general = isPlain(first) ? undefined : byShapes.get(`${wide} ${b}`);
    const everybody = traces.get(wide)!;
    const tells = (holds: (pair: Pair) => Marked, within: (pair: Pair) => Marked): boolean => {
      if (isPlain(first)) return true;
      if (general === undefined) return false;
      const rest = {
        holds: without(holds(general), holds(pair)).count,
        of: without(within(general), within(pair)).count,
      };
      return rest.of >= LEAST_SUPPORT / 3 && rest.holds <= 0.5 * rest.of;
    };
    const found: Proposal[] = [];
    const isTogether =
      isInvariant(all, alone) &&
      tells(
        ({ both }) => both,
        (asked) => (asked === pair ? all : everybody),
      );
    if (isTogether)
      found.push({
        kind: 'together',
        body: [`when   ${A}`, `always ${B}`],
        summary: `${said(first)} comes with ${said(other)}`,
        support: { ...all, ...(both.example === undefined ? {} : { example: both.example }) },
        exceptions: alone,
        ...shared,
      });
    const orders = [
      ['before', before, ({ before }: Pair) => before],
      ['after', after, ({ after }: Pair) => after],
    ] as const;
    for (const [word, holds, holdsIn] of orders) {
      const exceptions = without(both, holds);
      // That A comes before B, and B after A, is one fact where it always holds.
      if (exceptions.count === 0 && word === 'after') continue;
      // Where it is not always there, the order is asked of traces that have both.
      if (!isInvariant(both, exceptions) || holds.count === 0 || !tells(holdsIn, ({ both }) => both))
        continue;
      const when = alone.count === 0 ? `when   ${A} as a` : `when   ${A} as a and ${B}`;
      found.push({
        kind: 'order',
        body: [when, `always ${B} ${word} a`],
        summary: `${said(other)} comes ${word} ${said(first)}`,
        support: { ...both, ...(holds.example === undefined ? {} : { example: holds.example }) },
        exceptions,
        ...shared,
      });
    }
    return found;
  });
}

function isPlain({ name, where }: Shape): boolean {
  return name !== undefined && where === undefined;
}

function sameValues({ shapes, keys, shared }: Mined): readonly Proposal[] {
  return shared.flatMap(({ a, b, key, both, same }): readonly Proposal[] => {
    const [first, other] = [shapes[a]!, shapes[b]!];
    const exceptions = without(both, same);
    if (!isInvariant(both, exceptions) || !isPlain(first) || !isPlain(other)) return [];
    if (!(first.isWanted || other.isWanted) || (exceptions.count === 0 && a > b)) return [];
    const field = keyText(keys[key]!);
    return [
      {
        kind: 'same-value',
        body: [`when  ${filterText(first)} as a`, `never ${filterText(other, [`${field} != a.${field}`])}`],
        summary: `${said(first)} and ${said(other)} have one ${field}`,
        support: { ...both, ...(same.example === undefined ? {} : { example: same.example }) },
        exceptions,
        reads: [keys[key]!],
        between: [a, b],
        weight: first.spans + other.spans,
      },
    ];
  });
}

/** No value of a key twice in a trace. */
function once({ shapes, keys, traces, keysOf }: Mined): readonly Proposal[] {
  return keysOf.flatMap(
    ({ shape, key, having, different, numbers, several, unique }): readonly Proposal[] => {
      const known = shapes[shape]!;
      const all = traces.get(shape)!;
      const exceptions = without(all, unique);
      // A number is a measure, which two things may have in common.
      if (!known.isWanted || !isPlain(known) || several === 0 || numbers === having) return [];
      if (different < UNIQUE * having) return [];
      if (!isInvariant(all, exceptions) || unique.count === 0) return [];
      const field = keyText(keys[key]!);
      return [
        {
          kind: 'once',
          body: [
            `when  ${filterText(known)}`,
            `never ${filterText(known, [`${field} != nil`])} | by(${field}) | count() > 1`,
          ],
          summary: `${said(known)} happens once for each ${field}`,
          support: { ...all, ...(unique.example === undefined ? {} : { example: unique.example }) },
          exceptions,
          reads: [keys[key]!],
          weight: known.spans + having - different,
        },
      ];
    },
  );
}

function atMost({ shapes, traces, counts }: Mined): readonly Proposal[] {
  return counts.flatMap(({ parent, child, most }): readonly Proposal[] => {
    const [below, above] = [shapes[child]!, parent === undefined ? undefined : shapes[parent]!];
    if (!below.isWanted && above?.isWanted !== true) return [];
    // Of a name with a value, the name alone tells enough.
    if ((below.name !== undefined && !isPlain(below)) || (above !== undefined && !isPlain(above))) return [];
    const all = parent === undefined ? traces.get(child)! : traces.get(parent)!;
    if (all.count < LEAST_SUPPORT) return [];
    const behind = (n: number): Marked =>
      most.reduce<Marked>(
        (sum, { count: has, traces: some }) =>
          has > n ? { count: sum.count + some.count, mark: sum.mark + some.mark } : sum,
        { count: 0, mark: 0n },
      );
    return limitsOf(most, all, behind).map((limit): Proposal => {
      const usual = most.find(({ traces: some, count: has }) => has <= limit && some.example !== undefined)
        ?.traces.example;
      const counted = above === undefined ? `count(${filterText(below)})` : `count(a > ${filterText(below)})`;
      return {
        kind: 'at-most',
        body: [
          above === undefined ? `when   ${filterText(below)}` : `when   ${filterText(above)} as a`,
          `always ${counted} <= ${limit}`,
        ],
        summary: `At most ${limit} of ${said(below)} ${above === undefined ? 'in a trace' : `in ${said(above)}`}`,
        support: { count: all.count, mark: all.mark, ...(usual === undefined ? {} : { example: usual }) },
        exceptions: behind(limit),
        reads: readsOf(below),
        weight: below.spans + (above?.spans ?? 0),
      };
    });
  });
}

/** Where a number behind which few lie is a limit: before a gap, or before few that are far fewer than those that reach it. */
function limitsOf(most: Counted['most'], all: Marked, behind: (limit: number) => Marked): readonly number[] {
  const few = (limit: number, share: number): boolean => {
    const { count } = behind(limit);
    return count > 0 && count <= share * all.count;
  };
  const gap = most.find(({ count }, index) => {
    const next = most[index + 1];
    return next !== undefined && count > 1 && next.count >= GAP * count && few(count, MOST_BEHIND_GAP);
  });
  if (gap !== undefined) return [gap.count];
  const sharp = most.find(
    ({ count, traces }) =>
      count <= MOST_SHARP && few(count, 0.01) && traces.count >= SHARP * behind(count).count,
  );
  return sharp === undefined ? [] : [sharp.count];
}

/** So many times as many reach a limit as go beyond it. */
const SHARP = 1;
/** Beyond a larger number counts are spread, and any limit is as good as the next. */
const MOST_SHARP = 10;

function present({ shapes, keys, traces, keysOf }: Mined): readonly Proposal[] {
  return keysOf.flatMap(({ shape, key, complete }): readonly Proposal[] => {
    const known = shapes[shape]!;
    const all = traces.get(shape)!;
    const exceptions = without(all, complete);
    if (!known.isWanted || !isPlain(known) || exceptions.count === 0 || !isInvariant(all, exceptions))
      return [];
    const field = keyText(keys[key]!);
    return [
      {
        kind: 'present',
        body: [`when   ${filterText(known)} as a`, `always a.${field} != nil`],
        summary: `${said(known)} has a ${field}`,
        support: { ...all, ...(complete.example === undefined ? {} : { example: complete.example }) },
        exceptions,
        reads: [keys[key]!],
        weight: known.spans,
      },
    ];
  });
}

/** From some number on, A comes with B. */
function above({ shapes, keys, thresholds }: Mined): readonly Proposal[] {
  return thresholds.flatMap(({ a, b, key, from, below, above: all, both }): readonly Proposal[] => {
    const [first, other] = [shapes[a]!, shapes[b]!];
    const exceptions = without(all, both);
    if (!isPlain(first) || !isPlain(other) || !isInvariant(all, exceptions) || both.count === 0) return [];
    const limit = roundBetween(below, from);
    const field = keyText(keys[key]!);
    return [
      {
        kind: 'above',
        body: [
          `when   ${filterText(first, [`${field} ${limit < from ? '>' : '>='} ${limit}`])}`,
          `always ${filterText(other)}`,
        ],
        summary: `${said(first)} with ${field} over ${limit} comes with ${said(other)}`,
        support: { ...all, ...(both.example === undefined ? {} : { example: both.example }) },
        exceptions,
        reads: [keys[key]!],
        weight: first.spans + other.spans,
      },
    ];
  });
}

/** The number with the fewest digits that is not less than the one and less than the other, if there is a round one; else the other. */
export function roundBetween(low: number, high: number): number {
  for (let unit = 10 ** Math.ceil(Math.log10(Math.max(Math.abs(high), 1))); unit >= 1; unit /= 10) {
    const round = Math.ceil(low / unit) * unit;
    if (round >= low && round < high) return round;
  }
  return high;
}

function readsOf(...shapes: readonly Shape[]): readonly AttributeKey[] {
  return shapes.flatMap(({ where }) => where?.key ?? []);
}

/** In words, for a summary. Foreign text. */
function said({ name, where }: Shape): string {
  const value = where === undefined ? undefined : `${keyText(where.key)} = ${where.value}`;
  if (name === undefined) return value ?? 'any span';
  return value === undefined ? name : `${name} with ${value}`;
}
