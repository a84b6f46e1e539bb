/**
 * Tempo's blocks as relations, read where they are: ClickHouse decodes the nested columns that are named, and no others. Every span is put together
 * with its trace anew, whatever block it comes from.
 */
import type { AttributeColumn, AttributeKey, ColumnNeeds } from '../../../plan/schema.js';
import { AttributeColumns, attributesOf } from '../../compile/attribute-columns.js';
import { mergeFragments } from '../../relations/merge.js';
import { isOwnSql } from '../../relations/own-spans.js';
import { type Window, windowSql } from '../../relations/window.js';
import type { Store } from '../../store/store.js';
import { EVENTS, LINKS, MERGED, NESTED, NESTED_ITEMS, RAW, SPANS, TRACES } from '../../tables.js';
import { allBut, fromHex, shiftLeft, tableAs, viewAs } from '../../text/operations.js';
import { EMPTY, join, name, type Sql, sql } from '../../text/sql.js';
import {
  ALL_COLUMNS,
  attributesSql,
  type NestedLeaf,
  type NestedScope,
  ODD,
  PLAIN_COLUMNS,
} from './nested-attributes.js';
import { makeEmpty } from './nested-empty.js';
import { fileSql, type NestedFile } from './nested-file.js';
import { PROTOBUF, TOO_MANY_FIELDS } from './nested-protobuf.js';
import { ALWAYS, ItemLeaves, itemColumn, SpanLeaves, spanColumn } from './nested-span.js';
import { repairTexts } from './repair-texts.js';
import { uncovered } from './uncovered.js';

export interface NestedBlock {
  /** Its rows are numbered from it on. No two blocks have the same. */
  readonly number: number;
  readonly file: NestedFile;
  /** Of the traces that are wanted: the least id, and the one that all are below; 32 hex digits each. */
  readonly ids?: { readonly from?: string; readonly to?: string };
  readonly scopes: ReadonlyMap<AttributeKey['scope'], NestedScope>;
  /** Whether it has them as vParquet3 does. */
  readonly messages: { readonly events: boolean; readonly links: boolean };
}

