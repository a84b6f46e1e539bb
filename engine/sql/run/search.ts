import { type FieldPlan, forEachField, isTrue, itemOf } from '../../plan/expression.js';
import { forEachLateExpression } from '../../plan/lower/lower-pattern.js';
import type { AggregatePlan, StagePlan } from '../../plan/plan.js';
import type { SearchPlan } from '../../plan/search.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import { Ctes } from '../compile/ctes.js';
import { TRACE_DOMAIN } from '../compile/domain.js';
import type { Relations } from '../compile/relations.js';
import { PredicateColumns } from '../compile/scan/predicate-columns.js';
import { type Pass, passRows, passSql, readsSpansAlone } from '../compile/scan/scan.js';
import { overNothing } from '../compile/spanset/aggregate.js';
import { chosenItems, compileSearch, type FoundSpansets } from '../compile/spanset/spanset.js';
import { compileValue } from '../compile/value/expression.js';
import { TypedColumns, type TypedValue } from '../compile/value/typed.js';
import { partsOf, type Value } from '../compile/value/value.js';
import type { Row } from '../store/cell.js';
import { dropTables } from '../store/drop-tables.js';
import type { Store } from '../store/store.js';
import { HIT_SPANS, HITS, LISTED, MATCHED, MATCHED_HITS, TRACES } from '../tables.js';
import {
  firstRecords,
  hex,
  int,
  qualify,
  recordValue,
  rowsOf,
  semiJoin,
  tableAs,
} from '../text/operations.js';
import { EMPTY, join, name, names, type Sql, sql } from '../text/sql.js';

/** A spanset of a trace. */
export interface SpansetRow {
  /** The trace's key in this unit. */
  readonly trace: bigint;
  readonly matched: number;
  /** By stage in order of the text: what `by` grouped by and aggregates gave; undefined where that is missing. */
  readonly made: readonly MadeValue[];
  /** The first by start, at most as many as asked for. */
  readonly spans: readonly SpanRow[];
}

export interface MadeValue {
  readonly stage: Exclude<StagePlan, { kind: 'spanset' | 'coalesce' }>;
  /** Which expression of a `by`, which side of an aggregate. */
  readonly part: number;
  readonly value: TypedValue | undefined;
}

export interface SpanRow {
  readonly row: bigint;
  readonly spanId: string;
  readonly name: string;
  readonly start: bigint;
  readonly duration: bigint;
  /** Of the fields in `SearchPlan.shown` that are not of events or links and that it has. */
  readonly values: ReadonlyMap<FieldPlan, TypedValue>;
}

/** More groups of one trace than this are left out: a `by` of something unique shows every span apart. */
export const MAX_SPANSETS = 1000;

/**
 * Makes the table `hits` (the columns of `traces`) of the traces that the search finds among the relations at hand: the newest
 * by (start, trace id), at most `limit`, and none that starts before `since`.
 */
export async function findTraces(
  db: Store,
  plan: SearchPlan,
  columns: AttributeColumns,
  limit: number,
  since: bigint | undefined,
): Promise<void> {
  const relations = relationsOf(plan, columns, MATCHED);
  await dropTables(db, [HITS, HIT_SPANS, MATCHED, MATCHED_HITS]);
  const newest = sql`${since === undefined ? EMPTY : sql`WHERE start_ns >= ${int(since)}`}
    ORDER BY start_ns DESC, trace_id LIMIT ${limit}`;
  if (matchesAll(plan)) {
    await db.run(tableAs(HITS, sql`SELECT * FROM ${TRACES} ${newest}`));
    return;
  }
  const pass = passOf(plan, false);
  const once = readsSpansAlone(pass, columns);
  if (!once) await db.run(passSql(pass, relations));
  const ctes = once
    ? Ctes.reading({ ...relations, matched: sql`(${passRows(pass, relations)})` })
    : new Ctes(relations);
  const set = compileSearch(plan.stages, ctes);
  const found = [sql`SELECT k0 AS trace FROM ${set.narrow}`, ...emptiesOf(set)];
  const among = semiJoin(sql`(${join(found, ' UNION ALL ')})`, { using: ['trace'] });
  await db.run(
    tableAs(
      HITS,
      sql`${ctes.with()}SELECT * FROM ${TRACES} ${among}
    ${newest}`,
    ),
  );
}

/** Makes `HITS` of the traces whose violations were listed last. */
export async function findListed(db: Store): Promise<void> {
  await dropTables(db, [HITS, HIT_SPANS]);
  await db.run(tableAs(HITS, sql`SELECT * FROM ${TRACES} ${semiJoin(LISTED, { using: ['trace'] })}`));
}

/** Whether the traces are found by spans that filters match each by itself, which are most likely few of all. */
export function keepsFew(plan: SearchPlan, columns: AttributeColumns): boolean {
  return !plan.predicates.some(isTrue) && readsSpansAlone(passOf(plan, false), columns);
}

