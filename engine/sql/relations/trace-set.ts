import { type ColumnNeeds, nestedColumns, SPAN_COLUMNS } from '../../plan/schema.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import { dropTables } from '../store/drop-tables.js';
import type { Store } from '../store/store.js';
import { ONLY_TRACES, RAW, type SetTables, SHARED, setTables } from '../tables.js';
import {
  allBut,
  allReplacing,
  allZeros,
  anyTrue,
  cast,
  emptyTable,
  filtered,
  hash,
  int,
  materialized,
  semiJoin,
  tableAs,
  text,
  viewAs,
} from '../text/operations.js';
import { EMPTY, join, NULL, name, type Sql, sql } from '../text/sql.js';
import { type BlockSelects, BlockViews, MOST_NEAR, traceKeyOf } from './block-views.js';
import type { SpanCounts } from './count.js';
import type { FlatBlock } from './flat.js';
import { childOfSql, mergeFragments } from './merge.js';
import { isOwnSql } from './own-spans.js';
import type { Unit } from './units.js';
import type { TraceBounds } from './window.js';

const REPLACE = { replace: true } as const;

export interface SetOptions {
  readonly withoutOwn: boolean;
  /** Tells it from the other sets in the database. */
  readonly number: number;
  /**
   * Makes a table of a SELECT of all rows of traces as they are stored, or knows one that was made of it; undefined where there are too many
   * to be held in memory. Every question asks for some of them.
   */
  readonly hold?: (rows: Sql) => Promise<Sql | undefined>;
  /** The traces of the set, by the ids of blocks: the numbers of their rows. Default: all of the blocks. */
  readonly only?: ReadonlyMap<string, readonly number[]>;
}

interface SetFacts {
  /** Rows of traces in all blocks; of them those that do not stand for a whole trace by themselves, and the traces that those make up. */
  readonly rows: number;
  readonly fragments: number;
  readonly merged: number;
  /** Rows that are not used as they are stored. */
  readonly leftOut: number;
  /** Whether there are spans that have to be left out. */
  readonly hasOwn: boolean;
  /** Of all traces; undefined where there are none. */
  readonly bounds: TraceBounds | undefined;
}

/**
 * What is found out about the traces of a set of blocks, whatever the window of a run: which lie whole in one place, and the others put
 * together. It is kept from run to run.
 *
 * Nearly every trace is one row of one block and is used as Tempo stored it. The few that are not (rows in several blocks,
 * several roots, spans that share an id, spans that no root leads to) are found first and put together apart.
 */
export class TraceSet {
  private share: Unit['merged'];
  /** What was counted of units of it, by what its keeper knows them by. */
  readonly counted = new Map<string, SpanCounts>();
  /** Spans of the traces that were put together last. */
  mergedSpans = 0;

  private constructor(
    readonly db: Store,
    readonly blocks: readonly FlatBlock[],
    readonly needs: ColumnNeeds,
    readonly views: BlockViews,
    readonly tables: SetTables,
    /** A table with all rows of traces as they are stored; undefined where they are read from the files each time. */
    readonly held: Sql | undefined,
    readonly facts: SetFacts,
  ) {}

  static async open(
    db: Store,
    blocks: readonly FlatBlock[],
    needs: ColumnNeeds,
    { withoutOwn, number, hold, only }: SetOptions,
  ): Promise<TraceSet> {
    if (only !== undefined) await makeOnly(db, blocks, only);
    const views = await BlockViews.open(db, blocks, needs, only && ONLY_TRACES);
    const tables = setTables(number);
    if (blocks.length === 0) return new TraceSet(db, blocks, needs, views, tables, undefined, NOTHING);
    const all = views.of(0, blocks.length - 1);
    const hasOwn = withoutOwn && (await findOwn(db, all.spans(), tables));
    const held = await hold?.(all.traces());
    const stored = held === undefined ? all.traces() : sql`SELECT * FROM ${held}`;
    const others = hasOwn ? othersSql(stored, tables) : stored;
    const misplaced = await findMisplaced(db, all, needs, views.columns, tables);
    await db.run(viewAs(tables.traces, misplaced ? withMisplacedSql(others, tables) : others));
    await findFragments(db, tables);
    const { fragments, leftOut } = tables;
    if (hasOwn) {
      const own = sql`SELECT trace FROM ${tables.own} WHERE others = 0`;
      await db.run(tableAs(leftOut, sql`SELECT trace FROM ${fragments} UNION ${own}`, REPLACE));
    } else await db.run(viewAs(leftOut, sql`SELECT trace FROM ${fragments}`));
    const [row] = await db.rows(sql`SELECT count(*), min(start_ns), max(start_ns), min(end_ns),
      (SELECT count(*) FROM ${fragments}), (SELECT count(DISTINCT merged) FROM ${fragments}), (SELECT count(*) FROM ${leftOut}) FROM ${tables.traces}`);
    const [rows, firstStart, lastStart, firstEnd, fragmentRows, merged, leftOutRows] =
      row as unknown as FactsRow;
    return new TraceSet(db, blocks, needs, views, tables, held, {
      rows: Number(rows),
      fragments: Number(fragmentRows),
      merged: Number(merged),
      leftOut: Number(leftOutRows),
      hasOwn,
      bounds:
        firstStart === null || lastStart === null || firstEnd === null
          ? undefined
          : { firstStart, lastStart, firstEnd },
    });
  }

