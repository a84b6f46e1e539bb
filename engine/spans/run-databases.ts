import { isDeepStrictEqual } from 'node:util';
import type { ColumnNeeds } from '../plan/schema.js';
import { openStore } from '../sql/open-store.js';
import { BlockRelations, type Unit, type Window } from '../sql/relations/block-relations.js';
import type { FlatBlock } from '../sql/relations/flat.js';
import type { Store, StoreOptions } from '../sql/store/store.js';

/**
 * A database that one run after another uses. It remembers which relations it holds: a run over the same blocks with the same
 * columns and window finds its traces put together already.
 */
export class RunDatabase {
  private held: { readonly of: readonly unknown[]; readonly relations: BlockRelations } | undefined;
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
  ): Promise<BlockRelations> {
    const files = blocks.map(({ traces, spans, events, links }) => [traces, spans, events, links]);
    const of = [files, needs, window];
    if (this.held !== undefined && isDeepStrictEqual(this.held.of, of)) return this.held.relations;
    this.held = undefined;
    this.shown = undefined;
    const relations = await BlockRelations.open(this.db, blocks, needs, window);
    this.held = { of, relations };
    return relations;
  }

  /** Makes the relations those of `unit`, unless they are. */
  async show(relations: BlockRelations, unit: Unit): Promise<void> {
    if (this.held?.relations === relations && isDeepStrictEqual(this.shown, unit)) return;
    this.shown = undefined;
    await relations.show(unit);
    if (this.held?.relations === relations) this.shown = unit;
  }

  /** Drops what the run that ends has made; only the relations stay. */
  async tidy(): Promise<void> {
    await this.db.dropAllBut(this.held === undefined ? [] : this.held.relations.names());
  }
}

/**
 * Databases that outlive a run, so that the next one need not open one. Whoever makes this closes it, once no run uses it any
 * more. Each idle database holds little more than the merged traces of its last run, within that run's memory.
 */
export class RunDatabases {
  private readonly idle: IdleDatabase[] = [];
  private readonly closing = new Set<Promise<void>>();
  private closed = false;

  /** At most `most` databases are kept idle. Runs at the same time have one each, however many they are. */
  constructor(private readonly most = 1) {}

  /** One of the idle databases opened with the same options, if there is one; else a new one. */
  async take(options: StoreOptions): Promise<RunDatabase> {
    const n = this.idle.findIndex(({ database }) => isDeepStrictEqual(database.options, options));
    const [one] = this.idle.splice(n, n < 0 ? 0 : 1);
    if (one !== undefined && (await one.tidied)) return one.database;
    one?.database.db.close();
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
    for (const one of this.idle.splice(0)) this.end(one);
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
