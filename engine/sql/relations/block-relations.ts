import { type ColumnNeeds, nestedColumns, SPAN_COLUMNS } from '../../plan/schema.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import { dropTables } from '../store/drop-tables.js';
import type { Store } from '../store/store.js';
import {
  ALL_TRACES,
  EVENTS,
  EXCLUDED,
  FRAGMENTS,
  LINKS,
  MERGED,
  MISPLACED,
  OWN_TRACES,
  RAW,
  SHARED,
  SPANS,
  TRACES,
} from '../tables.js';
import {
  allBut,
  allReplacing,
  allZeros,
  antiJoin,
  anyTrue,
  cast,
  filtered,
  hash,
  int,
  materialized,
  semiJoin,
  tableAs,
  text,
  unionByName,
  viewAs,
} from '../text/operations.js';
import { EMPTY, join, NULL, name, type Sql, sql } from '../text/sql.js';
import { type BlockSelects, BlockViews, MOST_NEAR, traceKeyOf } from './block-views.js';
import type { FlatBlock } from './flat.js';
import { childOfSql, mergeFragments } from './merge.js';
import { isOwnSql } from './own-spans.js';

/** Nanoseconds since the Unix epoch. */
export interface Window {
  /** Inclusive. */
  readonly fromNs?: bigint;
  /** Exclusive. */
  readonly toNs?: bigint;
  /**
   * Which traces belong to it: those that start in it (the default, where each trace belongs to one window of several), or
   * all that are going on in it, which is Tempo's rule for a search: start < `toNs` and end >= `fromNs`.
   */
  readonly holds?: 'starts' | 'overlaps';
  /** Whether spans that BeTrace wrote itself are left out, and traces of nothing else: rules are not about them. */
  readonly withoutOwn?: boolean;
}

/** A share of the work small enough for memory. Every trace is in exactly one unit. */
export interface Unit {
  /** Traces that lie whole in one row of one block: of consecutive blocks, or of a part of one. */
  readonly whole?: {
    readonly first: number;
    readonly last: number;
    readonly part?: { readonly from: number; readonly to: number };
  };
  /** One of `of` shares of the traces that have to be merged, over all blocks. */
  readonly merged?: { readonly share: number; readonly of: number };
  readonly spans: number;
}

/**
 * The relations of a run over stored blocks.
 *
 * Nearly every trace is one row of one block and is used as Tempo stored it. The few that are not (rows in several blocks,
 * several roots, spans that share an id, spans that no root leads to) are found first and put together apart.
 */
export class BlockRelations {
  private shown: Unit | undefined;

  private constructor(
    private readonly db: Store,
    private readonly blocks: readonly FlatBlock[],
    private readonly needs: ColumnNeeds,
    private readonly window: Window,
    private readonly views: BlockViews,
    private readonly counts: TraceCounts,
  ) {}

