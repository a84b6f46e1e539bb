/** Reads the traces, and finds what nearly always holds between kinds of spans. */
import { allColumns } from '../blocks/cache/column-sets.js';
import { columnNeeds } from '../plan/needs.js';
import { type AttributeKey, NESTED_COLUMNS } from '../plan/schema.js';
import type { StoredRun } from '../spans/stored-run.js';
import { attributeKeys, overTraces, type Traces } from '../spans/traces.js';
import { addFlows, startFlows, stopFlows } from '../sql/discover/flow-spans.js';
import {
  counts,
  keysOfShapes,
  pairs,
  rangeOf,
  shapeTraces,
  sharedKeys,
  startMining,
  stopMining,
  thresholds,
} from '../sql/discover/mine.js';
import { amongValues, longest, under, within } from '../sql/discover/mine-spans.js';
import { addOccurrences } from '../sql/discover/occurrences.js';
import { type NameStatistics, nameStatistics, valueStatistics } from '../sql/discover/statistics.js';
import type { Session } from '../sql/store/store.js';
import { acrossProposals } from './across-proposals.js';
import { flowsOf } from './flow-keys.js';
import { mineAcross } from './mine-across.js';
import {
  type Bounded,
  FEW_VALUES,
  isPlain,
  LEAST_SUPPORT,
  type Listed,
  type Mined,
  type Proposal,
} from './proposal.js';
import { proposalsOf } from './proposals.js';
import type { LiteralType, Shape } from './shapes.js';
import { boundOf, MOST_BEYOND, usualValues } from './span-proposals.js';

export type MineOptions = Traces & { readonly service?: string };

/** Of more attributes the last by name are not looked at; of more kinds of spans, the rarest. */
const MOST_KEYS = 150;
const MOST_NAMES = 80;
const MOST_NARROWER = 60;
const MOST_FAILING = 20;
/** Share of the spans of a name that a narrower kind may have. */
const MOST_OF_NAME = 0.95;
const MOST_COMPARED_KEYS = 24;

export async function mine(options: MineOptions): Promise<readonly Proposal[]> {
  const all = await attributeKeys(options);
  const keys = all.filter(({ scope }) => scope === 'span').slice(0, MOST_KEYS);
  const needs = allColumns([
    columnNeeds([], []),
    {
      spans: ['name', 'status', ...NESTED_COLUMNS],
      spanAttributes: keys,
      links: { columns: ['trace_id'], attributes: [] },
    },
  ]);
  const window = { ...options.window, withoutOwn: true };
  return await overTraces({ ...options, window }, needs, async (run) => {
    const known = await statisticsOf(run, keys, options.service);
    const shapes = shapesOf(known, keys, run);
    const compared = comparedKeys(known);
    const flows = await flowsOf(run, known.names, shapes, keys);
    let isFirst = true;
    await startFlows(run.db);
    await run.forEachUnit(async () => {
      const mined = { shapes, keys: compared.map((n) => keys[n]!) };
      await addOccurrences(run.db, run.columns, mined, isFirst);
      await addFlows(run.db, run.columns, flows);
      isFirst = false;
    });
    if (isFirst || shapes.length === 0) return [];
    await startMining(run.db);
    const mined = await minedOf(
      run,
      shapes,
      compared.map((n) => keys[n]!),
      listsOf(known, compared, (key) => typeOf(keys[key]!, run)),
    );
    const range = await rangeOf(run.db, options.window);
    const across =
      range === undefined ? [] : acrossProposals(await mineAcross(run.db, mined, { ...flows, range }));
    await stopFlows(run.db);
    await stopMining(run.db);
    return [...proposalsOf(mined), ...across];
  });
}

