import type { ColumnNeeds } from '../../plan/schema.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import type { Store } from '../store/store.js';
import { EVENTS, EXCLUDED, LINKS, SPANS, TRACES } from '../tables.js';
import {
  allReplacing,
  antiJoin,
  anyValue,
  int,
  semiJoin,
  tableAs,
  unionByName,
  viewAs,
} from '../text/operations.js';
import { EMPTY, FALSE, join, names, type Sql, sql } from '../text/sql.js';
import { blockOfKey, placeOf, traceKeyOf } from './block-views.js';
import type { FlatBlock } from './flat.js';
import { isOwnSql } from './own-spans.js';
import { type SetOptions, TraceSet } from './trace-set.js';
import { splitUnit, type Unit, unitsOf } from './units.js';
import { holdsAll, type Window, windowSql } from './window.js';

/** The relations of a run over stored blocks: the traces of a set of blocks that are in its window. */
export class BlockRelations {
  private shown: Unit | undefined;

  private constructor(
    readonly set: TraceSet,
    private readonly window: Window,
    private readonly inWindow: InWindow,
  ) {}

  static async open(
    db: Store,
    blocks: readonly FlatBlock[],
    needs: ColumnNeeds,
    window: Window,
    options: Pick<SetOptions, 'number' | 'only'> = { number: 0 },
  ): Promise<BlockRelations> {
    const ofSet = { ...options, withoutOwn: window.withoutOwn === true };
    return await BlockRelations.over(await TraceSet.open(db, blocks, needs, ofSet), window);
  }

  /** Another run over the same set ends the use of what was opened before: `EXCLUDED` is one. */
  static async over(set: TraceSet, window: Window): Promise<BlockRelations> {
    const { db, tables, facts } = set;
    const condition = windowSql(window);
    // Without a window every trace counts, and its fragments need not be put together to know.
    if (condition === undefined || holdsAll(window, facts.bounds))
      return new BlockRelations(set, window, {
        traces: facts.rows - (facts.fragments - facts.merged),
        firstStart: facts.bounds?.firstStart,
        lastStart: facts.bounds?.lastStart,
        excluded: facts.leftOut === 0 ? undefined : tables.leftOut,
      });
    const excluded = join(
      [
        sql`SELECT trace FROM ${tables.leftOut}`,
        sql`SELECT trace FROM ${tables.traces} WHERE NOT (${condition})`,
      ],
      ' UNION ',
    );
    await db.run(tableAs(EXCLUDED, excluded, { replace: true }));
    const { traces, fragments } = tables;
    const whole = sql`SELECT start_ns, end_ns FROM ${traces} ${antiJoin(fragments, { using: ['trace'] })}`;
    const merged = sql`SELECT min(start_ns) AS start_ns, max(end_ns) AS end_ns FROM ${fragments} GROUP BY merged`;
    const [row] = await db.rows(
      sql`SELECT count(*), min(start_ns), max(start_ns) FROM (${whole} UNION ALL ${merged}) WHERE ${condition}`,
    );
    const [count, first, last] = row as unknown as readonly [bigint, bigint | null, bigint | null];
    return new BlockRelations(set, window, {
      traces: Number(count),
      firstStart: first ?? undefined,
      lastStart: last ?? undefined,
      excluded: EXCLUDED,
    });
  }

  /** Traces in the window. */
  get traces(): number {
    return this.inWindow.traces;
  }

  /** The times of the first and the last of them. */
  get firstStart(): bigint | undefined {
    return this.inWindow.firstStart;
  }

  get lastStart(): bigint | undefined {
    return this.inWindow.lastStart;
  }

  get spanCount(): number {
    return this.set.blocks.reduce((sum, block) => sum + block.spanCount, 0);
  }

  /** The columns that attributes have in every unit. */
  get columns(): AttributeColumns {
    return this.set.columns;
  }

  /** Units of at most about `budget` spans each; with `whole`, so many of traces that lie whole in one place. */
  units(budget: number, whole = budget): readonly Unit[] {
    return unitsOf(this.set.blocks, this.set.facts.fragments, { merged: budget, whole });
  }

