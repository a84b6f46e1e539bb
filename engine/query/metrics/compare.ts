import { concurrently } from '../../blocks/concurrently.js';
import { listBlocks } from '../../blocks/listing/block-list.js';
import { blockProblemOf } from '../../blocks/problem-of-error.js';
import { fixedKeys, readAttributeKeys } from '../../blocks/schema-keys.js';
import type { Intrinsic } from '../../language/tree/ast.js';
import { shortestSpelling } from '../../language/tree/intrinsics.js';
import type { ResultValue } from '../../otlp/named-value.js';
import { kindLabel, STATUS_NAMES } from '../../otlp/names.js';
import {
  conjuncts,
  type Expression,
  type FieldPlan,
  fieldText,
  forEachField,
} from '../../plan/expression.js';
import type { MetricsPlan, SelectionPlan } from '../../plan/metrics-plan.js';
import type { AttributeKey } from '../../plan/schema.js';
import type { BlockTraces } from '../../spans/traces.js';
import type { ComparedExemplar, ComparedField, ValueCount } from '../../sql/run/metrics-compare.js';
import { QueryError } from '../query-error.js';
import { exemplarLabels } from './exemplars.js';
import type { Grid } from './grid.js';
import type { PointExemplar, Points } from './series.js';

/** A field of spans that `compare()` looks at, by the name of its label. */
export interface NamedField extends ComparedField {
  readonly name: string;
}

/** Attributes that blocks may have for `compare()` to look at all of them. */
const MAX_ATTRIBUTES = 2000;

/**
 * Which intrinsics say something of a span, as Tempo has it, and what a span without one counts as: no ids, times, durations or
 * nested set numbers.
 */
const COMPARED: Readonly<Record<Intrinsic, ComparedField['missing'] | 'not compared'>> = {
  'trace:rootName': 'empty text',
  'trace:rootService': 'empty text',
  'instrumentation:name': 'nothing',
  'instrumentation:version': 'nothing',
  'span:name': 'nothing',
  'span:kind': 'nothing',
  'span:status': 'nothing',
  'span:statusMessage': 'nothing',
  'span:childCount': 'nothing',
  'span:id': 'not compared',
  'span:parentID': 'not compared',
  'span:start': 'not compared',
  'span:end': 'not compared',
  'span:duration': 'not compared',
  'trace:id': 'not compared',
  'trace:start': 'not compared',
  'trace:end': 'not compared',
  'trace:duration': 'not compared',
  'event:name': 'not compared',
  'event:timeSinceStart': 'not compared',
  'link:traceID': 'not compared',
  'link:spanID': 'not compared',
  nestedSetLeft: 'not compared',
  nestedSetRight: 'not compared',
  nestedSetParent: 'not compared',
};

/**
 * Every field that the spans of the blocks may have. An attribute that some block keeps in a column of its own counts as nil
 * where a span lacks it, as Tempo has it; others do not count there. Throws a `QueryError` when there are too many.
 */
export async function comparedFields(
  { storage, tenant, window, signal }: BlockTraces,
  plan: MetricsPlan,
  selection: SelectionPlan,
): Promise<readonly NamedField[]> {
  const attributes = new Map<string, AttributeKey>();
  const columns = new Set<string>();
  const keyOf = ({ scope, key }: AttributeKey): string => `${scope}\0${key}`;
  const { blocks } = await listBlocks(storage, tenant, window);
  await concurrently(BLOCKS_AT_ONCE, blocks, async (block) => {
    signal?.throwIfAborted();
    try {
      for (const attributeKey of await readAttributeKeys(storage, block))
        attributes.set(keyOf(attributeKey), attributeKey);
      for (const fixedKey of fixedKeys(block)) columns.add(keyOf(fixedKey));
    } catch (error) {
      // The run that follows names the blocks that cannot be read.
      if (blockProblemOf(block, error) === undefined) throw error;
    }
  });
  if (attributes.size > MAX_ATTRIBUTES)
    throw new QueryError('BT3004', `the blocks have ${attributes.size} attributes`);
  const asked = conditionFields(plan, selection);
  const named = (name: string, field: FieldPlan, missing: ComparedField['missing']): NamedField => ({
    name,
    field,
    missing,
    weight: asked.has(JSON.stringify(field.source)) ? 2 : 1,
  });
  return [
    ...(Object.keys(COMPARED) as Intrinsic[]).flatMap((name) => {
      const missing = COMPARED[name];
      if (missing === 'not compared') return [];
      return [named(shortestSpelling(name), { hop: 'self', source: { kind: 'intrinsic', name } }, missing)];
    }),
    ...[...attributes]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([key, { scope, key: name }]) => {
        if (scope === 'event' || scope === 'link') return [];
        const field: FieldPlan = { hop: 'self', source: { kind: 'attribute', scope, key: name } };
        return [named(fieldText(field), field, columns.has(key) ? 'nil' : 'nothing')];
      }),
  ];
}