  /** The columns that attributes have in every unit. */
  get columns(): AttributeColumns {
    return this.views.columns;
  }

  /** A SELECT of rows of traces as they are stored, of the blocks from number `first` to `last`. */
  stored(first: number, last: number): Sql {
    const all = sql`SELECT ${allBut(['irregular'])} FROM`;
    if (this.held === undefined) return sql`${all} (${this.views.of(first, last).traces()})`;
    const range =
      first === 0 && last === this.blocks.length - 1
        ? EMPTY
        : sql` WHERE trace >= ${int(traceKeyOf(first, 0))} AND trace < ${int(traceKeyOf(last + 1, 0))}`;
    return sql`${all} ${this.held}${range}`;
  }

  /** The tables and views in the database that are this set. */
  names(): readonly Sql[] {
    const { merged, ...others } = this.tables;
    return [...Object.values(others), ...Object.values(merged)];
  }

  /** Makes the tables `merged` have the traces of a share, whatever the window, unless they have. */
  async merge(share: NonNullable<Unit['merged']>): Promise<void> {
    if (this.share?.share === share.share && this.share.of === share.of) return;
    this.share = undefined;
    const { db, needs, tables } = this;
    const selects = this.views.of(0, this.blocks.length - 1);
    await db.run(
      tableAs(
        SHARED,
        sql`SELECT trace, trace_id, merged FROM ${tables.fragments} WHERE ${hash(sql`merged`)} % ${share.of} = ${share.share}`,
        REPLACE,
      ),
    );
    const near =
      this.facts.fragments > MOST_NEAR ? undefined : await db.rows(sql`SELECT trace FROM ${SHARED}`);
    // Numbers of nested sets are computed anew: those of the blocks are not even read.
    const nested = nestedColumns(needs).map((column) => [cast(NULL, SPAN_COLUMNS[column]), column] as const);
    const ids = ['span_id', 'parent_id'].map(
      (column) => [withoutZeroId(sql`s.${name(column)}`), column] as const,
    );
    const own = this.facts.hasOwn ? sql` WHERE NOT ${isOwnSql(sql`s.name`)}` : EMPTY;
    const spans = selects.spans(near?.map(([key]) => key as bigint));
    const raw = allReplacing(sql`s`, [[sql`f.merged`, 'trace'], ...ids, ...nested], ['is_root', 'sharing']);
    await db.run(
      tableAs(
        RAW.spans,
        sql`SELECT ${raw} FROM (${spans}) s JOIN ${SHARED} f ON f.trace = s.trace${own}`,
        REPLACE,
      ),
    );
    await db.run(tableAs(RAW.traces, sql`SELECT merged AS trace, trace_id FROM ${SHARED}`, REPLACE));
    for (const item of ['events', 'links'] as const)
      if (needs[item])
        await db.run(
          tableAs(
            RAW[item],
            sql`SELECT i.* FROM (${selects[item]()}) i ${semiJoin(RAW.spans, { using: ['row'] })}`,
            REPLACE,
          ),
        );
    await mergeFragments(db, needs, this.columns, tables.merged);
    await dropTables(db, Object.values(RAW));
    const [count] = await db.rows(sql`SELECT count(*) FROM ${tables.merged.spans}`);
    this.mergedSpans = Number(count![0]);
    this.share = share;
  }
}

/** Makes `ONLY_TRACES`. */
async function makeOnly(
  db: Store,
  blocks: readonly FlatBlock[],
  only: ReadonlyMap<string, readonly number[]>,
): Promise<void> {
  await db.run(emptyTable(ONLY_TRACES, [['trace', 'int64']], REPLACE));
  const appender = await db.append(ONLY_TRACES, ['int64']);
  for (const [number, { blockId }] of blocks.entries())
    for (const row of only.get(blockId) ?? []) appender.add([traceKeyOf(number, row)]);
  appender.close();
}

