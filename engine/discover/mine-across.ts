/** Finds what nearly always holds across traces, over the flows of keys that were found in the data. */
import {
  type Asked,
  again,
  distances,
  type FlowField,
  flowFields,
  insteadOf,
  type Kept,
  kept,
  type Neighbours,
  neighbours,
  type Range,
  type Repeats,
  repeats,
  traceIds,
  unlike,
} from '../sql/discover/across.js';
import { finishFlows, type MinedKeys } from '../sql/discover/flow-spans.js';
import type { KeyOfShape, Pair } from '../sql/discover/mine.js';
import type { Session, Store } from '../sql/store/store.js';
import { boundAbove, boundOfChanges, boundOfDistances, boundOfRepeats } from './across-bounds.js';
import type { AskedSide, FoundChanges, FoundRepeats, MinedAcross } from './across-proposals.js';
import { gatesOf } from './mine-gates.js';
import { type FoundTotal, totalsOf } from './mine-totals.js';
import { isInvariant, isPlain, LEAST_SUPPORT, type Mined, MOST_EXCEPTIONS } from './proposal.js';
import type { Shape } from './shapes.js';

/** Pairs of shapes, and fields of one, that are asked in detail: of more those that hold most often. */
const MOST_SIDES = 120;
const MOST_FIELDS = 60;
/** Distances that a bound is found from. */
const MOST_DISTANCES = 2000;
const MOST_AGAIN = 20_000;
/** Of what is asked for a share comes without an answer, or after the end of what is stored. */
const LEAST_ANSWERED = 0.5;
/** A value that few others are there for is the same on two spans by chance. */
const MANY_VALUES = 20;

export interface FlowsToMine extends MinedKeys {
  /** How many spans of a shape carry each key themselves, at most, in the order of the shapes and of the keys. */
  readonly owners: readonly (readonly number[])[];
  readonly range: Range;
}

type MinedTraces = Pick<Mined, 'shapes' | 'keys' | 'pairs' | 'traces' | 'keysOf'>;

/** To be called while what was mined of traces is still there. */
export async function mineAcross(db: Store, mined: MinedTraces, flows: FlowsToMine): Promise<MinedAcross> {
  const { range } = flows;
  const linked = flows.keys.length;
  const found = await finishFlows(db, linked, flows);
  const keys = found.map(({ key }) => key);
  const values = new Map(found.map(({ key, flows: count }) => [key, count]));
  const leads = leadersOf(mined, flows);
  const isWanted = (shape: number): boolean => mined.shapes[shape]!.isWanted;
  const sides: Neighbours[] = [];
  const repeated: FoundRepeats[] = [];
  const fields: (FoundChanges | undefined)[] = [];
  const totals: FoundTotal[] = [];
  await db.each(keys, async (session, key) => {
    const leading = (shape: number): boolean => leads(key, shape) === shape;
    for (const side of await neighbours(session, key, LEAST_SUPPORT))
      if ((isWanted(side.a) || isWanted(side.b)) && leading(side.a) && leading(side.b) && isWorthAsking(side))
        sides.push(side);
  });
  const inOrder = sides.sort(
    (x, y) => y.having / y.cases - x.having / x.cases || y.cases - x.cases || orderOf(x) - orderOf(y),
  );
  const gates = await gatesOf(db, inOrder);
  const asked: AskedSide[] = [];
  await db.each(inOrder.slice(0, MOST_SIDES), async (session, side) => {
    const far = await distances(session, side, MOST_DISTANCES);
    // What comes late is said of what is waited for, and not again of what comes.
    const withinNs =
      side.direction === 'after'
        ? boundOfDistances(far, side.cases, MOST_EXCEPTIONS)
        : boundAbove(far[0] ?? 0);
    if (withinNs === undefined) return;
    const found = await keptEnough(session, side, BigInt(withinNs), range);
    if (found === undefined) return;
    asked.push({ ...side, withinNs, kept: found, examples: await traceIds(session, found.example) });
  });
  await db.each(
    keys.filter((key) => key !== linked),
    async (session, key) => {
      const isAsked = (shape: number): boolean => isWanted(shape) && leads(key, shape) === shape;
      totals.push(...(await totalsOf(session, key, mined, isAsked)));
      for (const repeat of await repeats(session, key)) {
        if (!isAsked(repeat.shape) || !isPlain(mined.shapes[repeat.shape]!)) continue;
        if (!comesOnce(repeat, values.get(key)!)) continue;
        const far = (await again(session, repeat, MOST_AGAIN)).map(({ far: distance }) => distance);
        for (const withinNs of new Set([boundAbove(far.at(-1)!), boundOfRepeats(far)])) {
          if (withinNs === undefined) continue;
          const found = await unlike(session, repeat, BigInt(withinNs));
          repeated.push({ ...repeat, withinNs, found, examples: await traceIds(session, found.example) });
        }
      }
      const changing = (await flowFields(session, key, LEAST_SUPPORT)).filter(
        ({ shape, field }) =>
          isAsked(shape) &&
          isPlain(mined.shapes[shape]!) &&
          !flows.keys[key]!.some((part) => part.key === mined.keys[field]!.key) &&
          mined.keysOf.some((known) => known.shape === shape && known.key === field && isText(known)),
      );
      for (const change of changing.slice(0, MOST_FIELDS)) fields.push(await changesOf(session, change));
    },
  );
  return {
    shapes: mined.shapes,
    fields: mined.keys,
    keys: flows.keys,
    together: [
      ...mined.pairs.filter(({ a, both }) => both.count === mined.traces.get(a)?.count),
      ...narrowerPairs(mined.shapes),
    ],
    sides: asked.sort((x, y) => orderOf(x) - orderOf(y)),
    repeats: repeated,
    changes: fields.flatMap((found) => found ?? []),
    totals,
    gates,
  };
}