const BLOCKS_AT_ONCE = 8;

/**
 * The fields that the filter asks for: Tempo reads these once for the filter and once more with all others, and counts them
 * both times, in values and totals alike.
 */
function conditionFields({ predicates }: MetricsPlan, { pattern }: SelectionPlan): ReadonlySet<string> {
  const fields = new Set<string>();
  const [stage] = pattern.stages;
  if (stage?.kind !== 'spanset' || stage.expression.kind !== 'leaf') return fields;
  for (const condition of conjuncts(predicates[stage.expression.predicate] ?? NEVER)) {
    const sources = new Set<string>();
    forEachField(condition, ({ source }) => void sources.add(JSON.stringify(source)));
    // Of alternatives about several fields, a span may have been found by any.
    if (sources.size === 1) for (const source of sources) fields.add(source);
  }
  return fields;
}

const NEVER: Expression = { kind: 'constant', type: 'bool', value: false };

/**
 * Four kinds of series: the values of each field in the selection and in the baseline, and how many there are of each. An exemplar is on one of the
 * first two kinds: on that of its values which sets its spans most apart from the others.
 */
export function comparedSeries(
  fields: readonly NamedField[],
  counts: readonly ValueCount[],
  grid: Grid,
  shown: readonly ComparedExemplar[] = [],
): readonly Points[] {
  const series = new Map<string, Compared>();
  for (const { field: n, selected, value, interval, count } of counts) {
    const { name, field } = fields[n]!;
    const key = seriesKey(n, selected, value);
    let points = series.get(key);
    if (points === undefined) {
      const set = selected ? 'selection' : 'baseline';
      const type = { name: '__meta_type', value: value === undefined ? `${set}_total` : set };
      const given = value === undefined ? null : decoded(field, value);
      const values = new Float64Array(grid.intervals);
      points = { labels: [type, { name, value: given }], values, exemplars: [], all: 0 };
      series.set(key, points);
    }
    points.values[interval] = count;
    points.all += count;
  }
  for (const exemplar of shown) {
    const points = tellingSeries(series, exemplar);
    const value = points?.values[exemplar.interval] ?? 0;
    if (points === undefined || value === 0) continue;
    const { traceId, interval, startNs } = exemplar;
    const timeMs = Number(startNs / 1_000_000n);
    points.exemplars.push({ traceId, interval, timeMs, value, labels: exemplarLabels(exemplar) });
  }
  return [...series.values()];
}

interface Compared extends Points {
  readonly exemplars: PointExemplar[];
  /** The sum of its values. */
  all: number;
}

function seriesKey(field: number, selected: boolean, value = ''): string {
  return `${field} ${selected} ${value}`;
}

/** Of the series that count the span, that whose share of the span's set exceeds its share of the other set most. */
function tellingSeries(
  series: ReadonlyMap<string, Compared>,
  { selected, values }: ComparedExemplar,
): Compared | undefined {
  const share = (field: number, value: string, set: boolean): number => {
    const all = series.get(seriesKey(field, set))?.all ?? 0;
    return all === 0 ? 0 : (series.get(seriesKey(field, set, value))?.all ?? 0) / all;
  };
  let best: Compared | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const [field, value] of values.entries()) {
    const points = value === null ? undefined : series.get(seriesKey(field, selected, value));
    if (value === null || points === undefined) continue;
    const apart = share(field, value, selected) - share(field, value, !selected);
    if (apart <= most) continue;
    best = points;
    most = apart;
  }
  return best;
}

/** The value that `groupKey` wrote: its type, then its text. */
function decoded({ source }: FieldPlan, key: string): ResultValue {
  if (key === '-') return null;
  if (source.kind === 'intrinsic' && source.name === 'span:status')
    return STATUS_NAMES[Number(key.slice('status'.length))] ?? key;
  if (source.kind === 'intrinsic' && source.name === 'span:kind')
    return kindLabel(Number(key.slice('kind'.length)));
  if (key.startsWith('l')) return decodedList(key);
  const text = key.slice(1);
  switch (key[0]) {
    case 'i':
      return BigInt(text);
    case 'd':
      return Number(text);
    case 'b':
      return text === 'true';
    default:
      return text;
  }
}

function decodedList(key: string): ResultValue {
  const values = JSON.parse(key.slice(2)) as readonly (string | number | boolean)[];
  return key.startsWith('li') ? values.map((value) => BigInt(value)) : values;
}
