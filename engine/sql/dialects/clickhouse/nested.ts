/**
 * Tempo's blocks as relations, read where they are: ClickHouse decodes the nested columns that are named, and no others. Every span is put together
 * with its trace anew, whatever block it comes from.
 */
import type { AttributeKey, ColumnNeeds, EventColumn, LinkColumn, SpanColumn } from '../../../plan/schema.js';
import { AttributeColumns } from '../../compile/attribute-columns.js';
import { mergeFragments } from '../../relations/merge.js';
import { isOwnSql } from '../../relations/own-spans.js';
import { MAX_DURATION, MAX_START } from '../../relations/time-bounds.js';
import { type Window, windowSql } from '../../relations/window.js';
import type { Store } from '../../store/store.js';
import { EVENTS, LINKS, MERGED, NESTED, NESTED_ITEMS, RAW, SPANS, TRACES } from '../../tables.js';
import { allBut, cast, int, shiftLeft, tableAs, text, viewAs } from '../../text/operations.js';
import { concat, EMPTY, join, name, names, type Sql, sql } from '../../text/sql.js';
import { attributesSql, type NestedLeaf, type NestedScope, ODD, SCALARS } from './nested-attributes.js';
import { uncovered } from './uncovered.js';

export interface NestedBlock {
  /** A file that ClickHouse can open. */
  readonly path: string;
  readonly scopes: ReadonlyMap<AttributeKey['scope'], NestedScope>;
}

/**
 * Makes the relations of rules those of the blocks. Rejects with `Uncovered` where spans, events or links have what is not read yet: an attribute that
 * is an array or there several times, a text that is not UTF-8.
 */
export async function showNested(
  db: Store,
  blocks: readonly NestedBlock[],
  needs: ColumnNeeds,
  window: Window,
): Promise<NestedRelations> {
  if (blocks.length === 0) return uncovered('ranges without a block');
  const columns = new AttributeColumns(needs, () => SCALARS);
  const ids = blocks.map(({ path }) => sql`SELECT TraceID AS trace_id FROM ${file(path)}`);
  const numbers = sql`SELECT toInt64(row_number() OVER (ORDER BY trace_id)) AS trace, trace_id
    FROM (SELECT DISTINCT trace_id FROM (${join(ids, ' UNION ALL ')}))`;
  await db.run(tableAs(RAW.traces, numbers, REPLACE));
  // Blocks have columns of their own for other attributes: each is read by itself.
  for (const [number, block] of blocks.entries()) {
    const read = readingOf(block, needs, columns, window.withoutOwn === true);
    const first = shiftLeft(sql`${number}`, BLOCK_BITS);
    await db.run(
      tableAs(
        NESTED,
        sql`SELECT t.trace AS trace, ${first} + toInt64(row_number() OVER ()) AS row, q.* EXCEPT (nested_trace)
      FROM (${read.spans}) q JOIN ${RAW.traces} t ON t.trace_id = q.nested_trace`,
        REPLACE,
      ),
    );
    await refuseOdd(db, NESTED);
    await add(
      db,
      number,
      RAW.spans,
      sql`SELECT ${allBut([ODD, ...read.items.flatMap(({ arrays }) => arrays)])} FROM ${NESTED}`,
    );
    for (const { item, select } of read.items) {
      await db.run(tableAs(NESTED_ITEMS, select, REPLACE));
      await refuseOdd(db, NESTED_ITEMS);
      await add(db, number, RAW[item], sql`SELECT ${allBut([ODD])} FROM ${NESTED_ITEMS}`);
    }
  }
  await mergeFragments(db, needs, columns, MERGED);
  await showWindow(db, needs, window);
  const [row] = await db.rows(sql`SELECT count(*), min(start_ns), max(start_ns) FROM ${TRACES}`);
  const [traces, firstStart, lastStart] = row as readonly [bigint, bigint | null, bigint | null];
  return {
    columns,
    traces: Number(traces),
    ...(firstStart === null ? {} : { firstStart }),
    ...(lastStart === null ? {} : { lastStart }),
  };
}

/** What the relations hold; times are absent where there is no trace. */
interface NestedRelations {
  readonly columns: AttributeColumns;
  readonly traces: number;
  readonly firstStart?: bigint;
  readonly lastStart?: bigint;
}

const REPLACE = { replace: true } as const;
/** Of the number of a row, those below the number of its block. */
const BLOCK_BITS = 40;

