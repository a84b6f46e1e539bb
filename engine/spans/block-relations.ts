import type { FlatBlock } from '../blocks/flat.js';
import { type ColumnNeeds, nestedColumns, SPAN_COLUMNS } from '../plan/schema.js';
import type { AttributeColumns } from '../sql/compile/attribute-columns.js';
import { type Database, dropTables } from '../sql/dialects/duckdb/database.js';
import { intLiteral } from '../sql/dialects/duckdb/literal.js';
import { type BlockSelects, BlockViews, MOST_NEAR, traceKeyOf } from './block-views.js';
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
    private readonly db: Database,
    private readonly blocks: readonly FlatBlock[],
    private readonly needs: ColumnNeeds,
    private readonly window: Window,
    private readonly views: BlockViews,
    /** Traces in the window, and the times of the first and last of them. */
    readonly traces: number,
    readonly firstStart: bigint | undefined,
    readonly lastStart: bigint | undefined,
    private readonly fragments: number,
    private readonly excluded: number,
    /** Whether there are spans that have to be left out. */
    private readonly hasOwn: boolean,
  ) {}

  static async open(
    db: Database,
    blocks: readonly FlatBlock[],
    needs: ColumnNeeds,
    window: Window,
  ): Promise<BlockRelations> {
    const views = await BlockViews.open(db, blocks, needs);
    if (blocks.length === 0)
      return new BlockRelations(db, blocks, needs, window, views, 0, undefined, undefined, 0, 0, false);
    const all = views.of(0, blocks.length - 1);
    const hasOwn = window.withoutOwn === true && (await findOwn(db, all.spans()));
    const others = hasOwn ? othersSql(all.traces()) : all.traces();
    const stored = (await findMisplaced(db, all, needs, views.columns)) ? withMisplacedSql(others) : others;
    await db.run(`CREATE OR REPLACE VIEW all_traces AS ${stored}`);
    // `fragments`: rows that do not stand for a whole trace by themselves; `merged` is the key of the trace they make up.
    // Hashes find the few candidates faster than ids do; the ids then decide.
    await db.run(`CREATE OR REPLACE TABLE fragments AS
      WITH candidates AS (SELECT hash(trace_id) AS h FROM all_traces GROUP BY h HAVING count(*) > 1 OR bool_or(irregular)),
        suspects AS MATERIALIZED (SELECT trace, trace_id, irregular FROM all_traces SEMI JOIN candidates ON h = hash(trace_id))
      SELECT s.trace, trace_id, m.merged FROM suspects s
      JOIN (SELECT trace_id, min(trace) AS merged FROM suspects GROUP BY trace_id HAVING count(*) > 1 OR bool_or(irregular)) m USING (trace_id)`);
    const inWindow = windowSql(window);
    await db.run(
      `CREATE OR REPLACE TABLE excluded AS ${[
        'SELECT trace FROM fragments',
        ...(hasOwn ? ['SELECT trace FROM own_traces WHERE others = 0'] : []),
        ...(inWindow === undefined ? [] : [`SELECT trace FROM all_traces WHERE NOT (${inWindow})`]),
      ].join(' UNION ')}`,
    );
    // Without a window every trace counts, and its fragments need not be put together to know.
    const starts =
      inWindow === undefined
        ? 'SELECT count(*) - (SELECT count(*) - count(DISTINCT merged) FROM fragments) AS n, min(start_ns), max(start_ns) FROM all_traces'
        : `SELECT count(*) AS n, min(start_ns), max(start_ns)
           FROM (SELECT min(start_ns) AS start_ns, max(end_ns) AS end_ns FROM all_traces t LEFT JOIN fragments f USING (trace) GROUP BY coalesce(f.merged, t.trace))
           WHERE ${inWindow}`;
    const [counts] = (await db.rows(
      `SELECT *, (SELECT count(*) FROM fragments), (SELECT count(*) FROM excluded) FROM (${starts})`,
    )) as [bigint, bigint | null, bigint | null, bigint, bigint][];
    const [traces, first, last, fragments, excluded] = counts!;
    return new BlockRelations(
      db,
      blocks,
      needs,
      window,
      views,
      Number(traces),
      first ?? undefined,
      last ?? undefined,
      Number(fragments),
      Number(excluded),
      hasOwn,
    );
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
    if (this.fragments === 0) return units;
    const rows = this.blocks.reduce((sum, block) => sum + block.traceCount, 0);
    const spans = Math.ceil((this.spanCount * this.fragments) / Math.max(rows, 1));
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
  names(): readonly string[] {
    const relations = ['spans', 'traces', 'events', 'links'];
    return [
      'all_traces',
      'own_traces',
      'misplaced',
      'fragments',
      'excluded',
      ...relations,
      ...relations.map((one) => `merged_${one}`),
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
      ...(this.needs.events ? ['events'] : []),
      ...(this.needs.links ? ['links'] : []),
    ] as const;
    for (const relation of relations as readonly (keyof RelationSelects)[]) {
      const selects = [
        ...(whole === undefined ? [] : [whole[relation]]),
        ...(unit.merged === undefined ? [] : [`SELECT * FROM merged_${relation}`]),
      ];
      const sql = selects.join(' UNION ALL BY NAME ');
      await this.db.run(`CREATE OR REPLACE VIEW ${relation} AS ${sql}`);
    }
  }

  /** A SELECT of spans of the unit that is shown, those of these traces (by their keys) among them, which reads little else. */
  spansNear(traces: readonly bigint[]): string {
    const { whole, merged } = this.shown ?? {};
    const selects = [
      ...(whole === undefined ? [] : [this.wholeSelects(whole, traces).spans]),
      ...(merged === undefined ? [] : ['SELECT * FROM merged_spans']),
    ];
    return selects.length === 0 ? 'SELECT * FROM spans' : selects.join(' UNION ALL BY NAME ');
  }

  /** With `near`, see `BlockSelects.spans`. */
  private wholeSelects(
    { first, last, part }: NonNullable<Unit['whole']>,
    near?: readonly bigint[],
  ): RelationSelects {
    const selects = this.views.of(first, last);
    const where =
      part === undefined
        ? ''
        : ` WHERE trace >= ${intLiteral(traceKeyOf(first, part.from))} AND trace < ${intLiteral(traceKeyOf(first, part.to))}`;
    const exclude = this.excluded === 0 ? '' : ' ANTI JOIN excluded USING (trace)';
    return {
      spans: `SELECT * FROM (${selects.spans(near)})${exclude}${where}`,
      traces: `SELECT * EXCLUDE (irregular) FROM (${selects.traces()})${exclude}${where}`,
      events: this.needs.events ? selects.events() : '',
      links: this.needs.links ? selects.links() : '',
    };
  }

  private async merge({ share, of }: NonNullable<Unit['merged']>): Promise<void> {
    const { db, needs } = this;
    const selects = this.views.of(0, this.blocks.length - 1);
    await db.run(
      `CREATE OR REPLACE TABLE shared AS SELECT * FROM fragments WHERE hash(merged) % ${of} = ${share}`,
    );
    const near = this.fragments > MOST_NEAR ? undefined : await db.rows('SELECT trace FROM shared');
    // Numbers of nested sets are computed anew: those of the blocks are not even read.
    const nested = nestedColumns(needs).map((column) => `NULL::${SPAN_COLUMNS[column]} AS ${column}`);
    const ids = ['span_id', 'parent_id'].map((column) => `${withoutZeros(`s.${column}`)} AS ${column}`);
    await db.run(`CREATE OR REPLACE TABLE raw_spans AS
      SELECT s.* EXCLUDE (is_root, sharing) REPLACE (${['f.merged AS trace', ...ids, ...nested].join(', ')}) FROM (${selects.spans(near?.map(([key]) => key as bigint))}) s JOIN shared f ON f.trace = s.trace${this.hasOwn ? ` WHERE NOT ${isOwnSql('s.name')}` : ''}`);
    await db.run('CREATE OR REPLACE TABLE raw_traces AS SELECT merged AS trace, trace_id FROM shared');
    for (const item of ['events', 'links'] as const)
      if (needs[item])
        await db.run(
          `CREATE OR REPLACE TABLE raw_${item} AS SELECT i.* FROM (${selects[item]()}) i SEMI JOIN raw_spans USING (row)`,
        );
    await mergeFragments(db, needs, this.columns);
    await dropTables(db, ['raw_spans', 'raw_traces', 'raw_events', 'raw_links']);
    const inWindow = windowSql(this.window);
    if (inWindow !== undefined) {
      await db.run(`DELETE FROM merged_traces WHERE NOT (${inWindow})`);
      await db.run('DELETE FROM merged_spans WHERE trace NOT IN (SELECT trace FROM merged_traces)');
    }
  }
}

