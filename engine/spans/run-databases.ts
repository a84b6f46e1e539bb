import { isDeepStrictEqual } from 'node:util';
import { type ColumnNeeds, needsWholeTraces } from '../plan/schema.js';
import { openStore } from '../sql/open-store.js';
import { BlockRelations } from '../sql/relations/block-relations.js';
import { countSpans, type SpanCounts } from '../sql/relations/count.js';
import type { FlatBlock } from '../sql/relations/flat.js';
import { TraceSet } from '../sql/relations/trace-set.js';
import type { Unit } from '../sql/relations/units.js';
import type { Window } from '../sql/relations/window.js';
import type { Store, StoreOptions } from '../sql/store/store.js';
import { storedTraces } from '../sql/tables.js';
import { tableAs } from '../sql/text/operations.js';
import type { Sql } from '../sql/text/sql.js';

/** Sets of blocks that a database keeps: a dashboard asks for some columns with each of its panels. */
const MOST_SETS = 12;
/** What a row of a trace, or a span of one that was put together, takes of memory, about. */
const BYTES_OF_ROW = 150;
/** Of its memory, what a database gives to the rows of traces of some blocks, and to what it keeps of all sets but the last. */
const SHARE_OF_BLOCKS = 1 / 16;
const SHARE_OF_SETS = 1 / 8;

/**
 * A database that one run after another uses. It remembers the sets of blocks that it was asked for: a run over the same blocks with the
 * same columns finds what there is to know of their traces, and those that had to be put together.
 */
export class RunDatabase {
  /** The last one used is the last. */
  private readonly sets: KeptSet[] = [];
  private made = 0;
  private heldTables = 0;
  /** Rows of traces that are held, by their blocks: sets of the same blocks share them. */
  private readonly stored = new Map<string, StoredRows>();
  private held:
    | { readonly of: TraceSet; readonly window: Window; readonly relations: BlockRelations }
    | undefined;
  private shown: Unit | undefined;

  private constructor(
    readonly db: Store,
    readonly options: StoreOptions,
  ) {}

  static async open(options: StoreOptions): Promise<RunDatabase> {
    return new RunDatabase(await openStore(options), options);
  }

  /** The relations over these blocks. Flat files never change, so equal paths are equal content. */
  async relationsOf(
    blocks: readonly FlatBlock[],
    needs: ColumnNeeds,
    window: Window,
    only?: ReadonlyMap<string, readonly number[]>,
  ): Promise<BlockRelations> {
    if (only !== undefined) {
      // What is known of some traces is of no use to another run.
      this.held = undefined;
      this.shown = undefined;
      return await BlockRelations.open(this.db, blocks, needs, window, { only, number: this.made++ });
    }
    const set = await this.setOf(blocks, needs, window.withoutOwn === true);
    const { held } = this;
    if (held?.of === set && isDeepStrictEqual(held.window, window)) return held.relations;
    this.held = undefined;
    this.shown = undefined;
    const relations = await BlockRelations.over(set, window);
    this.held = { of: set, window, relations };
    return relations;
  }

  /** Makes the relations those of `unit`, unless they are. */
  async show(relations: BlockRelations, unit: Unit): Promise<void> {
    if (this.held?.relations === relations && isDeepStrictEqual(this.shown, unit)) return;
    this.shown = undefined;
    await relations.show(unit);
    if (this.held?.relations === relations) this.shown = unit;
  }

  /** For when something else was put in the place of the relations. */
  forgetShown(): void {
    this.shown = undefined;
  }

  /** Instead of a unit: see `BlockRelations.showStored`. */
  async showStored(relations: BlockRelations): Promise<Sql> {
    this.shown = undefined;
    return await relations.showStored();
  }

  /** Of the unit that is shown. What was counted of relations that are kept is known. */
  async countSpans(relations: BlockRelations): Promise<SpanCounts> {
    const key = JSON.stringify([this.shown, windowKey(this.held?.window)]);
    const known = this.held?.relations === relations ? relations.set.counted.get(key) : undefined;
    const counts = known ?? (await countSpans(this.db));
    if (this.held?.relations === relations && this.shown !== undefined)
      relations.set.counted.set(key, counts);
    return counts;
  }

  /** Drops what the run that ends has made; only what is known of sets of blocks stays, as far as there is room. */
  async tidy(): Promise<void> {
    while (this.sets.length > MOST_SETS || this.keptRows() > this.rowsIn(SHARE_OF_SETS)) this.sets.shift();
    const tables = new Set(this.sets.map(({ set }) => set.held));
    for (const [key, { table }] of this.stored) if (!tables.has(table)) this.stored.delete(key);
    const relations = this.held === undefined ? [] : this.held.relations.names();
    const rows = [...this.stored.values()].map(({ table }) => table);
    await this.db.dropAllBut([...relations, ...rows, ...this.sets.flatMap(({ set }) => set.names())]);
  }