async function add(db: Store, number: number, table: Sql, select: Sql): Promise<void> {
  await db.run(number === 0 ? tableAs(table, select, REPLACE) : sql`INSERT INTO ${table} ${select}`);
}

async function refuseOdd(db: Store, table: Sql): Promise<void> {
  const [counts] = await db.rows(sql`SELECT count(*) FROM ${table} WHERE ${name(ODD)} > 0`);
  if (Number(counts?.[0]) > 0)
    uncovered('attributes that are arrays or there several times, and texts that are not UTF-8,');
}

async function showWindow(db: Store, needs: ColumnNeeds, window: Window): Promise<void> {
  const condition = windowSql(window);
  const where = condition === undefined ? EMPTY : sql` WHERE ${condition}`;
  const inWindow =
    condition === undefined ? EMPTY : sql` WHERE trace IN (SELECT trace FROM ${MERGED.traces}${where})`;
  const shown = [
    [TRACES, sql`SELECT * FROM ${MERGED.traces}${where}`],
    [SPANS, sql`SELECT * FROM ${MERGED.spans}${inWindow}`],
    ...(needs.events ? [[EVENTS, sql`SELECT * FROM ${MERGED.events}`] as const] : []),
    ...(needs.links ? [[LINKS, sql`SELECT * FROM ${MERGED.links}`] as const] : []),
  ] as const;
  for (const [view, select] of shown) await db.run(viewAs(view, select));
}

function file(path: string): Sql {
  return sql`file(${text(path)}, Parquet)`;
}

// ------------------------------------------------------------------------------------------------------- one block

interface Reading {
  /** A SELECT of spans: `nested_trace`, the columns of the needs, `odd`, and the arrays of items. */
  readonly spans: Sql;
  readonly items: readonly {
    readonly item: 'events' | 'links';
    readonly arrays: readonly string[];
    /** Of `NESTED`: a row for each item. */
    readonly select: Sql;
  }[];
}

function readingOf(
  { path, scopes }: NestedBlock,
  needs: ColumnNeeds,
  columns: AttributeColumns,
  withoutOwn: boolean,
): Reading {
  const leaves = new SpanLeaves();
  const called = leaves.at({ path: 'rs.ss.Spans.Name', depth: 3 });
  const fixed = [...new Set([...ALWAYS, ...needs.spans])].map(
    (column) => sql`${spanColumn(column, leaves)} AS ${name(column)}`,
  );
  const attributes = attributesSql(needs.spanAttributes, scopes, columns, (leaf) => leaves.at(leaf), called);
  const items = (['events', 'links'] as const).flatMap((item) => {
    const needed = needs[item];
    if (needed === undefined) return [];
    const own = new ItemLeaves(item, leaves);
    const refer = (leaf: NestedLeaf): Sql => own.at(leaf);
    const direct = needed.columns.map((column) => sql`${itemColumn(column, refer)} AS ${name(column)}`);
    const scope = item === 'events' ? 'event' : 'link';
    const keys = needed.attributes.map((key) => ({ scope, key }) as const);
    const found = attributesSql(keys, scopes, columns, refer);
    // What says how many there are.
    own.at({ path: `rs.ss.Spans.${item === 'events' ? 'Events.Name' : 'Links.TraceID'}`, depth: 4 });
    return [{ item, own, selected: [...direct, ...found] }];
  });
  const arrays = items.flatMap(({ own }) => own.selected());
  const where = withoutOwn ? sql` WHERE NOT ${isOwnSql(called)}` : EMPTY;
  return {
    spans: sql`SELECT TraceID AS nested_trace, ${join([...fixed, ...attributes, ...arrays], ', ')}
FROM ${file(path)}${leaves.joins()}${where}`,
    items: items.map(({ item, own, selected }) => ({
      item,
      arrays: own.names(),
      select: sql`SELECT row, toInt64(place) - 1 AS position, ${join(selected, ', ')} FROM ${NESTED}${own.joins()}`,
    })),
  };
}

/** What spans are put together by. */
const ALWAYS = [
  'span_id',
  'parent_id',
  'name',
  'kind',
  'start_ns',
  'duration_ns',
] as const satisfies readonly SpanColumn[];

/** The columns of a block that are read, taken out of the lists around spans: all lists of a level at once, as they are of one length. */
class SpanLeaves {
  private readonly all = new Map<string, { readonly index: number; readonly leaf: NestedLeaf }>();