/**
 * Whether any of `spans` was written by BeTrace. Then makes `own_traces`: the traces with such, and how many `others` each has.
 */
async function findOwn(db: Database, spans: string): Promise<boolean> {
  const own = isOwnSql('name');
  const [count] = await db.rows(`SELECT count(*) FROM (${spans}) WHERE ${own}`);
  if (count![0] === 0n) return false;
  await db.run(`CREATE OR REPLACE TABLE own_traces AS
    SELECT trace, count(*) FILTER (NOT ${own}) AS others
    FROM (${spans}) SEMI JOIN (SELECT trace FROM (${spans}) WHERE ${own}) USING (trace) GROUP BY trace`);
  return true;
}

/** Of `traces` those with a span that is not our own; one that has both has to be put together without those. */
function othersSql(traces: string): string {
  return `SELECT t.* REPLACE (irregular OR own.trace IS NOT NULL AS irregular) FROM (${traces}) t
    LEFT JOIN own_traces own USING (trace) WHERE coalesce(own.others, 1) > 0`;
}

/**
 * Whether there are traces that lie whole in one row, where Tempo saw another tree than we do: with spans that no root leads to, which
 * it does not number, or with a root whose link says that it has a parent. As far as the columns of the run show it; then makes
 * `misplaced`, which has them.
 */