async function minedOf(
  run: StoredRun,
  shapes: readonly Shape[],
  keys: readonly AttributeKey[],
  lists: readonly UsualValues[],
): Promise<Mined> {
  const { db } = run;
  const traces = await shapeTraces(db);
  const together = await pairs(db, 1);
  const keysOf = await keysOfShapes(db, LEAST_SUPPORT);
  // A value that most spans share is the same on two of them by chance.
  const telling = new Set(
    keysOf
      .filter(({ different, numbers, having }) => different > FEW_VALUES && numbers < having)
      .map(({ key }) => key),
  );
  const numeric = keysOf.filter(
    ({ numbers, having, different }) => numbers === having && different > FEW_VALUES,
  );
  const inOrder = [...together].sort((x, y) => y.both.count - x.both.count || x.a - y.a || x.b - y.b);
  const asked = inOrder.flatMap(({ a, b, both }) => {
    const share = both.count / (traces.get(a)?.count ?? 1);
    if (share < 0.02 || share > 0.9 || both.count < LEAST_SUPPORT) return [];
    if (!isPlain(shapes[a]!) || !isPlain(shapes[b]!)) return [];
    return numeric.filter(({ shape }) => shape === a).map(({ key }) => ({ a, b, key }));
  });
  return {
    shapes,
    keys,
    traces,
    pairs: together,
    counts: await counts(db),
    keysOf,
    shared: await sharedKeys(db, [...telling], LEAST_SUPPORT),
    thresholds: await thresholds(db, asked.slice(0, MOST_THRESHOLDS)),
    under: await under(db, LEAST_SUPPORT),
    bounded: await boundedOf(db, shapes),
    listed: await listedOf(db, shapes, lists),
  };
}

const MOST_THRESHOLDS = 100;
/** Spans of a shape that are looked at for a bound. */
const MOST_DURATIONS = 2000;

async function boundedOf(db: Session, shapes: readonly Shape[]): Promise<readonly Bounded[]> {
  const wanted = shapes.flatMap((shape, n) => (isPlain(shape) && shape.isWanted ? [n] : []));
  const found: Bounded[] = [];
  for (const ends of await longest(db, wanted, 1 / MOST_BEYOND, MOST_DURATIONS)) {
    const limit = ends.spans < LEAST_SUPPORT ? undefined : boundOf(ends);
    if (limit === undefined) continue;
    found.push({ shape: ends.shape, limit, holds: await within(db, ends.shape, limit) });
  }
  return found;
}

/** Values that nearly all spans of a name have, by the index of the key among those compared. */
interface UsualValues extends Pick<Listed, 'key' | 'type' | 'values'> {
  readonly name: string;
}

function listsOf(
  { values }: Statistics,
  compared: readonly number[],
  typed: (key: number) => LiteralType | undefined,
): readonly UsualValues[] {
  const byNameAndKey = new Map<string, Statistics['values'][number][]>();
  for (const counted of values) {
    const id = JSON.stringify([counted.name, counted.key]);
    byNameAndKey.set(id, [...(byNameAndKey.get(id) ?? []), counted]);
  }
  return [...byNameAndKey.values()].flatMap((counts): readonly UsualValues[] => {
    const { name, key } = counts[0]!;
    const [place, type, usual] = [compared.indexOf(key), typed(key), usualValues(counts)];
    return place < 0 || type === undefined || usual === undefined
      ? []
      : [{ name, key: place, type, values: usual }];
  });
}

async function listedOf(
  db: Session,
  shapes: readonly Shape[],
  lists: readonly UsualValues[],
): Promise<readonly Listed[]> {
  const found: Listed[] = [];
  for (const { name, ...list } of lists) {
    const shape = shapes.findIndex((known) => isPlain(known) && known.name === name);
    if (shape < 0 || !shapes[shape]!.isWanted) continue;
    found.push({ ...list, shape, holds: await amongValues(db, shape, list.key, list.values) });
  }
  return found;
}

/** Undefined where values are of several types, or of one that a filter does not compare with a literal of one value. */
function typeOf(key: AttributeKey, run: StoredRun): LiteralType | undefined {
  const [type, ...others] = run.columns.typesFor(key);
  return others.length === 0 && (type === 's' || type === 'i' || type === 'b') ? type : undefined;
}

interface Statistics {
  readonly names: readonly NameStatistics[];
  readonly values: readonly {
    readonly name: string;
    readonly key: number;
    readonly value: string;
    readonly spans: number;
  }[];
}

