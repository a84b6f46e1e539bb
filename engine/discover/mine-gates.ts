/** What has to come between two things: those that have it get to the other, and of those that have not most do not. */
import { type Neighbours, traceIds } from '../sql/discover/across.js';
import { farthestThrough, type Gate, type Passed, passed } from '../sql/discover/gates.js';
import type { Store } from '../sql/store/store.js';
import { boundAbove } from './across-bounds.js';
import { LEAST_SUPPORT } from './proposal.js';

export interface FoundGate extends Gate {
  readonly withinNs: number;
  readonly passed: Passed;
  readonly examples: readonly string[];
}

const MOST_GATES = 60;
/** Share of what comes behind something that nearly always does. */
const NEARLY_ALL = 0.95;
/** Of those with the gate so many get to what is behind it at least, and of those without it so many at most. */
const GET_THERE = { withGate: 0.8, without: 0.5 };

/** @param sides of shapes that are in flows together, whatever of them is worth a rule, in an order that is the same every time */
export async function gatesOf(db: Store, sides: readonly Neighbours[]): Promise<readonly FoundGate[]> {
  const found: FoundGate[] = [];
  await db.each(possible(sides).slice(0, MOST_GATES), async (session, gate) => {
    const withinNs = boundAbove((await farthestThrough(session, gate)) ?? 0);
    if (withinNs === undefined) return;
    const led = await passed(session, gate, BigInt(withinNs));
    const { withGate, through, without, around } = led;
    const isGate =
      through >= LEAST_SUPPORT &&
      through >= GET_THERE.withGate * withGate &&
      around > 0 &&
      around <= GET_THERE.without * without &&
      without >= LEAST_SUPPORT;
    if (isGate)
      found.push({ ...gate, withinNs, passed: led, examples: await traceIds(session, led.example) });
  });
  return found.sort((a, b) => a.key - b.key || a.from - b.from || a.gate - b.gate || a.to - b.to);
}

/** What nearly always comes behind something, and before something else that does, too. */
function possible(sides: readonly Neighbours[]): readonly Gate[] {
  const behind = sides.filter(
    ({ direction, having, cases }) => direction === 'before' && having >= NEARLY_ALL * cases,
  );
  return behind.flatMap(({ key, a: gate, b: from }) =>
    behind.flatMap((other): readonly Gate[] => {
      const to = other.a;
      const isBefore =
        other.key === key &&
        other.b === from &&
        to !== gate &&
        sides.some(
          (side) => side.key === key && side.a === gate && side.b === to && side.direction === 'after',
        );
      return isBefore ? [{ key, from, gate, to }] : [];
    }),
  );
}