/** Where enough have it, mostly in another trace. */
function isWorthAsking({ cases, having, elsewhere }: Neighbours): boolean {
  return having >= LEAST_SUPPORT && having >= LEAST_ANSWERED * cases && elsewhere >= 0.95 * having;
}

/** Of what never comes but behind something, that may be followed by it less often: it is what it waits for. */
const MOST_WITHOUT_ANSWER = 0.2;
const MOST_UNASKED = 0.01;
/** What is on both sides as often is there anyhow. */
const MOST_ON_BOTH_SIDES = 0.1;
/** Where most exceptions have something that hardly any other case has, it came instead, and they are no exceptions. */
const INSTEAD = { violated: 0.5, kept: 0.05 };

/** What came of the cases, where they keep it nearly always; else undefined. */
async function keptEnough(
  session: Session,
  side: Asked,
  withinNs: bigint,
  range: Range,
): Promise<Kept | undefined> {
  const found = await kept(session, side, withinNs, range);
  const { cases, violated, atStart, bothSides, all, exceptions } = found;
  const holds = cases - violated;
  if (cases < LEAST_SUPPORT || bothSides > MOST_ON_BOTH_SIDES * holds) return undefined;
  if (violated === 0) return found;
  // The start of what is stored hides what came before it.
  if (violated === atStart) return undefined;
  if (!isInvariant(all, exceptions)) {
    if (side.direction === 'before' || violated >= MOST_WITHOUT_ANSWER * cases) return undefined;
    const converse: Asked = { ...side, a: side.b, b: side.a, direction: 'before' };
    const unasked = await kept(session, converse, withinNs, range);
    const alone = unasked.violated - unasked.atStart;
    if (unasked.cases < LEAST_SUPPORT || alone > MOST_UNASKED * unasked.cases) return undefined;
  }
  const isOtherwise = (await insteadOf(session, side, withinNs, range)).some(
    (third) => third.violated >= INSTEAD.violated * violated && third.kept <= INSTEAD.kept * holds,
  );
  return isOtherwise ? undefined : found;
}

/** Of flows that have it at all; and of the spans that would be there again if values of the key were drawn at random, from those that there are. */
const MOST_AGAIN_OF = { flows: 0.01, chance: 0.1 };

/** Where it hardly ever comes again, but does, and mostly in another trace. */
function comesOnce({ spans, flows, several, again: count, elsewhere }: Repeats, values: number): boolean {
  const byChance = spans ** 2 / (2 * values);
  return (
    flows >= LEAST_SUPPORT &&
    several <= MOST_AGAIN_OF.flows * flows &&
    count <= MOST_AGAIN_OF.chance * byChance &&
    elsewhere >= Math.max(1, 0.5 * count)
  );
}

function isText({ numbers, having }: KeyOfShape): boolean {
  return numbers < having;
}

async function changesOf(session: Session, change: FlowField): Promise<FoundChanges | undefined> {
  const pairs = await again(session, change, MOST_AGAIN);
  const isTelling = change.values > MANY_VALUES && change.differing <= MOST_EXCEPTIONS * change.flows;
  const withinNs =
    boundOfChanges(pairs, MOST_EXCEPTIONS) ?? (isTelling ? boundAbove(pairs.at(-1)?.far ?? 0) : undefined);
  if (withinNs === undefined) return undefined;
  const found = await unlike(session, change, BigInt(withinNs));
  return { ...change, withinNs, found, examples: await traceIds(session, found.example) };
}

/**
 * Of names that never come without one another in a trace one is asked for all of them: that which carries the key itself most often, else the
 * most frequent.
 */
function leadersOf(
  { pairs, traces }: MinedTraces,
  { shapes, owners }: FlowsToMine,
): (key: number, shape: number) => number {
  const together = new Map<number, number[]>();
  for (const { a, b, both } of pairs)
    if (
      a < shapes.length &&
      b < shapes.length &&
      both.count === traces.get(a)?.count &&
      both.count === traces.get(b)?.count
    )
      together.set(a, [...(together.get(a) ?? []), b]);
  return (key, shape) => {
    const owning = (name: number): number => owners[name]?.[key] ?? 0;
    return [shape, ...(together.get(shape) ?? [])].reduce((lead, name) =>
      owning(name) > owning(lead) || (owning(name) === owning(lead) && name < lead) ? name : lead,
    );
  };
}

/** A span of a name that failed is one of that name. */
function narrowerPairs(shapes: readonly Shape[]): readonly Pick<Pair, 'a' | 'b'>[] {
  return shapes.flatMap(({ name, isFailed = false }, a) =>
    isFailed ? [{ a, b: shapes.findIndex((shape) => isPlain(shape) && shape.name === name) }] : [],
  );
}

function orderOf({ key, a, b, direction }: Asked): number {
  return ((key * MOST_SHAPES + a) * MOST_SHAPES + b) * 2 + (direction === 'after' ? 0 : 1);
}

const MOST_SHAPES = 1000;
