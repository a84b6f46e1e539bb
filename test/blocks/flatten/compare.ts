/** Compares the fast path with DuckDB's own reading of the nested file, column by column and row by row. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { flattenBlock } from '../../../engine/blocks/flatten/flatten.js';
import { flattenNested } from '../../../engine/blocks/flatten/nested.js';
import type { BlockMeta } from '../../../engine/blocks/meta.js';
import type { Storage } from '../../../engine/blocks/storage.js';
import {
  ATTRIBUTE_TYPES,
  type AttributeKey,
  type AttributeType,
  type ColumnNeeds,
  EVENT_COLUMNS,
  type EventColumn,
  LINK_COLUMNS,
  type LinkColumn,
  SPAN_COLUMNS,
  type SpanColumn,
} from '../../../engine/plan/schema.js';
import { attributeColumn, type FlatBlock } from '../../../engine/sql/relations/flat.js';

export type FileKind = 'traces' | 'spans' | 'events' | 'links';

/** Every column there is, for the given attributes. */
export function allNeeds(attributes: readonly AttributeKey[]): ColumnNeeds {
  const keys = (scope: string): string[] => attributes.filter((a) => a.scope === scope).map(({ key }) => key);
  return {
    spans: Object.keys(SPAN_COLUMNS) as SpanColumn[],
    spanAttributes: attributes.filter(({ scope }) => scope !== 'event' && scope !== 'link'),
    events: { columns: Object.keys(EVENT_COLUMNS) as EventColumn[], attributes: keys('event') },
    links: { columns: Object.keys(LINK_COLUMNS) as LinkColumn[], attributes: keys('link') },
  };
}

export async function withDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'betrace-flatten-'));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export async function withDatabase<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return await use(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

export async function rows(connection: DuckDBConnection, sql: string): Promise<Record<string, unknown>[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJson() as Record<string, unknown>[];
}

export function pathsIn(directory: string, prefix = ''): Record<FileKind, string> {
  const path = (kind: FileKind): string => join(directory, `${prefix}${kind}.parquet`);
  return { traces: path('traces'), spans: path('spans'), events: path('events'), links: path('links') };
}

export interface Comparison {
  /** Problems in words; empty when both paths agree. */
  readonly differences: readonly string[];
  readonly fast: FlatBlock;
  readonly rows: Readonly<Record<FileKind, number>>;
  /** Columns of each file. */
  readonly columns: Readonly<Record<FileKind, readonly string[]>>;
}

/** Flattens both ways and compares. */
export async function compare(storage: Storage, meta: BlockMeta, needs: ColumnNeeds): Promise<Comparison> {
  return await withDirectory(async (directory) => {
    const fastPaths = pathsIn(directory, 'fast-');
    const slowPaths = pathsIn(directory, 'slow-');
    const differences: string[] = [];
    const onFallback = (reason: string): void => {
      differences.push(`the fast path gave up: ${reason}`);
    };
    const fast = await flattenBlock(storage, meta, needs, fastPaths, { onFallback });
    const slow = await flattenNested(storage, meta, needs, slowPaths);
    return await withDatabase(async (connection) => {
      if (fast.traceCount !== slow.traceCount) differences.push('trace counts differ');
      if (fast.spanCount !== slow.spanCount) differences.push('span counts differ');
      const counts: Partial<Record<FileKind, number>> = {};
      const columns: Partial<Record<FileKind, readonly string[]>> = {};
      for (const kind of [
        'traces',
        'spans',
        ...(needs.events ? ['events'] : []),
        ...(needs.links ? ['links'] : []),
      ] as FileKind[]) {
        const [a, b] = [fastPaths[kind], slowPaths[kind]];
        const described = await Promise.all([describe(connection, a), describe(connection, b)]);
        const [fastColumns, slowColumns] = described.map((d) => [...d].sort().join('\n'));
        if (fastColumns !== slowColumns) {
          differences.push(`${kind} have the columns\n${fastColumns}\ninstead of\n${slowColumns}`);
        }
        columns[kind] = described[0]!.map((column) => column.split(' ')[0]!);
        const [count] = await rows(connection, `SELECT count(*)::INTEGER AS n FROM '${a}'`);
        counts[kind] = Number(count!.n);
        const shared = described[1]!.map((d) => d.split(' ')[0]!).filter((c) => columns[kind]?.includes(c));
        const read = (path: string): string =>
          `(SELECT *, file_row_number AS n FROM read_parquet('${path}', file_row_number = true))`;
        const joined = `${read(a)} AS a FULL JOIN ${read(b)} AS b ON a.n = b.n`;
        const differs = (c: string): string =>
          `${comparable(`a.${c}`)} IS DISTINCT FROM ${comparable(`b.${c}`)}`;
        const sums = shared.map((c, i) => `count(*) FILTER (${differs(c)})::INTEGER AS d${i}`);
        const [found] = await rows(
          connection,
          `SELECT count(*) FILTER (a.n IS NULL OR b.n IS NULL)::INTEGER AS lone, ${sums.join(', ')} FROM ${joined}`,
        );
        if (found!.lone !== 0) differences.push(`${kind}: ${String(found!.lone)} rows are in one file only`);
        for (const [i, c] of shared.entries()) {
          if (found![`d${i}`] === 0) continue;
          const examples = await rows(
            connection,
            `SELECT a.n, a.${c} AS fast, b.${c} AS slow FROM ${joined} WHERE ${differs(c)} LIMIT 3`,
          );
          differences.push(
            `${kind}.${c}: ${String(found![`d${i}`])} rows, such as ${JSON.stringify(examples)}`,
          );
        }
      }
      return {
        differences,
        fast,
        rows: counts as Record<FileKind, number>,
        columns: columns as Record<FileKind, readonly string[]>,
      };
    });
  });
}

/** JSON that says the same may be written in two ways. */
function comparable(column: string): string {
  return column.endsWith('_further') ? `from_json(${column}, '${FURTHER}')` : column;
}

const FURTHER = JSON.stringify([
  Object.fromEntries(
    Object.entries(ATTRIBUTE_TYPES).map(([type, sql]) => [
      type,
      sql.endsWith('[]') ? [sql.replace('[]', '')] : sql,
    ]),
  ),
]);

async function describe(connection: DuckDBConnection, path: string): Promise<readonly string[]> {
  const described = await rows(connection, `DESCRIBE SELECT * FROM '${path}'`);
  return described.map((row) => `${String(row.column_name)} ${String(row.column_type)}`);
}

/** Which types the columns of an attribute have in a file. */
export function typesOf(columns: readonly string[], attribute: AttributeKey): readonly AttributeType[] {
  return (Object.keys(ATTRIBUTE_TYPES) as AttributeType[]).filter((type) =>
    columns.includes(attributeColumn(attribute, type)),
  );
}
