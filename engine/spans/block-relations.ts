import type { FlatBlock } from '../blocks/flat.js';
import type { Database } from '../sql/duckdb/database.js';
import { intLiteral } from '../sql/duckdb/literal.js';
import type { AttributeColumns } from '../sql/duckdb/names.js';
import { BlockViews, traceKeyOf } from './block-views.js';
import { showMerged } from './load.js';
import { mergeFragments } from './merge.js';
import type { ColumnNeeds } from './schema.js';

/** Nanoseconds since the Unix epoch; a trace belongs to the window in which it starts. */
export interface Window {
  /** Inclusive. */
  readonly fromNs?: bigint;
  /** Exclusive. */
  readonly toNs?: bigint;
}

/** A share of the work small enough for memory. Every trace is in exactly one unit. */
export type Unit =
  /** Traces that lie whole in one row of one block, of consecutive blocks or of a part of one. */
  | {
      readonly kind: 'whole';
      readonly first: number;
      readonly last: number;
      readonly part?: { readonly from: number; readonly to: number };
      readonly spans: number;
    }
  /** One of `of` shares of the traces that have to be merged, over all blocks. */
  | { readonly kind: 'merged'; readonly share: number; readonly of: number; readonly spans: number };

/**
 * The relations of a run over stored blocks.
 *
 * Nearly every trace is one row of one block and is used as Tempo stored it. The few that are not (rows in several blocks,
 * several roots, a span stored twice) are found by trace id first and merged apart.
 */
export class BlockRelations {
  private constructor(
    private readonly db: Database,
    private readonly blocks: readonly FlatBlock[],
    private readonly needs: ColumnNeeds,
    private readonly window: Window,
    /** Traces in the window, and the times of the first and last of them. */
    readonly traces: number,
    readonly firstStart: bigint | undefined,
    readonly lastStart: bigint | undefined,
    private readonly fragments: number,
    private readonly excluded: number,
  ) {}

  static async open(
    db: Database,
    blocks: readonly FlatBlock[],
    needs: ColumnNeeds,
    window: Window,
  ): Promise<BlockRelations> {
    if (blocks.length === 0)
      return new BlockRelations(db, blocks, needs, window, 0, undefined, undefined, 0, 0);
    const views = await BlockViews.open(db, blocks, 0, needs);
    await db.run(`CREATE OR REPLACE TEMP VIEW all_traces AS ${views.traces()}`);
    // `fragments`: rows that do not stand for a whole trace by themselves; `merged` is the key of the trace they make up.
    await db.run(`CREATE OR REPLACE TEMP TABLE fragments AS
      SELECT t.trace, m.merged FROM all_traces t
      JOIN (SELECT trace_id, min(trace) AS merged FROM all_traces GROUP BY trace_id HAVING count(*) > 1 OR bool_or(irregular)) m USING (trace_id)`);
    const inWindow = windowSql('start_ns', window);
    await db.run(
      `CREATE OR REPLACE TEMP TABLE excluded AS SELECT trace FROM fragments${
        inWindow === undefined ? '' : ` UNION SELECT trace FROM all_traces WHERE NOT (${inWindow})`
      }`,
    );
    const [counts] =
      (await db.rows(`SELECT count(*), min(start_ns), max(start_ns), (SELECT count(*) FROM fragments), (SELECT count(*) FROM excluded)
      FROM (SELECT coalesce(f.merged, t.trace) AS trace, min(start_ns) AS start_ns FROM all_traces t LEFT JOIN fragments f USING (trace) GROUP BY 1)
      ${inWindow === undefined ? '' : `WHERE ${inWindow}`}`)) as [
        bigint,
        bigint | null,
        bigint | null,
        bigint,
        bigint,
      ][];
    const [traces, first, last, fragments, excluded] = counts!;
    return new BlockRelations(
      db,
      blocks,
      needs,
      window,
      Number(traces),
      first ?? undefined,
      last ?? undefined,
      Number(fragments),
      Number(excluded),
    );
  }

  get spanCount(): number {
    return this.blocks.reduce((sum, block) => sum + block.spanCount, 0);
  }