/** Of all units, added up. */
async function statisticsOf(
  run: StoredRun,
  keys: readonly AttributeKey[],
  service: string | undefined,
): Promise<Statistics> {
  const names = new Map<string, NameStatistics>();
  await run.forEachUnit(async () => {
    const bounds = { leastSpans: 1, service };
    for (const counted of await nameStatistics(run.db, run.columns, keys, bounds)) {
      const so = names.get(counted.name);
      names.set(counted.name, so === undefined ? counted : sumOf(so, counted));
    }
  });
  const kept = [...names.values()]
    .filter(({ traces }) => traces >= LEAST_SUPPORT)
    .sort((a, b) => b.traces - a.traces || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_NAMES);
  const few = keys.flatMap((_, n) => {
    const having = kept.filter((counted) => counted.keys[n]!.present > 0);
    return having.length > 0 && having.every((counted) => counted.keys[n]!.different <= FEW_VALUES)
      ? [n]
      : [];
  });
  const values = new Map<string, Statistics['values'][number]>();
  await run.forEachUnit(async () => {
    const found = await valueStatistics(
      run.db,
      run.columns,
      keys,
      few,
      kept.map(({ name }) => name),
    );
    for (const valueStatistics of found) {
      const key = JSON.stringify([valueStatistics.name, valueStatistics.key, valueStatistics.value]);
      values.set(key, { ...valueStatistics, spans: valueStatistics.spans + (values.get(key)?.spans ?? 0) });
    }
  });
  return { names: kept, values: [...values.values()] };
}

function sumOf(a: NameStatistics, b: NameStatistics): NameStatistics {
  return {
    name: a.name,
    spans: a.spans + b.spans,
    traces: a.traces + b.traces,
    failed: a.failed + b.failed,
    isWanted: a.isWanted || b.isWanted,
    keys: a.keys.map(({ present, different }, n) => ({
      present: present + b.keys[n]!.present,
      different: Math.max(different, b.keys[n]!.different),
    })),
  };
}

function shapesOf(
  { names, values }: Statistics,
  keys: readonly AttributeKey[],
  run: StoredRun,
): readonly Shape[] {
  const byName = new Map(names.map((name) => [name.name, name]));
  const plain = names.map(({ name, spans, isWanted }): Shape => ({ name, spans, isWanted }));
  const failing = names
    // What nearly all do narrows nothing.
    .filter(({ failed, spans }) => failed >= LEAST_SUPPORT && failed <= MOST_OF_NAME * spans)
    .map(({ name, failed, isWanted }): Shape => ({ name, isFailed: true, spans: failed, isWanted }))
    .sort((a, b) => b.spans - a.spans || (a.name! < b.name! ? -1 : 1))
    .slice(0, MOST_FAILING);
  const narrower = values.flatMap(({ name, key, value, spans }): readonly Shape[] => {
    const [statistics, type] = [byName.get(name)!, typeOf(keys[key]!, run)];
    if (type === undefined || spans < LEAST_SUPPORT || spans > MOST_OF_NAME * statistics.spans) return [];
    return [{ name, where: { key: keys[key]!, value, type }, spans, isWanted: statistics.isWanted }];
  });
  const wider = new Map<
    string,
    { readonly key: number; readonly value: string; names: Map<string, number>; spans: number }
  >();
  for (const { name, key, value, spans } of values) {
    const id = JSON.stringify([key, value]);
    const so = wider.get(id) ?? { key, value, names: new Map<string, number>(), spans: 0 };
    so.names.set(name, spans);
    so.spans += spans;
    wider.set(id, so);
  }
  const valued = [...wider.values()].flatMap(({ key, value, names: ofNames, spans }): readonly Shape[] => {
    const type = typeOf(keys[key]!, run);
    // What is nearly always of one name is that name.
    if (type === undefined || spans < LEAST_SUPPORT || Math.max(...ofNames.values()) > 0.95 * spans)
      return [];
    const isWanted = [...ofNames.keys()].some((name) => byName.get(name)!.isWanted);
    return [{ where: { key: keys[key]!, value, type }, spans, isWanted }];
  });
  const more = [...narrower, ...valued].sort((a, b) => b.spans - a.spans || (idOf(a) < idOf(b) ? -1 : 1));
  return [...plain, ...failing, ...more.slice(0, MOST_NARROWER)];
}

function idOf({ name = '', where }: Shape): string {
  return JSON.stringify([name, where?.key.key, where?.value]);
}

/** Keys that most spans of some name have, those of the most spans first. */
function comparedKeys({ names }: Statistics): readonly number[] {
  const totals = new Map<number, number>();
  for (const { spans, keys } of names)
    for (const [n, { present, different }] of keys.entries())
      if (present >= 0.9 * spans && different > 1) totals.set(n, (totals.get(n) ?? 0) + present);
  return [...totals]
    .sort(([a, first], [b, other]) => other - first || a - b)
    .map(([key]) => key)
    .slice(0, MOST_COMPARED_KEYS);
}