  /** What a leaf is called in a row for each span. */
  at(leaf: NestedLeaf): Sql {
    const known = this.all.get(leaf.path) ?? { index: this.all.size, leaf };
    this.all.set(leaf.path, known);
    return alias(known.index, Math.min(leaf.depth, LEVELS));
  }

  joins(): Sql {
    const levels = Array.from({ length: LEVELS }, (_, n) => {
      const taken = [...this.all.values()].filter(({ leaf }) => leaf.depth > n);
      const arrays = taken.map(({ index, leaf }) => {
        const from = n === 0 ? pathSql(leaf.path) : alias(index, n);
        return sql`${from} AS ${alias(index, n + 1)}`;
      });
      return sql` ARRAY JOIN ${join(arrays, ', ')}`;
    });
    return concat(levels);
  }
}

/** Resource spans, scope spans, spans. */
const LEVELS = 3;

/** Those of events or links, which a span has as arrays. */
class ItemLeaves {
  private readonly all = new Map<string, NestedLeaf>();

  constructor(
    private readonly item: string,
    private readonly spans: SpanLeaves,
  ) {}

  at(leaf: NestedLeaf): Sql {
    this.all.set(leaf.path, leaf);
    return name(`own_${this.arrayOf(leaf.path)}`);
  }

  names(): readonly string[] {
    return [...this.all.keys()].map((path) => this.arrayOf(path));
  }

  selected(): readonly Sql[] {
    return [...this.all.values()].map(
      (leaf) => sql`${this.spans.at(leaf)} AS ${name(this.arrayOf(leaf.path))}`,
    );
  }

  joins(): Sql {
    const arrays = names(this.names());
    const taken = this.names().map((array) => sql`${name(array)} AS ${name(`own_${array}`)}`);
    return sql` ARRAY JOIN ${join([...taken, sql`arrayEnumerate(${arrays[0] ?? EMPTY}) AS place`], ', ')}`;
  }

  private arrayOf(path: string): string {
    return `${this.item}_${path.replaceAll('.', '_')}`;
  }
}

function alias(index: number, level: number): Sql {
  return sql`leaf_${index}_${level}`;
}

function pathSql(path: string): Sql {
  return concat(path.split('.').flatMap((part, n) => (n === 0 ? [name(part)] : [sql`.`, name(part)])));
}

function spanColumn(column: SpanColumn, leaves: SpanLeaves): Sql {
  const span = (leaf: string): Sql => leaves.at({ path: `rs.ss.Spans.${leaf}`, depth: 3 });
  const scope = (leaf: string): Sql => leaves.at({ path: `rs.ss.Scope.${leaf}`, depth: 2 });
  switch (column) {
    case 'span_id':
      return span('SpanID');
    case 'parent_id':
      return span('ParentSpanID');
    case 'name':
      return span('Name');
    case 'kind':
      return span('Kind');
    case 'status':
      return span('StatusCode');
    case 'status_message':
      return span('StatusMessage');
    case 'start_ns':
      return clamped(span('StartTimeUnixNano'), MAX_START);
    case 'duration_ns':
      return clamped(span('DurationNano'), MAX_DURATION);
    case 'nested_left':
    case 'nested_right':
    case 'nested_parent':
      // Computed when fragments are merged.
      return cast(sql`0`, 'int32');
    case 'scope_name':
      return scope('Name');
    case 'scope_version':
      return scope('Version');
  }
}

function itemColumn(column: EventColumn | LinkColumn, refer: (leaf: NestedLeaf) => Sql): Sql {
  const leaf = (path: string): Sql => refer({ path: `rs.ss.Spans.${path}`, depth: 4 });
  switch (column) {
    case 'name':
      return leaf('Events.Name');
    case 'time_since_start_ns':
      return sql`toInt64(${leaf('Events.TimeSinceStartNano')})`;
    case 'trace_id':
      return leaf('Links.TraceID');
    case 'span_id':
      return leaf('Links.SpanID');
  }
}

/** Of a UInt64: what is no signed number is before 1970 (`time-bounds.ts`). */
function clamped(time: Sql, most: bigint): Sql {
  return sql`if(bitTest(${time}, 63) = 1, ${int(0n)}, toInt64(least(${time}, toUInt64(${int(most)}))))`;
}
