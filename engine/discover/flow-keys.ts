/** Which attributes say what flow a span is part of, alone or two together, as an order's number does with the tenant that numbers its orders. */
import type { AttributeKey } from '../plan/schema.js';
import type { StoredRun } from '../spans/stored-run.js';
import {
  addKeyTraces,
  type FlowKey,
  keyTraces,
  startKeyTraces,
  stopKeyTraces,
} from '../sql/discover/key-traces.js';
import type { NameStatistics } from '../sql/discover/statistics.js';
import type { FlowsToMine } from './mine-across.js';
import { FEW_VALUES, LEAST_SUPPORT } from './proposal.js';
import { NAMES_ID, type Shape } from './shapes.js';

/** Keys whose flows are mined, those of the most kinds of spans first; and spans of flows that are looked at, about, for all of them. */
const MOST_FLOW_KEYS = 8;
const MOST_ASKED_KEYS = 24;
const MOST_ASKED_PAIRS = 12;
const MOST_FLOW_SPANS = 6_000_000;
/** So many times as many values as each of two has two of them together, where one is numbered within the other. */
const NUMBERED_ANEW = 1.5;

type Names = readonly NameStatistics[];

/** A key by the indices of its fields. */
type Fields = readonly number[];

/** Texts of which there are many, and numbers that are called an id, the values of which are in few traces: one says which order or message a span is about. */
export async function flowsOf(
  run: StoredRun,
  names: Names,
  shapes: readonly Shape[],
  keys: readonly AttributeKey[],
): Promise<Omit<FlowsToMine, 'range'>> {
  const chosen = await chosenKeys(run, names, keys);
  // Those that are a name, and those of a name that failed, are the first of all shapes.
  const kinds = shapes.filter(({ name, where }) => name !== undefined && where === undefined);
  return {
    keys: chosen.map((fields) => fields.map((n) => keys[n]!)),
    shapes: kinds,
    owners: kinds.map(({ name, spans }) => {
      const { keys: counts } = names.find((known) => known.name === name)!;
      return chosen.map((fields) => Math.min(spans, ...fields.map((n) => counts[n]!.present)));
    }),
    oneIn: Math.ceil(Math.max(1, (run.spans * (chosen.length + 1)) / MOST_FLOW_SPANS)),
  };
}

async function chosenKeys(
  run: StoredRun,
  names: Names,
  keys: readonly AttributeKey[],
): Promise<readonly Fields[]> {
  const { db } = run;
  const add = async (some: readonly Fields[], first: number): Promise<void> =>
    await run.forEachUnit(
      async () =>
        await addKeyTraces(
          db,
          run.columns,
          some.map((fields): FlowKey => fields.map((n) => keys[n]!)),
          first,
        ),
    );
  const alone = candidates(run, names, keys);
  await startKeyTraces(db);
  await add(alone, 0);
  const found = new Map((await keyTraces(db)).map((known) => [known.key, known]));
  const inFew = alone.filter((_, place) => found.get(place)?.isInFew === true);
  const valuesOf = (n: number): number => found.get(alone.findIndex(([field]) => field === n))?.values ?? 0;
  const inMany = alone.flatMap(([n]) =>
    n !== undefined && valuesOf(n) > 0 && !inFew.some(([few]) => few === n) ? [n] : [],
  );
  const pairs = pairsOf(inMany, names, keys);
  if (pairs.length > 0) {
    await add(pairs, alone.length);
    for (const { key, values, isInFew } of await keyTraces(db)) {
      const pair = pairs[key - alone.length];
      if (pair !== undefined && isInFew && pair.every((n) => values >= NUMBERED_ANEW * valuesOf(n)))
        inFew.push(pair);
    }
  }
  await stopKeyTraces(db);
  return inFew.slice(0, MOST_FLOW_KEYS);
}

function candidates(run: StoredRun, names: Names, keys: readonly AttributeKey[]): readonly Fields[] {
  return keys
    .flatMap((attribute, n) => {
      const [type, ...others] = run.columns.typesFor(attribute);
      if (others.length > 0 || !(type === 's' || (type === 'i' && NAMES_ID.test(attribute.key)))) return [];
      const having = names.filter(
        ({ keys: counts }) => counts[n]!.present >= LEAST_SUPPORT && counts[n]!.different > FEW_VALUES,
      );
      const present = having.reduce((sum, { keys: counts }) => sum + counts[n]!.present, 0);
      return having.length === 0 ? [] : [{ n, names: having.length, present }];
    })
    .sort((a, b) => b.names - a.names || b.present - a.present || a.n - b.n)
    .slice(0, MOST_ASKED_KEYS)
    .map(({ n }) => [n]);
}

/** Two that are called ids and that spans have together: one of those that many traces have, within any other. */
function pairsOf(inMany: readonly number[], names: Names, keys: readonly AttributeKey[]): readonly Fields[] {
  const isId = (n: number): boolean => NAMES_ID.test(keys[n]!.key);
  const pairs = inMany.filter(isId).flatMap((numbered) =>
    keys.flatMap((_, within) => {
      if (within === numbered || !isId(within) || (inMany.includes(within) && within > numbered)) return [];
      const together = names.filter(
        ({ keys: counts }) =>
          Math.min(counts[numbered]!.present, counts[within]!.present) >= LEAST_SUPPORT &&
          counts[within]!.different > 1,
      );
      return together.length === 0 ? [] : [{ fields: [within, numbered], names: together.length }];
    }),
  );
  return pairs
    .sort((a, b) => b.names - a.names || a.fields[0]! - b.fields[0]! || a.fields[1]! - b.fields[1]!)
    .slice(0, MOST_ASKED_PAIRS)
    .map(({ fields }) => fields);
}