async function findMisplaced(
  db: Database,
  all: BlockSelects,
  needs: ColumnNeeds,
  columns: AttributeColumns,
): Promise<boolean> {
  const [nested] = nestedColumns(needs);
  const links = needs.links === undefined ? '' : `(${all.links()})`;
  const childOf = childOfSql(needs, columns, links, `(${all.spans()})`, `(${all.traces()})`);
  const selects = [
    ...(nested === undefined ? [] : [`SELECT trace FROM (${all.spans()}) WHERE ${nested} = 0`]),
    ...(childOf === undefined
      ? []
      : [`SELECT trace FROM (${all.spans()}) WHERE is_root AND row IN (${childOf})`]),
  ];
  if (selects.length === 0) return false;
  await db.run(`CREATE OR REPLACE TABLE misplaced AS ${selects.join(' UNION ')}`);
  const [count] = await db.rows('SELECT count(*) FROM misplaced');
  return count![0] !== 0n;
}

function withMisplacedSql(traces: string): string {
  return `SELECT t.* REPLACE (irregular OR trace IN (FROM misplaced) AS irregular) FROM (${traces}) t`;
}

/** Ids of zeros are no ids. */
function withoutZeros(id: string): string {
  return `CASE WHEN regexp_full_match(hex(${id}), '0*') THEN ''::BLOB ELSE ${id} END`;
}

/** Beyond this a single trace is what does not fit. */
const MAX_SHARES = 1 << 16;

type RelationSelects = Readonly<Record<'spans' | 'traces' | 'events' | 'links', string>>;

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
function windowSql({ fromNs, toNs, holds }: Window): string | undefined {
  const edge = holds === 'overlaps' ? 'end_ns' : 'start_ns';
  const conditions = [
    ...(fromNs === undefined ? [] : [`${edge} >= ${intLiteral(fromNs)}`]),
    ...(toNs === undefined ? [] : [`start_ns < ${intLiteral(toNs)}`]),
  ];
  return conditions.length === 0 ? undefined : conditions.join(' AND ');
}