  /** Two units that together are this one; undefined when it cannot be cut any smaller. */
  split(unit: Unit): readonly [Unit, Unit] | undefined {
    return splitUnit(unit, this.set.blocks);
  }

  /** The tables and views in the database that are these relations, but for those of the set. */
  names(): readonly Sql[] {
    return [EXCLUDED, ...Object.values(RELATIONS)];
  }

  /** Makes `spans`, `traces`, `events` and `links` the ones of this unit. */
  async show(unit: Unit): Promise<void> {
    this.shown = unit;
    const { db, needs } = this.set;
    if (unit.merged !== undefined) await this.set.merge(unit.merged);
    const whole = unit.whole === undefined ? undefined : this.wholeSelects(unit.whole);
    const merged = unit.merged === undefined ? undefined : this.mergedSelects();
    const relations = [
      'spans',
      'traces',
      ...(needs.events ? (['events'] as const) : []),
      ...(needs.links ? (['links'] as const) : []),
    ] as const;
    for (const relation of relations) {
      const selects = [whole, merged].flatMap((relations) =>
        relations === undefined ? [] : [relations[relation]],
      );
      await db.run(viewAs(RELATIONS[relation], unionByName(selects)));
    }
  }

  /**
   * Makes `spans` and `traces` those of all units as they are stored: copies of spans are all there, and of traces that are put together
   * only their key, id and times are right. Returns a SELECT of the traces that spans of our own are left out of.
   */
  async showStored(): Promise<Sql> {
    const { db, tables, facts, views, blocks } = this.set;
    const { excluded } = this.inWindow;
    const exclude = excluded === undefined ? EMPTY : sql` ${antiJoin(excluded, { using: ['trace'] })}`;
    const condition = windowSql(this.window);
    const where = condition === undefined ? EMPTY : sql` WHERE ${condition}`;
    const columns = names(['trace', 'trace_id', 'start_ns', 'end_ns']);
    const merged = sql`SELECT merged AS trace, ${anyValue(sql`trace_id`)} AS trace_id, min(start_ns) AS start_ns, max(end_ns) AS end_ns
      FROM ${tables.fragments} GROUP BY merged`;
    await db.run(
      viewAs(
        TRACES,
        sql`SELECT ${join(columns, ', ')} FROM ${tables.traces}${exclude}
        UNION ALL SELECT ${join(columns, ', ')} FROM (${merged})${where}`,
      ),
    );
    const own = facts.hasOwn ? sql` WHERE NOT ${isOwnSql(sql`s.name`)}` : EMPTY;
    const all = sql`SELECT ${allReplacing(sql`s`, [[sql`coalesce(f.merged, s.trace)`, 'trace']])}
      FROM (${views.of(0, blocks.length - 1).spans()}) s LEFT JOIN ${tables.fragments} f ON f.trace = s.trace${own}`;
    const isWhole = condition === undefined && excluded === undefined;
    await db.run(
      viewAs(SPANS, isWhole ? all : sql`SELECT * FROM (${all}) ${semiJoin(TRACES, { using: ['trace'] })}`),
    );
    return facts.hasOwn
      ? sql`SELECT DISTINCT merged AS trace FROM ${tables.fragments} ${semiJoin(tables.own, { using: ['trace'] })}`
      : sql`SELECT trace FROM ${tables.fragments} WHERE ${FALSE}`;
  }

  /**
   * The ids of the blocks that have no trace that starts in the window, nor a part of a trace of which any part does: without them, the others
   * give the same traces.
   */
  async blocksOutside(): Promise<ReadonlySet<string>> {
    const { db, tables, blocks } = this.set;
    const condition = windowSql({ ...this.window, holds: 'starts' });
    if (condition === undefined) return new Set();
    const parts = sql`SELECT merged FROM ${tables.fragments} WHERE ${condition}`;
    const found = await db.rows(
      sql`SELECT ${blockOfKey(sql`trace`)} FROM ${tables.traces} WHERE ${condition}
      UNION SELECT ${blockOfKey(sql`trace`)} FROM ${tables.fragments} WHERE merged IN (${parts})`,
    );
    const having = new Set(found.map(([block]) => Number(block)));
    return new Set(blocks.flatMap(({ blockId }, n) => (having.has(n) ? [] : [blockId])));
  }

