/**
 * The slow, trusted path: DuckDB reads the nested file itself. Gives the same rows as the fast path; blocks of unknown
 * page shapes fall back to it, and tests compare the two.
 */

import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type ColumnNeeds, EVENT_COLUMNS, LINK_COLUMNS, SPAN_COLUMNS } from '../../../plan/schema.js';
import { typeName } from '../../../sql/dialects/duckdb/dialect.js';
import type { FlatBlock } from '../../../sql/relations/flat.js';
import { isOutOfMemory } from '../../../sql/store/out-of-memory.js';
import type { BlockMeta } from '../../meta.js';
import type { Storage } from '../../storage.js';
import { BlockReadError } from '../error.js';
import { fetchFooter } from '../fetch.js';
import { type FlatPaths, type FlattenOptions, flatBlock, neededPath } from '../flat/paths.js';
import { hasProtoEvents, hasProtoLinks, keysOf, planScope, SPAN_LEAVES } from '../layout.js';
import type { Footer } from '../parquet/footer.js';
import { type AttributeSql, attributeSql } from './nested-attributes.js';
import { copyNeeded } from './nested-copy.js';
import {
  forEachPart,
  inOwnDatabase,
  joinParts,
  nestedBudget,
  type Part,
  partsOf,
  pathsOfPart,
  removeParts,
} from './nested-parts.js';
import { decodeProtoAttributes, decodeProtoLinks } from './nested-proto.js';
import { identifier, signed, text } from './nested-sql.js';

const DEFAULT_MEMORY = 256 * 2 ** 20;

/** Of this thread. */
let before: Promise<unknown> = Promise.resolve();

/**
 * `flattenBlock` by way of DuckDB, part after part, and one block of a thread after the other. Needs `memory` of the options, but at least what
 * `nestedBudget` says, and room on the disk for what all parts give, and for the needed columns of the data file. A part that does not fit is done in
 * halves. Rejects with `StorageError`, `CorruptError`, `ForeignFileError`, with `BlockReadError` where memory is not enough for a single trace, or with what DuckDB says.
 */
export async function flattenNested(...asked: Parameters<typeof flattenAlone>): Promise<FlatBlock> {
  const own = before.then(async () => await flattenAlone(...asked));
  before = own.catch(() => undefined);
  try {
    return await own;
  } catch (error) {
    if (!isOutOfMemory(error)) throw error;
    const [, { blockId, dataPath }] = asked;
    const what = 'reading it takes more memory than it may';
    throw new BlockReadError('BT4012', blockId, dataPath, what, { cause: error });
  }
}

async function flattenAlone(
  storage: Storage,
  block: BlockMeta,
  needs: ColumnNeeds,
  paths: FlatPaths,
  { signal, memory = DEFAULT_MEMORY, room }: FlattenOptions = {},
  { memory: ofDatabase, entries } = nestedBudget(memory),
): Promise<FlatBlock> {
  signal?.throwIfAborted();
  await room?.(ofDatabase);
  const { footer } = await fetchFooter(storage, block);
  const file = `${paths.traces}.nested`;
  const database = { tempDirectory: dirname(paths.traces), memory: ofDatabase };
  const targets: FlatPaths[] = [];
  const counts = { traces: 0, spans: 0 };
  const readPart = async (part: Part, target: FlatPaths): Promise<void> =>
    await inOwnDatabase(database, async (connection) => {
      const run = async (sql: string): Promise<void> => {
        signal?.throwIfAborted();
        await connection.run(sql);
      };
      const reader = new NestedReader(run, connection, footer, block, needs);
      const rows = rowsOf(file, part, block, counts.traces);
      await reader.readSpans(rows, counts.spans);
      const { traces, spans } = await reader.writeSpans(rows, target);
      if (needs.events) await reader.writeEvents(neededPath(target.events, 'events'), needs.events);
      if (needs.links) await reader.writeLinks(neededPath(target.links, 'links'), needs.links);
      counts.traces += traces;
      counts.spans += spans;
    });
  try {
    await copyNeeded(storage, block, footer, needs, file, signal);
    await forEachPart(partsOf(footer, entries), async (part, isAll) => {
      const target = isAll ? paths : pathsOfPart(paths, targets.length);
      await readPart(part, target);
      targets.push(target);
    });
    const written = (['traces', 'spans', 'events', 'links'] as const).filter(
      (role) => role === 'traces' || role === 'spans' || needs[role] !== undefined,
    );
    if (targets.length > 1)
      await inOwnDatabase(
        database,
        async (connection) => await joinParts(connection, targets, paths, written),
      );
    return flatBlock(block, needs, paths, counts, block.size);
  } finally {
    // The one that failed, where one did, has the next number.
    const parts = [...targets.filter((target) => target !== paths), pathsOfPart(paths, targets.length)];
    await removeParts(parts);
    await rm(file, { force: true });
  }
}

