/** The values of attributes in each block: small, and right for ever, as blocks never change. */
import { BoundedCache } from '../blocks/bounded-cache.js';
import { blockKey } from '../blocks/cache/cache-key.js';
import { concurrently } from '../blocks/concurrently.js';
import type { BlockMeta } from '../blocks/meta.js';
import { blockProblemOf } from '../blocks/problem-of-error.js';
import { ATTRIBUTE_TYPES, type AttributeKey, type AttributeType, type ColumnNeeds } from '../plan/schema.js';
import type { RunDatabases } from '../spans/run-databases.js';
import type { StoredTraces } from '../spans/stored-run.js';
import { attributeColumn, type FlatBlock, fileOfScope } from '../sql/relations/flat.js';
import { columnsOf, type TypedColumn, type ValueCount, wholeValues } from '../sql/relations/flat-values.js';
import type { Session } from '../sql/store/store.js';

/** A column of the flat files that has values of its own: of an attribute, or the names of spans. */
export type CountedColumn = AttributeKey | 'name';

/** What one block has of a column. */
export interface BlockColumn {
  readonly spans: number;
  /** All of them; undefined where there are too many to be kept. */
  readonly values: readonly ValueCount[] | undefined;
}

export interface BlockValuesOptions {
  /** What is kept of all blocks, about; the least recently used goes first. Default 16 MiB. */
  readonly maxBytes?: number;
  /** With more values than this in a block, an attribute is the id of something; nobody chooses it from a list. Default 2000. */
  readonly mostValues?: number;
}

/** Of a value in memory, beyond its characters; and of a block. */
const BYTES_OF_VALUE = 80;
const BYTES_OF_BLOCK = 200;

/** Values of the columns that were asked for, kept in memory up to a bound. Safe for any number of questions at once. */
export class BlockValues {
  private readonly known: BoundedCache<BlockColumn>;
  private readonly databases: RunDatabases;
  private readonly mostValues: number;

  constructor(
    databases: RunDatabases,
    { maxBytes = 16 * 1024 * 1024, mostValues = 2000 }: BlockValuesOptions = {},
  ) {
    this.databases = databases;
    this.known = new BoundedCache(maxBytes, bytesOf);
    this.mostValues = mostValues;
  }

  /**
   * What each of the blocks has, in their order; those that are not known are read. Undefined where one of them cannot be read, of which
   * whoever reads all of them says what is to be said. Rejects with the signal's reason, or with a bug.
   */
  async of(
    traces: StoredTraces,
    blocks: readonly BlockMeta[],
    column: CountedColumn,
    needs: ColumnNeeds,
  ): Promise<readonly BlockColumn[] | undefined> {
    const keyOf = (block: BlockMeta): string => JSON.stringify([blockKey(block), column]);
    const unknown = blocks.filter((block) => !this.known.has(keyOf(block)));
    const read = new Map(unknown.length === 0 ? [] : await this.read(traces, unknown, column, needs));
    const found: BlockColumn[] = [];
    for (const block of blocks) {
      const fresh = read.get(block);
      if (fresh === undefined && !this.known.has(keyOf(block))) return undefined;
      found.push(await this.known.get(keyOf(block), () => Promise.resolve(fresh!)));
    }
    return found;
  }

  private async read(
    { cache, flatten, memory, tempDirectory, signal }: StoredTraces,
    blocks: readonly BlockMeta[],
    column: CountedColumn,
    needs: ColumnNeeds,
  ): Promise<readonly (readonly [BlockMeta, BlockColumn])[]> {
    const database = await this.databases.take({ memory: Math.floor(memory / 2), tempDirectory });
    const found: (readonly [BlockMeta, BlockColumn])[] = [];
    try {
      await concurrently(flatten.size, blocks, async (block) => {
        signal?.throwIfAborted();
        try {
          const values = await cache.withFlatBlock(block, needs, flatten.builder(block, signal), (flat) =>
            countColumn(database.db, flat, column, this.mostValues),
          );
          found.push([block, values]);
        } catch (error) {
          if (signal?.aborted || blockProblemOf(block, error) === undefined) throw error;
        }
      });
    } catch (error) {
      database.db.close();
      throw error;
    }
    this.databases.giveBack(database);
    return found;
  }
}

async function countColumn(
  session: Session,
  flat: FlatBlock,
  column: CountedColumn,
  most: number,
): Promise<BlockColumn> {
  const path = column === 'name' ? flat.spans : fileOfScope(flat, column.scope);
  const columns = path === undefined ? [] : await columnsIn(session, path, column);
  const values = path === undefined ? [] : await wholeValues(session, path, columns, most + 1);
  return { spans: flat.spanCount, values: values.length > most ? undefined : values };
}

async function columnsIn(
  session: Session,
  path: string,
  column: CountedColumn,
): Promise<readonly TypedColumn[]> {
  if (column === 'name') return [['name', 's']];
  const there = await columnsOf(session, path);
  const types = Object.keys(ATTRIBUTE_TYPES) as readonly AttributeType[];
  const all = types.map((type) => [attributeColumn(column, type), type] as const);
  return all.filter(([name]) => there.has(name));
}

function bytesOf({ values = [] }: BlockColumn): number {
  return values.reduce((sum, { text }) => sum + 2 * text.length + BYTES_OF_VALUE, BYTES_OF_BLOCK);
}