type FactsRow = readonly [bigint, bigint | null, bigint | null, bigint | null, bigint, bigint, bigint];

const NOTHING: SetFacts = {
  rows: 0,
  fragments: 0,
  merged: 0,
  leftOut: 0,
  hasOwn: false,
  bounds: undefined,
};

/**
 * Makes `fragments`: rows that do not stand for a whole trace by themselves; `merged` is the key of the trace they make up. Hashes find the
 * few candidates faster than ids do; the ids then decide.
 */
async function findFragments(db: Store, { traces, fragments }: SetTables): Promise<void> {
  const several = sql`HAVING count(*) > 1 OR ${anyTrue(sql`irregular`)}`;
  await db.run(
    tableAs(
      fragments,
      sql`WITH candidates AS (SELECT ${hash(sql`trace_id`)} AS h FROM ${traces} GROUP BY h ${several}),
      suspects AS ${materialized()} (SELECT trace, trace_id, irregular, start_ns, end_ns FROM ${traces} ${semiJoin(sql`candidates`, { on: sql`h = ${hash(sql`trace_id`)}` })})
    SELECT s.trace, trace_id, m.merged, start_ns, end_ns FROM suspects s
    JOIN (SELECT trace_id, min(trace) AS merged FROM suspects GROUP BY trace_id ${several}) m USING (trace_id)`,
      REPLACE,
    ),
  );
}

/**
 * Whether any of `spans` was written by BeTrace. Then makes `own`: the traces with such, and how many `others` each has.
 */
async function findOwn(db: Store, spans: Sql, { own: table }: SetTables): Promise<boolean> {
  const own = isOwnSql(sql`name`);
  const [count] = await db.rows(sql`SELECT count(*) FROM (${spans}) WHERE ${own}`);
  if (count![0] === 0n) return false;
  const having = semiJoin(sql`(SELECT trace FROM (${spans}) WHERE ${own})`, { using: ['trace'] });
  const others = filtered(sql`count(*)`, sql`NOT ${own}`);
  await db.run(
    tableAs(
      table,
      sql`SELECT trace, ${others} AS others
    FROM (${spans}) ${having} GROUP BY trace`,
      REPLACE,
    ),
  );
  return true;
}

/** Of `traces` those with a span that is not our own; one that has both has to be put together without those. */
function othersSql(traces: Sql, { own }: SetTables): Sql {
  return sql`SELECT ${allReplacing(sql`t`, [[sql`irregular OR own.trace IS NOT NULL`, 'irregular']])} FROM (${traces}) t
    LEFT JOIN ${own} own USING (trace) WHERE coalesce(own.others, 1) > 0`;
}

/**
 * Whether there are traces that lie whole in one row, where Tempo saw another tree than we do: with spans that no root leads to, which
 * it does not number, or with a root whose link says that it has a parent. As far as the columns of the run show it; then makes
 * `misplaced`, which has them.
 */
async function findMisplaced(
  db: Store,
  all: BlockSelects,
  needs: ColumnNeeds,
  columns: AttributeColumns,
  { misplaced }: SetTables,
): Promise<boolean> {
  const [nested] = nestedColumns(needs);
  const childOf = childOfSql(needs, columns, {
    links: needs.links === undefined ? EMPTY : sql`(${all.links()})`,
    spans: sql`(${all.spans()})`,
    traces: sql`(${all.traces()})`,
  });
  const selects = [
    ...(nested === undefined ? [] : [sql`SELECT trace FROM (${all.spans()}) WHERE ${name(nested)} = 0`]),
    ...(childOf === undefined
      ? []
      : [sql`SELECT trace FROM (${all.spans()}) WHERE is_root AND row IN (${childOf})`]),
  ];
  if (selects.length === 0) return false;
  await db.run(tableAs(misplaced, join(selects, ' UNION '), REPLACE));
  const [count] = await db.rows(sql`SELECT count(*) FROM ${misplaced}`);
  return count![0] !== 0n;
}

function withMisplacedSql(traces: Sql, { misplaced }: SetTables): Sql {
  return sql`SELECT ${allReplacing(sql`t`, [[sql`irregular OR trace IN (SELECT * FROM ${misplaced})`, 'irregular']])} FROM (${traces}) t`;
}

/** Ids of zeros are no ids. */
function withoutZeroId(id: Sql): Sql {
  return sql`CASE WHEN ${allZeros(id)} THEN ${cast(text(''), 'bytes')} ELSE ${id} END`;
}