/** Makes the relations of rules those of the blocks. Rejects with `Uncovered` where too many texts are not UTF-8, or messages have too many fields. */
export async function showNested(
  db: Store,
  blocks: readonly NestedBlock[],
  needs: ColumnNeeds,
  window: Window,
): Promise<NestedRelations> {
  // Arrays and keys that are there several times are rare, and to look for them takes some times as long.
  const plain = new AttributeColumns(needs, () => PLAIN_COLUMNS);
  const odd = await readBlocks(db, blocks, needs, plain, window).catch(refuse);
  const all =
    odd.size === 0
      ? plain
      : new AttributeColumns(needs, (attribute) =>
          odd.has(plain.column(attribute, 's')) ? ALL_COLUMNS : PLAIN_COLUMNS,
        );
  if (odd.size > 0) await readBlocks(db, blocks, needs, all, window).catch(refuse);
  await repairTexts(db, needs, all);
  const columns = await occurring(db, needs, all);
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

/** Fills the tables that traces are put together from. Gives the attributes that have other values than these columns, by their column of texts. */
async function readBlocks(
  db: Store,
  blocks: readonly NestedBlock[],
  needs: ColumnNeeds,
  columns: AttributeColumns,
  window: Window,
): Promise<ReadonlySet<string>> {
  const odd = new Set<string>();
  if (blocks.length === 0) {
    await makeEmpty(db, needs, columns);
    return odd;
  }
  const addOdd = async (table: Sql, attributes: readonly AttributeKey[]): Promise<void> => {
    for (const attribute of await oddIn(db, table, attributes)) odd.add(columns.column(attribute, 's'));
  };
  const ids = blocks.map(
    (block) => sql`SELECT TraceID AS trace_id FROM ${fileSql(block.file)}${whereSql(block)}`,
  );
  const numbers = sql`SELECT toInt64(row_number() OVER (ORDER BY trace_id)) AS trace, trace_id
    FROM (SELECT DISTINCT trace_id FROM (${join(ids, ' UNION ALL ')}))`;
  await db.run(tableAs(RAW.traces, numbers, REPLACE));
  // Blocks have columns of their own for other attributes: each is read by itself.
  for (const [place, block] of blocks.entries()) {
    const read = readingOf(block, needs, columns, window.withoutOwn === true);
    const first = shiftLeft(sql`${block.number}`, BLOCK_BITS);
    await db.run(
      tableAs(
        NESTED,
        sql`SELECT t.trace AS trace, ${first} + toInt64(row_number() OVER ()) AS row, q.* EXCEPT (nested_trace)
      FROM (${read.spans}) q JOIN ${RAW.traces} t ON t.trace_id = q.nested_trace`,
        REPLACE,
      ),
    );
    await addOdd(NESTED, needs.spanAttributes);
    await add(
      db,
      place,
      RAW.spans,
      sql`SELECT ${allBut([ODD, ...read.items.flatMap(({ arrays }) => arrays)])} FROM ${NESTED}`,
    );
    for (const { item, attributes, select } of read.items) {
      await db.run(tableAs(NESTED_ITEMS, select, REPLACE));
      await addOdd(NESTED_ITEMS, attributes);
      await add(db, place, RAW[item], sql`SELECT ${allBut([ODD])} FROM ${NESTED_ITEMS}`);
    }
  }
  return odd;
}

function refuse(error: unknown): never {
  if (error instanceof Error && error.message.includes(TOO_MANY_FIELDS)) return uncovered(TOO_MANY_FIELDS);
  throw error;
}

/** Only the columns of attributes in which some row has a value: the fewer there are, the less there is to plan. */
async function occurring(db: Store, needs: ColumnNeeds, all: AttributeColumns): Promise<AttributeColumns> {
  const found = new Map<string, AttributeColumn[]>();
  for (const [table, scopes] of [
    [RAW.spans, ['span', 'resource', 'instrumentation']],
    [RAW.events, ['event']],
    [RAW.links, ['link']],
  ] as const) {
    const stored = attributesOf(needs)
      .filter(({ scope }) => scopes.some((other) => other === scope))
      .flatMap((attribute) => all.columnsFor(attribute).map((column) => ({ attribute, column })));
    if (stored.length === 0) continue;
    const counts = stored.map(
      ({ attribute, column }) => sql`countIf(isNotNull(${name(all.column(attribute, column))}))`,
    );
    const [row] = await db.rows(sql`SELECT ${join(counts, ', ')} FROM ${table}`);
    for (const [place, { attribute, column }] of stored.entries()) {
      const key = all.column(attribute, 's');
      if (Number(row?.[place]) > 0) found.set(key, [...(found.get(key) ?? []), column]);
    }
  }
  return new AttributeColumns(needs, (attribute) => found.get(all.column(attribute, 's')) ?? []);
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

async function add(db: Store, place: number, table: Sql, select: Sql): Promise<void> {
  await db.run(place === 0 ? tableAs(table, select, REPLACE) : sql`INSERT INTO ${table} ${select}`);
}

/** Those that have values which no column has. */
async function oddIn(
  db: Store,
  table: Sql,
  attributes: readonly AttributeKey[],
): Promise<readonly AttributeKey[]> {
  const [row] = await db.rows(sql`SELECT sumForEach(${name(ODD)}) FROM ${table}`);
  const [values] = row as unknown as readonly [readonly bigint[] | null];
  return attributes.filter((_, place) => (values?.[place] ?? 0n) > 0n);
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

/** A WHERE clause for the traces of a block that are wanted; statistics of row groups and pages tell which of them to read. */
function whereSql({ ids = {} }: NestedBlock, conditions: readonly Sql[] = []): Sql {
  const bounds = [
    ...(ids.from === undefined ? [] : [sql`TraceID >= ${fromHex(ids.from)}`]),
    ...(ids.to === undefined ? [] : [sql`TraceID < ${fromHex(ids.to)}`]),
    ...conditions,
  ];
  return bounds.length === 0 ? EMPTY : sql` WHERE ${join(bounds, ' AND ')}`;
}

// ------------------------------------------------------------------------------------------------------- one block

interface Reading {
  /** A SELECT of spans: `nested_trace`, the columns of the needs, `odd`, and the arrays of items. */
  readonly spans: Sql;
  readonly items: readonly {
    readonly item: 'events' | 'links';
    readonly attributes: readonly AttributeKey[];
    readonly arrays: readonly string[];
    /** Of `NESTED`: a row for each item. */
    readonly select: Sql;
  }[];
}

function readingOf(
  block: NestedBlock,
  needs: ColumnNeeds,
  columns: AttributeColumns,
  withoutOwn: boolean,
): Reading {
  const { scopes } = block;
  const leaves = new SpanLeaves();
  const called = leaves.at({ path: 'rs.ss.Spans.Name', depth: 3 });
  const fixed = [...new Set([...ALWAYS, ...needs.spans])].map(
    (column) => sql`${spanColumn(column, leaves)} AS ${name(column)}`,
  );
  const attributes = attributesSql(needs.spanAttributes, scopes, columns, (leaf) => leaves.at(leaf));
  const items = (['events', 'links'] as const).flatMap((item) => {
    const needed = needs[item];
    if (needed === undefined) return [];
    const own = new ItemLeaves(item, leaves, block.messages[item]);
    const refer = (leaf: NestedLeaf): Sql => own.at(leaf);
    const direct = needed.columns.map((column) => sql`${itemColumn(column, refer)} AS ${name(column)}`);
    const scope = item === 'events' ? 'event' : 'link';
    const keys = needed.attributes.map((key) => ({ scope, key }) as const);
    const found = attributesSql(keys, scopes, columns, refer);
    // What says how many there are.
    own.at({ path: `rs.ss.Spans.${item === 'events' ? 'Events.Name' : 'Links.TraceID'}`, depth: 4 });
    return [{ item, keys, own, found, selected: [...direct, ...found.selected] }];
  });
  const arrays = items.flatMap(({ own }) => own.selected());
  const where = whereSql(block, withoutOwn ? [sql`NOT ${isOwnSql(called)}`] : []);
  const functions = needs.links && block.messages.links ? PROTOBUF : [];
  return {
    spans: sql`${withSql([...functions, ...attributes.definitions])}SELECT TraceID AS nested_trace, ${join([...fixed, ...attributes.selected, ...arrays], ', ')}
FROM ${fileSql(block.file)}${leaves.joins()}${where}`,
    items: items.map(({ item, keys, own, selected, found: { definitions, decoded } }) => ({
      item,
      attributes: keys,
      arrays: own.names(),
      select: sql`${withSql(definitions)}SELECT row, toInt64(place) - 1 AS position, ${join(selected, ', ')} FROM ${eachItem(own, decoded)}`,
    })),
  };
}

/** A row for each item, with what is decoded of it. */
function eachItem(own: ItemLeaves, decoded: readonly Sql[]): Sql {
  if (decoded.length === 0) return sql`${NESTED}${own.joins()}`;
  const columns = join([sql`row`, ...own.columns(), ...decoded], ', ');
  return sql`(${withSql(PROTOBUF)}SELECT ${columns} FROM ${NESTED}${own.joins()})`;
}

function withSql(definitions: readonly Sql[]): Sql {
  return definitions.length === 0 ? EMPTY : sql`WITH ${join(definitions, ', ')} `;
}