  /** The rows in which the traces of a table are stored, by the id of their block, ascending. */
  async rowsOf(traces: Sql): Promise<ReadonlyMap<string, readonly number[]>> {
    const { db, tables, blocks } = this.set;
    const found = await db.rows(
      sql`SELECT coalesce(f.trace, c.trace) AS key FROM (SELECT DISTINCT trace FROM ${traces}) c
      LEFT JOIN ${tables.fragments} f ON f.merged = c.trace ORDER BY key`,
    );
    const rows = new Map<string, number[]>();
    for (const [key] of found as (readonly [bigint])[]) {
      const { block, row } = placeOf(key);
      const { blockId } = blocks[block]!;
      const own = rows.get(blockId);
      if (own === undefined) rows.set(blockId, [row]);
      else own.push(row);
    }
    return rows;
  }

  /** A SELECT of spans of the unit that is shown, those of these traces (by their keys) among them, which reads little else. */
  spansNear(traces: readonly bigint[]): Sql {
    const { whole, merged } = this.shown ?? {};
    const selects = [
      ...(whole === undefined ? [] : [this.wholeSelects(whole, traces).spans]),
      ...(merged === undefined ? [] : [this.mergedSelects().spans]),
    ];
    return selects.length === 0 ? sql`SELECT * FROM ${SPANS}` : unionByName(selects);
  }

  /** With `near`, see `BlockSelects.spans`. */
  private wholeSelects(
    { first, last, part }: NonNullable<Unit['whole']>,
    near?: readonly bigint[],
  ): RelationSelects {
    const { needs, views } = this.set;
    const selects = views.of(first, last);
    const where =
      part === undefined
        ? EMPTY
        : sql` WHERE trace >= ${int(traceKeyOf(first, part.from))} AND trace < ${int(traceKeyOf(first, part.to))}`;
    const { excluded } = this.inWindow;
    const exclude = excluded === undefined ? EMPTY : sql` ${antiJoin(excluded, { using: ['trace'] })}`;
    return {
      spans: sql`SELECT * FROM (${selects.spans(near)})${exclude}${where}`,
      traces: sql`SELECT * FROM (${this.set.stored(first, last)})${exclude}${where}`,
      events: needs.events ? selects.events() : EMPTY,
      links: needs.links ? selects.links() : EMPTY,
    };
  }

  /** Traces that were put together are kept whatever the window. */
  private mergedSelects(): RelationSelects {
    const { merged } = this.set.tables;
    const condition = windowSql(this.window);
    const where = condition === undefined ? EMPTY : sql` WHERE ${condition}`;
    const spans =
      condition === undefined
        ? EMPTY
        : sql` ${semiJoin(sql`(SELECT trace FROM ${merged.traces}${where})`, { using: ['trace'] })}`;
    return {
      spans: sql`SELECT * FROM ${merged.spans}${spans}`,
      traces: sql`SELECT * FROM ${merged.traces}${where}`,
      events: sql`SELECT * FROM ${merged.events}`,
      links: sql`SELECT * FROM ${merged.links}`,
    };
  }
}

const RELATIONS = { spans: SPANS, traces: TRACES, events: EVENTS, links: LINKS } as const;

interface InWindow {
  /** Traces in the window, and the times of the first and the last of them. */
  readonly traces: number;
  readonly firstStart: bigint | undefined;
  readonly lastStart: bigint | undefined;
  /** Rows that are not used as they are stored; undefined where there are none. */
  readonly excluded: Sql | undefined;
}

type RelationSelects = Readonly<Record<'spans' | 'traces' | 'events' | 'links', Sql>>;