  /** Rows that are kept for all sets but the last. */
  private keptRows(): number {
    const sets = this.sets.slice(0, -1).map(({ set }) => set);
    const tables = new Set(sets.map(({ held }) => held));
    const stored = [...this.stored.values()].filter(({ table }) => tables.has(table));
    return [...sets.map(({ mergedSpans }) => mergedSpans), ...stored.map(({ rows }) => rows)].reduce(
      (sum, rows) => sum + rows,
      0,
    );
  }

  private rowsIn(share: number): number {
    return Math.floor(((this.options.memory ?? DEFAULT_MEMORY) * share) / BYTES_OF_ROW);
  }

  /** A table of the rows that are selected, those of the traces of the blocks; undefined where they are too many to be held. */
  private async hold(blocks: readonly FlatBlock[], select: Sql): Promise<Sql | undefined> {
    const rows = blocks.reduce((sum, { traceCount }) => sum + traceCount, 0);
    if (rows > this.rowsIn(SHARE_OF_BLOCKS)) return undefined;
    const key = JSON.stringify(blocks.map(({ traces }) => traces));
    const known = this.stored.get(key);
    if (known !== undefined) return known.table;
    const table = storedTraces(this.heldTables++);
    await this.db.run(tableAs(table, select));
    this.stored.set(key, { table, rows });
    return table;
  }

  private async setOf(
    blocks: readonly FlatBlock[],
    needs: ColumnNeeds,
    withoutOwn: boolean,
  ): Promise<TraceSet> {
    const files = blocks.map(({ traces, spans, events, links }) => [traces, spans, events, links]);
    const key = JSON.stringify([files, needs, withoutOwn]);
    const position = this.sets.findIndex((kept) => kept.key === key);
    const [known] = position < 0 ? [] : this.sets.splice(position, 1);
    // Sets that know less of traces would take each other's rows for theirs.
    const hold = !needsWholeTraces(needs)
      ? undefined
      : async (rows: Sql): Promise<Sql | undefined> => await this.hold(blocks, rows);
    const set =
      known?.set ??
      (await TraceSet.open(this.db, blocks, needs, {
        withoutOwn,
        number: this.made++,
        ...(hold && { hold }),
      }));
    this.sets.push({ key, set });
    return set;
  }
}

/** Where nobody says how much. */
const DEFAULT_MEMORY = 2 ** 29;

function windowKey(window: Window | undefined): readonly unknown[] {
  return [String(window?.fromNs), String(window?.toNs), window?.holds];
}

interface StoredRows {
  readonly table: Sql;
  readonly rows: number;
}

interface KeptSet {
  readonly key: string;
  readonly set: TraceSet;
}

/**
 * Databases that outlive a run, so that the next one need not open one. Whoever makes this closes it, once no run uses it any
 * more. Each idle database holds little more than merged traces of its last runs, within the memory of one.
 */
export class RunDatabases {
  private readonly idle: IdleDatabase[] = [];
  private readonly closing = new Set<Promise<void>>();
  private closed = false;

  /** At most `most` databases are kept idle. Runs at the same time have one each, however many they are. */
  constructor(private readonly most = 1) {}

  /** One of the idle databases opened with the same options, if there is one; else a new one. */
  async take(options: StoreOptions): Promise<RunDatabase> {
    const index = this.idle.findIndex(({ database }) => isDeepStrictEqual(database.options, options));
    const [unused] = this.idle.splice(index, index < 0 ? 0 : 1);
    if (unused !== undefined && (await unused.tidied)) return unused.database;
    unused?.database.db.close();
    return await RunDatabase.open(options);
  }

  /** Takes back a database after a run that ended well, which need not wait until it is tidy. After any other, close it. */
  giveBack(database: RunDatabase): void {
    const tidied = database.tidy().then(
      () => true,
      () => false,
    );
    this.idle.push({ database, tidied });
    while (this.idle.length > (this.closed ? 0 : this.most)) this.end(this.idle.shift()!);
  }

  /** Resolves when all are closed but those that runs still have. */
  async close(): Promise<void> {
    this.closed = true;
    for (const idleDatabase of this.idle.splice(0)) this.end(idleDatabase);
    await Promise.all(this.closing);
  }

  private end({ database, tidied }: IdleDatabase): void {
    const closing = tidied.then(() => {
      database.db.close();
      this.closing.delete(closing);
    });
    this.closing.add(closing);
  }
}

interface IdleDatabase {
  readonly database: RunDatabase;
  /** Whether it can be used again. */
  readonly tidied: Promise<boolean>;
}