/** The rows of a part; those of a range of ids are numbered anew, from `first`. */
function rowsOf(file: string, { from, to }: Part, { ids }: BlockMeta, first: number): string {
  const all = `SELECT * FROM read_parquet(${text(file)}, file_row_number = true)
    WHERE file_row_number >= ${from} AND file_row_number < ${to}`;
  if (ids === undefined) return `(${all})`;
  const wanted = [
    ...(ids.from === undefined ? [] : [`TraceID >= unhex(${text(ids.from)})`]),
    ...(ids.to === undefined ? [] : [`TraceID < unhex(${text(ids.to)})`]),
  ];
  return `(SELECT * REPLACE (${first} + row_number() OVER (ORDER BY file_row_number) - 1 AS file_row_number)
    FROM (${[all, ...wanted].join(' AND ')}))`;
}

class NestedReader {
  constructor(
    private readonly run: (sql: string) => Promise<void>,
    private readonly connection: DuckDBConnection,
    private readonly footer: Footer,
    private readonly block: BlockMeta,
    private readonly needs: ColumnNeeds,
  ) {}

  /** Makes the table `nested`: a row a span, in file order and numbered from `first`, still with its resource, scope and span as structs. */
  async readSpans(rows: string, first: number): Promise<void> {
    await this.run(`
      CREATE TEMP TABLE nested AS
      WITH r AS (
        SELECT file_row_number AS trace, unnest(rs) AS r, generate_subscripts(rs, 1) AS ri
        FROM ${rows}
      ), s AS (
        SELECT trace, ri, r.Resource AS resource, unnest(r.ss) AS s, generate_subscripts(r.ss, 1) AS si FROM r
      ), p AS (
        SELECT trace, ri, si, resource, s.Scope AS scope, unnest(s.Spans) AS span,
          generate_subscripts(s.Spans, 1) AS pi
        FROM s
      )
      SELECT row_number() OVER (ORDER BY trace, ri, si, pi) - 1 + ${first} AS row, * FROM p ORDER BY trace, ri, si, pi`);
  }

  async writeSpans(rows: string, paths: FlatPaths): Promise<{ traces: number; spans: number }> {
    const columns = this.needs.spans.map((name) => {
      const leaf = SPAN_LEAVES[name];
      const value = leaf
        ? `span.${identifier(leaf)}`
        : name === 'scope_name'
          ? 'scope.Name'
          : 'scope.Version';
      const sql = SPAN_COLUMNS[name] === 'int64' ? signed(value) : value;
      return `${sql} AS ${identifier(name)}`;
    });
    const attributes = (['span', 'resource', 'instrumentation'] as const).flatMap((scope) =>
      attributeSql(
        planScope(this.footer, this.block, scope, keysOf(this.needs.spanAttributes, scope)),
        scope === 'instrumentation' ? 'scope' : scope,
      ),
    );
    await this.writeRows(
      'spans',
      'nested',
      ['trace::INTEGER AS trace', ...columns],
      'row',
      attributes,
      paths.spans,
    );
    await this.run(`
      CREATE TEMP TABLE traces AS
      SELECT TraceID AS trace_id, ${signed('StartTimeUnixNano')} AS start_ns, ${signed('EndTimeUnixNano')} AS end_ns,
        RootServiceName AS root_service, RootSpanName AS root_name, coalesce(irregular, true) AS irregular
      FROM ${rows}
      LEFT JOIN (
        SELECT trace, count(*) FILTER (octet_length(span.ParentSpanID) = 0) > 1
          OR count(*) > count(DISTINCT span.SpanID)
          OR bool_or(regexp_full_match(hex(span.ParentSpanID), '0+') OR regexp_full_match(hex(span.SpanID), '0*')) AS irregular
        FROM nested GROUP BY trace
      ) AS odd ON odd.trace = file_row_number
      ORDER BY file_row_number`);
    await this.copy('SELECT * FROM traces', paths.traces);
    return { traces: await this.count('traces'), spans: await this.count('nested') };
  }