/** `{ }`, which every trace has a span for, with groupings that drop nothing. */
function matchesAll({ stages, predicates }: SearchPlan): boolean {
  const [first, ...rest] = stages;
  if (first?.kind !== 'spanset' || first.expression.kind !== 'leaf') return false;
  const every = predicates[first.expression.predicate];
  return (
    every !== undefined && isTrue(every) && rest.every(({ kind }) => kind === 'by' || kind === 'coalesce')
  );
}

/**
 * The spansets of the traces in `hits`, in which order they first matter, and a relation of all their spans; `hitSpans` is where those are. They are
 * read once: where a filter looks at spans in other ways than each by itself, they are held apart for it.
 */
export async function readSpansets(
  db: Store,
  plan: SearchPlan,
  columns: AttributeColumns,
  hitSpans: Sql,
  spansPerSpanset: number,
): Promise<{ readonly spansets: readonly SpansetRow[]; readonly spans: Sql }> {
  const relations = relationsOf(plan, columns, MATCHED_HITS);
  const pass = passOf(plan, true);
  const once = readsSpansAlone(pass, columns);
  if (!once) await db.run(tableAs(HIT_SPANS, sql`SELECT * FROM ${hitSpans}`));
  await db.run(
    passSql(once ? { ...pass, spans: hitSpans, keepsAll: true } : { ...pass, spans: HIT_SPANS }, relations),
  );
  const ctes = new Ctes(relations);
  const set = compileSearch(plan.stages, ctes);
  const found = await spansetsWithSpans(db, plan, columns, set, ctes, spansPerSpanset);
  const spansets = [...found, ...(await spansetsWithout(db, plan, set, ctes))];
  return { spansets, spans: once ? MATCHED_HITS : HIT_SPANS };
}

function relationsOf(plan: SearchPlan, columns: AttributeColumns, matched: Sql): Relations {
  return { columns, predicates: new PredicateColumns(plan.predicates, columns), matched };
}

function passOf(plan: SearchPlan, shows: boolean): Pass {
  const late: FieldPlan[] = [];
  forEachLateExpression(plan.stages, (expression) =>
    forEachField(expression, (field) => void late.push(field)),
  );
  if (shows)
    for (const { field } of plan.shown)
      forEachField({ kind: 'field', field }, (fieldPlan) => void late.push(fieldPlan));
  return { predicates: plan.predicates, needs: plan.needs, late, shows };
}

function emptiesOf({ empties }: FoundSpansets): readonly Sql[] {
  return empties === undefined ? [] : [sql`SELECT k0 AS trace FROM (${empties})`];
}

/** `k0`, `matched`, whether it is the first of its spanset, and of the span: row, id, name, start, duration. */
const FIXED_COLUMNS = 8;
/** Of those, the columns that are of the spanset. */
const SPANSET_COLUMNS = 3;

async function spansetsWithSpans(
  db: Store,
  plan: SearchPlan,
  columns: AttributeColumns,
  set: FoundSpansets,
  ctes: Ctes,
  spansPerSpanset: number,
): Promise<readonly SpansetRow[]> {
  const typed = new TypedColumns(FIXED_COLUMNS);
  const scope = { columns, span: sql`m` };
  const shown = plan.shown
    .filter(({ field }) => itemOf(field) === undefined)
    .map(({ field }) => ({ field, read: typed.add(compileValue({ kind: 'field', field }, scope)) }));
  const made = madeValues(plan.stages, set, scope, typed);
  const grouping = plan.stages.flatMap((stage) => (stage.kind === 'by' ? stage.expressions : []));
  const { wide } = chosenItems(set, grouping, { domain: TRACE_DOMAIN, ctes });
  const keys = join(
    names(set.keys).map((key) => sql`m.${key}`),
    ', ',
  );
  const joins = set.aggregates.map(({ table, keys: keysOfSet }, n) => {
    const on = join(
      names(keysOfSet).map((key) => sql`g${n}.${key} = m.${key}`),
      ' AND ',
    );
    return sql`JOIN ${table} g${n} ON ${on}`;
  });
  const order = ['start_ns', 'span_id', 'kind', 'name'].map((column) => sql`m.${name(column)}`);
  const place = sql`(${join(order, ', ')})`;
  const ofSpan = [
    sql`m.row`,
    hex(sql`m.span_id`),
    sql`m.name`,
    sql`m.start_ns`,
    sql`m.end_ns - m.start_ns`,
    ...typed.sql,
  ];
  const firstSpans = firstRecords([...ofSpan, place], order, Math.max(1, spansPerSpanset));
  const spanset = sql`SELECT m.k0 AS trace, count(*) AS matched, ${firstSpans} AS spans, min(${place}) AS first
      FROM ${wide} m ${join(joins, ' ')} GROUP BY ${keys}`;
  // Every span is in one spanset of its trace, so the first span tells spansets apart, and gives their order.
  const listed =
    set.keys.length === 1
      ? spanset
      : sql`SELECT * FROM (${spanset}) ${qualify(sql`row_number() OVER (PARTITION BY trace ORDER BY first) <= ${MAX_SPANSETS}`)}`;
  const span = sql`span`;
  const placeOf = recordValue(span, ofSpan.length);
  const values = ofSpan.map((_, n) => sql`${recordValue(span, n)} AS c${n + SPANSET_COLUMNS}`);
  const rows =
    await db.rows(sql`${ctes.with()}SELECT trace, matched, ${placeOf} = first, ${join(values, ', ')} FROM (
    SELECT trace, matched, first, ${rowsOf(sql`spans`)} AS span FROM (${listed}))
    ORDER BY trace, first, ${placeOf}`);
  const spansets: (SpansetRow & { readonly spans: SpanRow[] })[] = [];
  for (const row of rows) {
    const [trace, matched, isFirst, id, spanId, spanName, start, duration] = row as FixedColumns;
    if (isFirst)
      spansets.push({
        trace,
        matched: Number(matched),
        made: made.map(({ read, ...aggregate }) => ({ ...aggregate, value: read(row) })),
        spans: [],
      });
    if (spansPerSpanset > 0)
      spansets.at(-1)?.spans.push({
        row: id,
        spanId,
        name: spanName,
        start,
        duration,
        values: valuesOf(row, shown),
      });
  }
  return spansets;
}

