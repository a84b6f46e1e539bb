/** Limits of how much comes within some time for each value of a key: where most values keep one that some do not. */

import { traceIds } from '../sql/discover/across.js';
import { highest, type Limited, limited, spreads, type Totalled } from '../sql/discover/totals.js';
import type { Session } from '../sql/store/store.js';
import { usualFrom } from './across-bounds.js';
import { FEW_VALUES, isPlain, LEAST_SUPPORT, type Mined, roundBetween } from './proposal.js';
import { NAMES_ID } from './shapes.js';
import { MOST_TEST_SPANS } from './test-text.js';
import { type Divide, divideOf } from './two-groups.js';

export interface FoundTotal extends Totalled {
  readonly withinNs: number;
  /** Numbers up to it are usual. */
  readonly limit: number;
  /** Flows that there are. */
  readonly flows: number;
  readonly found: Limited;
  readonly examples: readonly string[];
}

/** Of a key: what is counted or added up, that of the most flows first. */
const MOST_TOTALS = 16;
/** Spans that a divide is looked for in, about. */
const MOST_SPANS = 50_000;
/** Times that are tried of those with a divide. */
const MOST_TRIED = 6;
/** Different totals that are looked at, from the highest. */
const MOST_LOOKED_AT = 4000;
/** A divide with more of the flows above it says that there are two kinds of flows. */
const MOST_ABOVE = 0.2;
/** How likely a divide may be where there is but one group, over all times that are tried. */
const CHANCE = 0.01;

/** @param isAsked whether limits are looked for of a shape */
export async function totalsOf(
  session: Session,
  key: number,
  mined: Pick<Mined, 'shapes' | 'keys' | 'keysOf'>,
  isAsked: (shape: number) => boolean,
): Promise<readonly FoundTotal[]> {
  const spread = (await spreads(session, key))
    .filter(
      ({ shape, flows, several }) => isAsked(shape) && flows >= LEAST_SUPPORT && several >= LEAST_SUPPORT,
    )
    .sort((a, b) => b.several - a.several || a.shape - b.shape);
  const asked = spread.flatMap(({ shape, spans, flows, shortest, longest }) =>
    [undefined, ...amountsOf(mined, shape)].map((field) => ({
      totalled: { key, shape, ...(field === undefined ? {} : { field }) },
      flows,
      times: usualFrom(shortest, longest),
      oneIn: Math.ceil(spans / MOST_SPANS),
    })),
  );
  const found: FoundTotal[] = [];
  for (const { totalled, flows, times, oneIn } of asked.slice(0, MOST_TOTALS)) {
    for (const { withinNs, low, high } of await clearest(session, totalled, times, oneIn)) {
      const limit = totalled.field === undefined ? low : roundBetween(low, high);
      const above = await limited(session, totalled, BigInt(withinNs), limit, MOST_TEST_SPANS);
      // In one trace a rule about that trace says it.
      if (above.above === 0 || above.elsewhere < 0.5 * above.above) continue;
      const examples = await traceIds(session, above.example);
      found.push({ ...totalled, withinNs, limit, flows, found: above, examples });
      break;
    }
  }
  return found;
}

/** Times with a divide, that which is least likely by chance first. */
async function clearest(
  session: Session,
  totalled: Totalled,
  times: readonly number[],
  oneIn: number,
): Promise<readonly (Divide & { readonly withinNs: number })[]> {
  const byTime = await highest(session, totalled, times, oneIn, MOST_LOOKED_AT);
  return byTime
    .flatMap((frequencies, n) => {
      const positive = frequencies.filter(({ total }) => total > 0);
      const divide = divideOf(positive, MOST_ABOVE, totalled.field === undefined ? 1 : 0);
      const isClear = divide !== undefined && divide.chance * times.length <= CHANCE;
      return isClear ? [{ ...divide, withinNs: times[n]! }] : [];
    })
    .sort((a, b) => a.chance - b.chance)
    .slice(0, MOST_TRIED);
}

/** Fields whose values are numbers, on nearly all spans of a shape, that may be added up: an id is no amount. */
function amountsOf(
  { shapes, keys, keysOf }: Pick<Mined, 'shapes' | 'keys' | 'keysOf'>,
  shape: number,
): readonly number[] {
  if (!isPlain(shapes[shape]!)) return [];
  return keysOf.flatMap((known) =>
    known.shape === shape &&
    known.numbers === known.having &&
    known.having >= 0.9 * known.spans &&
    known.different > FEW_VALUES &&
    !NAMES_ID.test(keys[known.key]!.key)
      ? [known.key]
      : [],
  );
}