  /** Units of at most about `budget` spans each. */
  units(budget: number): readonly Unit[] {
    const units: Unit[] = [];
    for (const [n, block] of this.blocks.entries()) {
      const last = units.at(-1);
      if (block.spanCount > budget) units.push(...partsOf(block, n, budget));
      else if (last?.kind === 'whole' && last.part === undefined && last.spans + block.spanCount <= budget)
        units[units.length - 1] = { ...last, last: n, spans: last.spans + block.spanCount };
      else units.push({ kind: 'whole', first: n, last: n, spans: block.spanCount });
    }
    if (this.fragments > 0) {
      const rows = this.blocks.reduce((sum, block) => sum + block.traceCount, 0);
      const spans = Math.ceil((this.spanCount * this.fragments) / Math.max(rows, 1));
      const of = Math.max(1, Math.ceil(spans / budget));
      for (let share = 0; share < of; share++)
        units.push({ kind: 'merged', share, of, spans: Math.ceil(spans / of) });
    }
    return units;
  }

  /** Makes `spans`, `traces`, `events` and `links` the ones of this unit. */
  async show(unit: Unit): Promise<AttributeColumns> {
    return unit.kind === 'whole' ? await this.showWhole(unit) : await this.showMerged(unit);
  }

  private async showWhole(unit: Extract<Unit, { kind: 'whole' }>): Promise<AttributeColumns> {
    const { first, last, part } = unit;
    const views = await BlockViews.open(this.db, this.blocks.slice(first, last + 1), first, this.needs);
    const conditions = [
      ...(part === undefined
        ? []
        : [
            `trace >= ${intLiteral(traceKeyOf(first, part.from))} AND trace < ${intLiteral(traceKeyOf(first, part.to))}`,
          ]),
    ];
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    const exclude = this.excluded === 0 ? '' : ' ANTI JOIN excluded USING (trace)';
    const view = async (name: string, sql: string): Promise<void> =>
      await this.db.run(`CREATE OR REPLACE TEMP VIEW ${name} AS SELECT * FROM (${sql})${exclude}${where}`);
    await view('spans', views.spans());
    await view('traces', views.traces());
    if (this.needs.events) await this.db.run(`CREATE OR REPLACE TEMP VIEW events AS ${views.events()}`);
    if (this.needs.links) await this.db.run(`CREATE OR REPLACE TEMP VIEW links AS ${views.links()}`);
    return views.columns;
  }

  private async showMerged(unit: Extract<Unit, { kind: 'merged' }>): Promise<AttributeColumns> {
    const { db, needs } = this;
    const views = await BlockViews.open(db, this.blocks, 0, needs);
    await db.run(
      `CREATE OR REPLACE TEMP TABLE shared AS SELECT * FROM fragments WHERE hash(merged) % ${unit.of} = ${unit.share}`,
    );
    await db.run(`CREATE OR REPLACE TEMP TABLE raw_spans AS
      SELECT s.* REPLACE (f.merged AS trace) FROM (${views.spans()}) s JOIN shared f ON f.trace = s.trace`);
    await db.run(`CREATE OR REPLACE TEMP TABLE raw_traces AS
      SELECT f.merged AS trace, t.trace_id FROM all_traces t JOIN shared f ON f.trace = t.trace`);
    for (const item of ['events', 'links'] as const)
      if (needs[item])
        await db.run(
          `CREATE OR REPLACE TEMP TABLE raw_${item} AS SELECT i.* FROM (${views[item]()}) i SEMI JOIN raw_spans USING (row)`,
        );
    await mergeFragments(db, needs, views.columns);
    const inWindow = windowSql('start_ns', this.window);
    if (inWindow !== undefined) {
      await db.run(`DELETE FROM merged_traces WHERE NOT (${inWindow})`);
      await db.run('DELETE FROM merged_spans WHERE trace NOT IN (SELECT trace FROM merged_traces)');
    }
    await showMerged(db, needs);
    return views.columns;
  }
}

function partsOf(block: FlatBlock, n: number, budget: number): readonly Unit[] {
  const parts = Math.ceil(block.spanCount / budget);
  const size = Math.ceil(block.traceCount / parts);
  return Array.from({ length: parts }, (_, part) => ({
    kind: 'whole',
    first: n,
    last: n,
    part: { from: part * size, to: Math.min((part + 1) * size, block.traceCount) },
    spans: Math.ceil(block.spanCount / parts),
  }));
}

function windowSql(column: string, { fromNs, toNs }: Window): string | undefined {
  const conditions = [
    ...(fromNs === undefined ? [] : [`${column} >= ${intLiteral(fromNs)}`]),
    ...(toNs === undefined ? [] : [`${column} < ${intLiteral(toNs)}`]),
  ];
  return conditions.length === 0 ? undefined : conditions.join(' AND ');
}