function valuesOf(
  row: Row,
  readers: readonly { readonly field: FieldPlan; readonly read: MadeColumn['read'] }[],
): ReadonlyMap<FieldPlan, TypedValue> {
  const values = new Map<FieldPlan, TypedValue>();
  for (const { field, read } of readers) {
    const value = read(row);
    if (value !== undefined) values.set(field, value);
  }
  return values;
}

type FixedColumns = [bigint, bigint, boolean, bigint, string, string, bigint, bigint];

interface MadeColumn extends Omit<MadeValue, 'value'> {
  readonly read: (row: Row) => TypedValue | undefined;
}

/** The values that spansets have by `by` and aggregates since the last `coalesce`, in order of the text. */
function madeValues(
  stages: readonly StagePlan[],
  set: FoundSpansets,
  scope: Parameters<typeof compileValue>[1],
  typed: TypedColumns,
): readonly MadeColumn[] {
  const last = stages.findLastIndex(({ kind }) => kind === 'coalesce');
  return stages.slice(last + 1).flatMap((stage): readonly MadeColumn[] => {
    if (stage.kind === 'by')
      return stage.expressions.map((expression, part) => ({
        stage,
        part,
        read: typed.add(compileValue(expression, scope)),
      }));
    if (stage.kind !== 'aggregate') return [];
    const index = set.aggregates.findIndex((aggregate) => aggregate.stage === stage);
    const columns = set.aggregates[index];
    if (columns === undefined) return [];
    return namedSides(stage).map((part) => ({
      stage,
      part,
      read: typed.add(qualified(columns.sides[part]!, sql`g${index}.`)),
    }));
  });
}

/** The sides of an aggregate stage that say something of a spanset. */
function namedSides({ left, right }: { left: AggregatePlan; right: AggregatePlan }): readonly (0 | 1)[] {
  return ([0, 1] as const).filter((part) => !isConstant(part === 0 ? left : right));
}

function isConstant(plan: AggregatePlan): boolean {
  switch (plan.kind) {
    case 'constant':
      return true;
    case 'call':
      return false;
    case 'negate':
      return isConstant(plan.operand);
    case 'arithmetic':
      return isConstant(plan.left) && isConstant(plan.right);
  }
}

function qualified(value: Value, prefix: Sql): Value {
  return Object.fromEntries(partsOf(value).map((part) => [part, sql`${prefix}${value[part]!}`]));
}

/** Traces in `hits` for which an aggregate holds over no spans at all, as `count() = 0` does. */
async function spansetsWithout(
  db: Store,
  plan: SearchPlan,
  set: FoundSpansets,
  ctes: Ctes,
): Promise<readonly SpansetRow[]> {
  const [empties] = emptiesOf(set);
  if (empties === undefined) return [];
  const typed = new TypedColumns(1);
  // Where a filter left no span, or groups are joined, nothing is left of what earlier stages made.
  const last = plan.stages.findLastIndex(({ kind }) => kind === 'spanset' || kind === 'coalesce');
  const made = plan.stages.slice(last + 1).flatMap((stage) =>
    stage.kind !== 'aggregate'
      ? []
      : namedSides(stage).map((part) => ({
          stage,
          part,
          read: typed.add(overNothing(part === 0 ? stage.left : stage.right)),
        })),
  );
  const rows = await db.rows(
    sql`${ctes.with()}SELECT ${join([sql`trace`, ...typed.sql], ', ')} FROM (${empties}) ${semiJoin(HITS, { using: ['trace'] })} ORDER BY trace`,
  );
  return rows.map((row) => ({
    trace: row[0] as bigint,
    matched: 0,
    made: made.map(({ read, ...aggregate }) => ({ ...aggregate, value: read(row) })),
    spans: [],
  }));
}