  static async open(
    db: Store,
    blocks: readonly FlatBlock[],
    needs: ColumnNeeds,
    window: Window,
  ): Promise<BlockRelations> {
    const views = await BlockViews.open(db, blocks, needs);
    if (blocks.length === 0) return new BlockRelations(db, blocks, needs, window, views, NO_TRACES);
    const all = views.of(0, blocks.length - 1);
    const hasOwn = window.withoutOwn === true && (await findOwn(db, all.spans()));
    const others = hasOwn ? othersSql(all.traces()) : all.traces();
    const stored = (await findMisplaced(db, all, needs, views.columns)) ? withMisplacedSql(others) : others;
    await db.run(viewAs(ALL_TRACES, stored));
    // `fragments`: rows that do not stand for a whole trace by themselves; `merged` is the key of the trace they make up.
    // Hashes find the few candidates faster than ids do; the ids then decide.
    await db.run(
      tableAs(
        FRAGMENTS,
        sql`WITH candidates AS (SELECT ${hash(sql`trace_id`)} AS h FROM ${ALL_TRACES} GROUP BY h HAVING count(*) > 1 OR ${anyTrue(sql`irregular`)}),
        suspects AS ${materialized()} (SELECT trace, trace_id, irregular FROM ${ALL_TRACES} ${semiJoin(sql`candidates`, { on: sql`h = ${hash(sql`trace_id`)}` })})
      SELECT s.trace, trace_id, m.merged FROM suspects s
      JOIN (SELECT trace_id, min(trace) AS merged FROM suspects GROUP BY trace_id HAVING count(*) > 1 OR ${anyTrue(sql`irregular`)}) m USING (trace_id)`,
        REPLACE,
      ),
    );
    const inWindow = windowSql(window);
    const excludedRows = [
      sql`SELECT trace FROM ${FRAGMENTS}`,
      ...(hasOwn ? [sql`SELECT trace FROM ${OWN_TRACES} WHERE others = 0`] : []),
      ...(inWindow === undefined ? [] : [sql`SELECT trace FROM ${ALL_TRACES} WHERE NOT (${inWindow})`]),
    ];
    await db.run(tableAs(EXCLUDED, join(excludedRows, ' UNION '), REPLACE));
    // Without a window every trace counts, and its fragments need not be put together to know.
    const starts =
      inWindow === undefined
        ? sql`SELECT count(*) - (SELECT count(*) - count(DISTINCT merged) FROM ${FRAGMENTS}) AS n, min(start_ns), max(start_ns) FROM ${ALL_TRACES}`
        : sql`SELECT count(*) AS n, min(start_ns), max(start_ns)
           FROM (SELECT min(start_ns) AS start_ns, max(end_ns) AS end_ns FROM ${ALL_TRACES} t LEFT JOIN ${FRAGMENTS} f USING (trace) GROUP BY coalesce(f.merged, t.trace))
           WHERE ${inWindow}`;
    const [counts] = (await db.rows(
      sql`SELECT *, (SELECT count(*) FROM ${FRAGMENTS}), (SELECT count(*) FROM ${EXCLUDED}) FROM (${starts})`,
    )) as [bigint, bigint | null, bigint | null, bigint, bigint][];
    const [traces, first, last, fragments, excluded] = counts!;
    return new BlockRelations(db, blocks, needs, window, views, {
      traces: Number(traces),
      firstStart: first ?? undefined,
      lastStart: last ?? undefined,
      fragments: Number(fragments),
      excluded: Number(excluded),
      hasOwn,
    });
  }

  /** Traces in the window. */
  get traces(): number {
    return this.counts.traces;
  }

  /** The times of the first and the last of them. */
  get firstStart(): bigint | undefined {
    return this.counts.firstStart;
  }

  get lastStart(): bigint | undefined {
    return this.counts.lastStart;
  }

  get spanCount(): number {
    return this.blocks.reduce((sum, block) => sum + block.spanCount, 0);
  }

  /** The columns that attributes have in every unit. */
  get columns(): AttributeColumns {
    return this.views.columns;
  }

  /** Units of at most about `budget` spans each. */
  units(budget: number): readonly Unit[] {
    const units: Unit[] = [];
    for (const [n, block] of this.blocks.entries()) {
      const last = units.at(-1);
      if (block.spanCount > budget) units.push(...partsOf(block, n, budget));
      else if (
        last?.whole !== undefined &&
        last.whole.part === undefined &&
        last.spans + block.spanCount <= budget
      )
        units[units.length - 1] = { whole: { ...last.whole, last: n }, spans: last.spans + block.spanCount };
      else units.push({ whole: { first: n, last: n }, spans: block.spanCount });
    }
    if (this.counts.fragments === 0) return units;
    const rows = this.blocks.reduce((sum, block) => sum + block.traceCount, 0);
    const spans = Math.ceil((this.spanCount * this.counts.fragments) / Math.max(rows, 1));
    const of = Math.max(1, Math.ceil(spans / budget));
    const smallest = units.reduce((least, unit, n) => (unit.spans < units[least]!.spans ? n : least), 0);
    // Few fragments ride along with other traces: a unit costs some statements whatever its size.
    if (of === 1 && units[smallest]!.spans + spans <= budget) {
      units[smallest] = {
        ...units[smallest]!,
        merged: { share: 0, of },
        spans: units[smallest]!.spans + spans,
      };
      return units;
    }
    const shares = Array.from({ length: of }, (_, share) => ({
      merged: { share, of },
      spans: Math.ceil(spans / of),
    }));
    return [...units, ...shares];
  }

