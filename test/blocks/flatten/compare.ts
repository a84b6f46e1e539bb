/** Compares the fast path with DuckDB's own reading of the nested file, column by column and row by row. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { allColumns } from '../../../engine/blocks/cache/column-sets.js';
import { type FlatBase, neededPath } from '../../../engine/blocks/flatten/flat/paths.js';
import { flattenBlock } from '../../../engine/blocks/flatten/flatten.js';
import { flattenNested } from '../../../engine/blocks/flatten/nested/nested.js';
import type { NestedBudget } from '../../../engine/blocks/flatten/nested/nested-parts.js';
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
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
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

/** Columns in three parts, each column in one of them; where there are events and links, the first part has none. */
export function inParts(needs: ColumnNeeds, random: (below: number) => number): readonly ColumnNeeds[] {
  const part = <T>(items: readonly T[], n: number, places: readonly number[]): readonly T[] =>
    items.filter((_, item) => places[item] === n);
  const places = (items: readonly unknown[], first = 0): readonly number[] =>
    items.map(() => first + random(3 - first));
  const { spans, spanAttributes, events, links } = needs;
  const ofSpans = [places(spans), places(spanAttributes)] as const;
  const items = [events, links].map((nested) => ({
    columns: places(nested?.columns ?? [], 1),
    attributes: places(nested?.attributes ?? [], 1),
  }));
  return [0, 1, 2].map((n) => ({
    spans: part(spans, n, ofSpans[0]),
    spanAttributes: part(spanAttributes, n, ofSpans[1]),
    ...(events === undefined || n === 0
      ? {}
      : {
          events: {
            columns: part(events.columns, n, items[0]!.columns),
            attributes: part(events.attributes, n, items[0]!.attributes),
          },
        }),
    ...(links === undefined || n === 0
      ? {}
      : {
          links: {
            columns: part(links.columns, n, items[1]!.columns),
            attributes: part(links.attributes, n, items[1]!.attributes),
          },
        }),
  }));
}

/**
 * Flattens both ways and compares; the fast way with the columns of one part after the other, the slow way with traces whose columns have
 * about so many entries, in so much memory.
 */
export async function compare(
  storage: Storage,
  meta: BlockMeta,
  needs: ColumnNeeds,
  parts: readonly ColumnNeeds[] = [needs],
  budget?: NestedBudget,
): Promise<Comparison> {
  return await withDirectory(async (directory) => {
    const slow = await flattenNested(storage, meta, needs, pathsIn(directory), {}, budget);
    return await compareWith(slow, storage, meta, needs, parts);
  });
}

/** `compare` with what the slow way gave. */
export async function compareWith(
  slow: FlatBlock,
  storage: Storage,
  meta: BlockMeta,
  needs: ColumnNeeds,
  parts: readonly ColumnNeeds[] = [needs],
): Promise<Comparison> {
  return await withDirectory(async (directory) => {
    const differences: string[] = [];
    const onFallback = (reason: string): void => {
      differences.push(`the fast path gave up: ${reason}`);
    };
    let base: FlatBase | undefined;
    for (const [n, part] of parts.entries()) {
      const before = base === undefined ? undefined : contentOf(base);
      const sofar = base === undefined ? part : allColumns([base.needs, part]);
      const options = { onFallback, ...(base === undefined ? {} : { base }) };
      const block = await flattenBlock(storage, meta, sofar, pathsIn(directory, `${n}-`), options);
      if (base !== undefined && before !== contentOf(base))
        differences.push('files of the base have changed');
      base = { needs: sofar, block };
    }
    const fast = base!.block;
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
        const [a, b] = [neededPath(fast[kind], kind), neededPath(slow[kind], kind)];
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

function contentOf({ block }: FlatBase): string {
  const hash = createHash('sha256');
  for (const file of [block.traces, block.spans, block.events, block.links])
    if (file !== undefined) hash.update(readFileSync(file)).update('|');
  return hash.digest('hex');
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
