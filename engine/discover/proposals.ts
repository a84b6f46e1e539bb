/** Rules that what was mined suggests: each with the traces that would be exceptions, before any of them is judged. */
import type { AttributeKey } from '../plan/schema.js';
import { type Counted, type Marked, type Pair, without } from '../sql/discover/mine.js';
import {
  isInvariant,
  isPlain,
  LEAST_SUPPORT,
  type Mined,
  type Proposal,
  type ProposalKind,
  readStatus,
  roundBetween,
  said,
} from './proposal.js';
import { filterText, keyText, type Shape } from './shapes.js';
import { spanProposals } from './span-proposals.js';

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
    ...spanProposals(mined),
  ];
  const others = implied(mined);
  return all.filter(
    ({ exceptions, between, kind }) =>
      exceptions.count > 0 ||
      between === undefined ||
      !(isStructural(...between) || followsFrom(others, kind, between)),
  );
}

function followsFrom(others: Implied, kind: ProposalKind, between: readonly [number, number]): boolean {
  return (kind === 'together' || kind === 'order') && others[kind](...between);
}

/** Whether what two shapes always keep follows from what others do. */
interface Implied {
  /** A never comes without B. */
  together(a: number, b: number): boolean;
  /** B comes before A. */
  order(a: number, b: number): boolean;
}

function implied({ counts, pairs, traces }: Mined): Implied {
  const above = ancestors(counts);
  const key = (a: number, b: number): string => `${a} ${b}`;
  const always = new Set(
    pairs.flatMap(({ a, b, both }) => (both.count === traces.get(a)?.count ? [key(a, b)] : [])),
  );
  const before = new Map<number, Set<number>>();
  for (const { a, b, both, before: holds } of pairs)
    if (holds.count === both.count) before.set(b, (before.get(b) ?? new Set()).add(a));
  const isBefore = (b: number, a: number): boolean => before.get(b)?.has(a) === true;
  return {
    // What A is called by does not come without B.
    together: (a, b) => [...above(a)].some((caller) => caller !== b && always.has(key(caller, b))),
    // B, or what calls it, comes before what calls A; or before something that comes before A.
    order: (a, b) =>
      [...above(a)].some((caller) => isBefore(b, caller)) ||
      [...above(b)].some((caller) => isBefore(caller, a)) ||
      [...(before.get(b) ?? [])].some((between) => isBefore(between, a)),
  };
}

/** Whether spans of one of two shapes are under spans of the other. */
function structure(counts: readonly Counted[]): (a: number, b: number) => boolean {
  const above = ancestors(counts);
  return (a, b) => above(a).has(b) || above(b).has(a);
}

/** Of a shape, those whose spans are over spans of it. */
function ancestors(counts: readonly Counted[]): (shape: number) => ReadonlySet<number> {
  const parents = new Map<number, Set<number>>();
  for (const { parent, child } of counts) {
    if (parent === undefined || parent === child) continue;
    parents.set(child, (parents.get(child) ?? new Set()).add(parent));
  }
  const known = new Map<number, ReadonlySet<number>>();
  return (shape) => {
    const found = known.get(shape);
    if (found !== undefined) return found;
    const reached = new Set([shape]);
    for (const below of reached) for (const parent of parents.get(below) ?? []) reached.add(parent);
    reached.delete(shape);
    known.set(shape, reached);
    return reached;
  };
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
      ...readStatus(first, other),
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
      // Where it is not always there, the order is looked at in traces that have both.
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

/** Where a number behind which few lie is a limit: before a gap, or where counts suddenly fall. */
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
  const none = all.count - most.reduce((sum, { traces }) => sum + traces.count, 0);
  const sharp = most.find(({ count, traces }, index) => {
    const before = index === 0 ? none : most[index - 1]!.traces.count;
    const decline = before === 0 ? 1 : Math.min(1, traces.count / before);
    if (behind(count).count < LEAST_BEHIND) return false;
    return count <= MOST_SHARP && few(count, 0.01) && SHARP * behind(count).count <= decline * traces.count;
  });
  return sharp === undefined ? [] : [sharp.count];
}

/** So many times as steeply as from the number before it counts fall behind a limit: the tail of what happens by chance falls evenly. */
const SHARP = 2.25;
/** One trace beyond a limit may be the end of what is usual. */
const LEAST_BEHIND = 2;
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

function readsOf(...shapes: readonly Shape[]): readonly AttributeKey[] {
  return shapes.flatMap(({ where }) => where?.key ?? []);
}