  /** Two units that together are this one; undefined when it cannot be cut any smaller. */
  split(unit: Unit): readonly [Unit, Unit] | undefined {
    const { whole, merged } = unit;
    const spans = Math.ceil(unit.spans / 2);
    if (whole !== undefined && merged !== undefined)
      return [
        { whole, spans },
        { merged, spans },
      ];
    if (merged !== undefined) {
      // A hash that is `share` modulo `of` is one of these two modulo twice that.
      const of = merged.of * 2;
      if (of > MAX_SHARES) return undefined;
      return [
        { merged: { share: merged.share, of }, spans },
        { merged: { share: merged.share + merged.of, of }, spans },
      ];
    }
    if (whole === undefined) return undefined;
    const { first, last } = whole;
    if (first < last) {
      const middle = Math.floor((first + last) / 2);
      return [
        { whole: { first, last: middle }, spans },
        { whole: { first: middle + 1, last }, spans },
      ];
    }
    const { from, to } = whole.part ?? { from: 0, to: this.blocks[first]!.traceCount };
    const middle = Math.floor((from + to) / 2);
    if (middle === from) return undefined;
    return [
      { whole: { first, last, part: { from, to: middle } }, spans },
      { whole: { first, last, part: { from: middle, to } }, spans },
    ];
  }

  /** The tables and views in the database that are these relations. */
  names(): readonly Sql[] {
    return [
      ALL_TRACES,
      OWN_TRACES,
      MISPLACED,
      FRAGMENTS,
      EXCLUDED,
      ...Object.values(RELATIONS),
      ...Object.values(MERGED),
    ];
  }

  /** Makes `spans`, `traces`, `events` and `links` the ones of this unit. */
  async show(unit: Unit): Promise<void> {
    this.shown = unit;
    const whole = unit.whole === undefined ? undefined : this.wholeSelects(unit.whole);
    if (unit.merged !== undefined) await this.merge(unit.merged);
    const relations = [
      'spans',
      'traces',
      ...(this.needs.events ? (['events'] as const) : []),
      ...(this.needs.links ? (['links'] as const) : []),
    ] as const;
    for (const relation of relations) {
      const selects = [
        ...(whole === undefined ? [] : [whole[relation]]),
        ...(unit.merged === undefined ? [] : [sql`SELECT * FROM ${MERGED[relation]}`]),
      ];
      await this.db.run(viewAs(RELATIONS[relation], unionByName(selects)));
    }
  }

  /** A SELECT of spans of the unit that is shown, those of these traces (by their keys) among them, which reads little else. */
  spansNear(traces: readonly bigint[]): Sql {
    const { whole, merged } = this.shown ?? {};
    const selects = [
      ...(whole === undefined ? [] : [this.wholeSelects(whole, traces).spans]),
      ...(merged === undefined ? [] : [sql`SELECT * FROM ${MERGED.spans}`]),
    ];
    return selects.length === 0 ? sql`SELECT * FROM ${SPANS}` : unionByName(selects);
  }

  /** With `near`, see `BlockSelects.spans`. */
  private wholeSelects(
    { first, last, part }: NonNullable<Unit['whole']>,
    near?: readonly bigint[],
  ): RelationSelects {
    const selects = this.views.of(first, last);
    const where =
      part === undefined
        ? EMPTY
        : sql` WHERE trace >= ${int(traceKeyOf(first, part.from))} AND trace < ${int(traceKeyOf(first, part.to))}`;
    const exclude = this.counts.excluded === 0 ? EMPTY : sql` ${antiJoin(EXCLUDED, { using: ['trace'] })}`;
    return {
      spans: sql`SELECT * FROM (${selects.spans(near)})${exclude}${where}`,
      traces: sql`SELECT ${allBut(['irregular'])} FROM (${selects.traces()})${exclude}${where}`,
      events: this.needs.events ? selects.events() : EMPTY,
      links: this.needs.links ? selects.links() : EMPTY,
    };
  }

  private async merge({ share, of }: NonNullable<Unit['merged']>): Promise<void> {
    const { db, needs } = this;
    const selects = this.views.of(0, this.blocks.length - 1);
    await db.run(
      tableAs(SHARED, sql`SELECT * FROM ${FRAGMENTS} WHERE ${hash(sql`merged`)} % ${of} = ${share}`, REPLACE),
    );
    const near =
      this.counts.fragments > MOST_NEAR ? undefined : await db.rows(sql`SELECT trace FROM ${SHARED}`);
    // Numbers of nested sets are computed anew: those of the blocks are not even read.
    const nested = nestedColumns(needs).map((column) => [cast(NULL, SPAN_COLUMNS[column]), column] as const);
    const ids = ['span_id', 'parent_id'].map(
      (column) => [withoutZeroId(sql`s.${name(column)}`), column] as const,
    );
    const own = this.counts.hasOwn ? sql` WHERE NOT ${isOwnSql(sql`s.name`)}` : EMPTY;
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
    await mergeFragments(db, needs, this.columns);
    await dropTables(db, Object.values(RAW));
    const inWindow = windowSql(this.window);
    if (inWindow !== undefined) {
      await db.run(sql`DELETE FROM ${MERGED.traces} WHERE NOT (${inWindow})`);
      await db.run(sql`DELETE FROM ${MERGED.spans} WHERE trace NOT IN (SELECT trace FROM ${MERGED.traces})`);
    }
  }
}