  async writeEvents(path: string, needs: NonNullable<ColumnNeeds['events']>): Promise<void> {
    const v3 = hasProtoEvents(this.footer);
    await this.run(`
      CREATE TEMP TABLE event_rows AS
      SELECT row AS span, span.StartTimeUnixNano AS start, unnest(span.Events) AS event,
        generate_subscripts(span.Events, 1) AS number
      FROM nested ORDER BY row, number`);
    await this.run(`
      CREATE TEMP TABLE nested_events AS
      SELECT row_number() OVER (ORDER BY span, number) - 1 AS row, * FROM event_rows ORDER BY span, number`);
    const since = v3
      ? signed(
          '((event.TimeUnixNano::HUGEINT - start::HUGEINT + 18446744073709551616) % 18446744073709551616)',
        )
      : signed('event.TimeSinceStartNano');
    const sql = { name: 'event.Name', time_since_start_ns: since };
    const columns = needs.columns.map(
      (name) => `(${sql[name]})::${typeName(EVENT_COLUMNS[name])} AS ${name}`,
    );
    const attributes = v3
      ? await decodeProtoAttributes(this.connection, needs.attributes)
      : attributeSql(planScope(this.footer, this.block, 'event', needs.attributes), 'event');
    const rows = v3 ? '(SELECT * FROM nested_events LEFT JOIN proto_event USING (row))' : 'nested_events';
    await this.writeRows('events', rows, ['span::INTEGER AS span', ...columns], 'row', attributes, path);
  }

  async writeLinks(path: string, needs: NonNullable<ColumnNeeds['links']>): Promise<void> {
    const v3 = hasProtoLinks(this.footer);
    let attributes: readonly AttributeSql[];
    let columns: readonly string[];
    if (v3) {
      attributes = await decodeProtoLinks(this.connection, needs.attributes);
      columns = needs.columns;
    } else {
      await this.run(`
        CREATE TEMP TABLE nested_links AS
        SELECT row_number() OVER (ORDER BY span, number) - 1 AS row, * FROM (
          SELECT row AS span, unnest(span.Links) AS link, generate_subscripts(span.Links, 1) AS number FROM nested
        ) ORDER BY span, number`);
      attributes = attributeSql(planScope(this.footer, this.block, 'link', needs.attributes), 'link');
      const sql = { trace_id: 'link.TraceID', span_id: 'link.SpanID' };
      columns = needs.columns.map((name) => `(${sql[name]})::${typeName(LINK_COLUMNS[name])} AS ${name}`);
    }
    await this.writeRows(
      'links',
      'nested_links',
      ['span::INTEGER AS span', ...columns],
      'row',
      attributes,
      path,
    );
  }

  /** Makes and writes a table; attribute columns without any value are left out. */
  private async writeRows(
    name: string,
    from: string,
    columns: readonly string[],
    order: string,
    attributes: readonly AttributeSql[],
    path: string,
  ): Promise<void> {
    const inner = [0, 1].reduce((inner, stage) => {
      const prepared = new Set(attributes.flatMap(({ prepare }) => prepare?.[stage] ?? []));
      return prepared.size > 0 ? `(SELECT *, ${[...prepared].join(', ')} FROM ${inner})` : inner;
    }, from);
    const all = [...columns, ...attributes.map(({ column, sql }) => `${sql} AS ${column}`)];
    await this.run(
      `CREATE TEMP TABLE ${name} AS SELECT ${order}, ${all.join(', ')} FROM ${inner} ORDER BY ${order}`,
    );
    const counts = attributes.map(({ column }) => `count(${column})::INTEGER`).join(', ');
    const [used] =
      counts === '' ? [[]] : (await this.connection.runAndReadAll(`SELECT ${counts} FROM ${name}`)).getRows();
    const unused = attributes.filter((_, i) => used![i] === 0).map(({ column }) => column);
    const excluded = [order, ...unused].join(', ');
    await this.copy(`SELECT * EXCLUDE (${excluded}) FROM ${name} ORDER BY ${order}`, path);
  }

  private async copy(query: string, path: string): Promise<void> {
    await this.run(`COPY (${query}) TO ${text(path)} (FORMAT parquet)`);
  }

  private async count(from: string): Promise<number> {
    const reader = await this.connection.runAndReadAll(`SELECT count(*)::INTEGER FROM ${from}`);
    return Number(reader.getRows()[0]![0]);
  }
}