/**
 * Whether any of `spans` was written by BeTrace. Then makes `own_traces`: the traces with such, and how many `others` each has.
 */
async function findOwn(db: Store, spans: Sql): Promise<boolean> {
  const own = isOwnSql(sql`name`);
  const [count] = await db.rows(sql`SELECT count(*) FROM (${spans}) WHERE ${own}`);
  if (count![0] === 0n) return false;
  const having = semiJoin(sql`(SELECT trace FROM (${spans}) WHERE ${own})`, { using: ['trace'] });
  const others = filtered(sql`count(*)`, sql`NOT ${own}`);
  await db.run(
    tableAs(
      OWN_TRACES,
      sql`SELECT trace, ${others} AS others
    FROM (${spans}) ${having} GROUP BY trace`,
      REPLACE,
    ),
  );
  return true;
}

/** Of `traces` those with a span that is not our own; one that has both has to be put together without those. */
function othersSql(traces: Sql): Sql {
  return sql`SELECT ${allReplacing(sql`t`, [[sql`irregular OR own.trace IS NOT NULL`, 'irregular']])} FROM (${traces}) t
    LEFT JOIN ${OWN_TRACES} own USING (trace) WHERE coalesce(own.others, 1) > 0`;
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
  await db.run(tableAs(MISPLACED, join(selects, ' UNION '), REPLACE));
  const [count] = await db.rows(sql`SELECT count(*) FROM ${MISPLACED}`);
  return count![0] !== 0n;
}

function withMisplacedSql(traces: Sql): Sql {
  return sql`SELECT ${allReplacing(sql`t`, [[sql`irregular OR trace IN (SELECT * FROM ${MISPLACED})`, 'irregular']])} FROM (${traces}) t`;
}

/** Ids of zeros are no ids. */
function withoutZeroId(id: Sql): Sql {
  return sql`CASE WHEN ${allZeros(id)} THEN ${cast(text(''), 'bytes')} ELSE ${id} END`;
}

const REPLACE = { replace: true } as const;
const RELATIONS = { spans: SPANS, traces: TRACES, events: EVENTS, links: LINKS } as const;

/** Beyond this a single trace is what does not fit. */
const MAX_SHARES = 1 << 16;

interface TraceCounts {
  /** Traces in the window, and the times of the first and the last of them. */
  readonly traces: number;
  readonly firstStart: bigint | undefined;
  readonly lastStart: bigint | undefined;
  /** Rows that do not stand for a whole trace by themselves. */
  readonly fragments: number;
  /** Rows that are not used as they are stored. */
  readonly excluded: number;
  /** Whether there are spans that have to be left out. */
  readonly hasOwn: boolean;
}

const NO_TRACES: TraceCounts = {
  traces: 0,
  firstStart: undefined,
  lastStart: undefined,
  fragments: 0,
  excluded: 0,
  hasOwn: false,
};

type RelationSelects = Readonly<Record<'spans' | 'traces' | 'events' | 'links', Sql>>;

function partsOf(block: FlatBlock, n: number, budget: number): readonly Unit[] {
  const parts = Math.ceil(block.spanCount / budget);
  const size = Math.ceil(block.traceCount / parts);
  return Array.from({ length: parts }, (_, part) => ({
    whole: {
      first: n,
      last: n,
      part: { from: part * size, to: Math.min((part + 1) * size, block.traceCount) },
    },
    spans: Math.ceil(block.spanCount / parts),
  }));
}

/** On the `start_ns` and `end_ns` of a trace. */
function windowSql({ fromNs, toNs, holds }: Window): Sql | undefined {
  const edge = holds === 'overlaps' ? sql`end_ns` : sql`start_ns`;
  const conditions = [
    ...(fromNs === undefined ? [] : [sql`${edge} >= ${int(fromNs)}`]),
    ...(toNs === undefined ? [] : [sql`start_ns < ${int(toNs)}`]),
  ];
  return conditions.length === 0 ? undefined : join(conditions, ' AND ');
}
