/** Columns of spans, events and links out of the nested columns of a block. */
import type { EventColumn, LinkColumn, SpanColumn } from '../../../plan/schema.js';
import { MAX_DURATION, MAX_START } from '../../relations/time-bounds.js';
import { cast, int } from '../../text/operations.js';
import { concat, EMPTY, join, name, names, type Sql, sql } from '../../text/sql.js';
import type { NestedLeaf } from './nested-attributes.js';
import { ofLinks } from './nested-protobuf.js';

/** What spans are put together by. */
export const ALWAYS = [
  'span_id',
  'parent_id',
  'name',
  'kind',
  'start_ns',
  'duration_ns',
] as const satisfies readonly SpanColumn[];

/** The columns of a block that are read, taken out of the lists around spans: all lists of a level at once, as they are of one length. */
export class SpanLeaves {
  private readonly all = new Map<string, { readonly index: number; readonly leaf: NestedLeaf }>();

  /** What a leaf is called in a row for each span. */
  at(leaf: NestedLeaf): Sql {
    const known = this.all.get(leaf.path) ?? { index: this.all.size, leaf };
    this.all.set(leaf.path, known);
    return alias(known.index, Math.min(leaf.depth, LEVELS));
  }

  joins(): Sql {
    const levels = Array.from({ length: LEVELS }, (_, n) => {
      const taken = [...this.all.values()].filter(({ leaf }) => leaf.depth > n);
      const arrays = taken.map(({ index, leaf }) => {
        const from = n === 0 ? pathSql(leaf.path) : alias(index, n);
        return sql`${from} AS ${alias(index, n + 1)}`;
      });
      return sql` ARRAY JOIN ${join(arrays, ', ')}`;
    });
    return concat(levels);
  }
}

/** Resource spans, scope spans, spans. */
const LEVELS = 3;
const LINKS = 'rs.ss.Spans.Links';

/** Those of events or links, which a span has as arrays; `messages`: as vParquet3 has them, which become what they are in vParquet4. */
export class ItemLeaves {
  private readonly all = new Map<string, NestedLeaf>();

  constructor(
    private readonly item: string,
    private readonly spans: SpanLeaves,
    private readonly messages: boolean,
  ) {}

  at(leaf: NestedLeaf): Sql {
    this.all.set(leaf.path, leaf);
    return name(`own_${this.arrayOf(leaf.path)}`);
  }

  names(): readonly string[] {
    return [...this.all.keys()].map((path) => this.arrayOf(path));
  }

  selected(): readonly Sql[] {
    return [...this.all.values()].map(
      (leaf) => sql`${this.stored(leaf)} AS ${name(this.arrayOf(leaf.path))}`,
    );
  }

  private stored(leaf: NestedLeaf): Sql {
    if (!this.messages) return this.spans.at(leaf);
    if (leaf.path.startsWith(`${LINKS}.`))
      return ofLinks(this.spans.at({ path: LINKS, depth: LEVELS }), leaf.path.slice(LINKS.length + 1));
    if (leaf.path !== 'rs.ss.Spans.Events.TimeSinceStartNano') return this.spans.at(leaf);
    const times = this.spans.at({ path: 'rs.ss.Spans.Events.TimeUnixNano', depth: leaf.depth });
    const start = this.spans.at({ path: 'rs.ss.Spans.StartTimeUnixNano', depth: LEVELS });
    return sql`arrayMap(t -> toInt64(t) - toInt64(${start}), ${times})`;
  }

  /** What `at` gives, and the place in the array, from 1. */
  columns(): readonly Sql[] {
    return [...names(this.names().map((array) => `own_${array}`)), sql`place`];
  }

  joins(): Sql {
    const arrays = names(this.names());
    const taken = this.names().map((array) => sql`${name(array)} AS ${name(`own_${array}`)}`);
    return sql` ARRAY JOIN ${join([...taken, sql`arrayEnumerate(${arrays[0] ?? EMPTY}) AS place`], ', ')}`;
  }

  private arrayOf(path: string): string {
    return `${this.item}_${path.replaceAll('.', '_')}`;
  }
}

function alias(index: number, level: number): Sql {
  return sql`leaf_${index}_${level}`;
}

function pathSql(path: string): Sql {
  return concat(path.split('.').flatMap((part, n) => (n === 0 ? [name(part)] : [sql`.`, name(part)])));
}

export function spanColumn(column: SpanColumn, leaves: SpanLeaves): Sql {
  const span = (leaf: string): Sql => leaves.at({ path: `rs.ss.Spans.${leaf}`, depth: 3 });
  const scope = (leaf: string): Sql => leaves.at({ path: `rs.ss.Scope.${leaf}`, depth: 2 });
  switch (column) {
    case 'span_id':
      return span('SpanID');
    case 'parent_id':
      return span('ParentSpanID');
    case 'name':
      return span('Name');
    case 'kind':
      return span('Kind');
    case 'status':
      return span('StatusCode');
    case 'status_message':
      return span('StatusMessage');
    case 'start_ns':
      return clamped(span('StartTimeUnixNano'), MAX_START);
    case 'duration_ns':
      return clamped(span('DurationNano'), MAX_DURATION);
    case 'nested_left':
    case 'nested_right':
    case 'nested_parent':
      // Computed when fragments are merged.
      return cast(sql`0`, 'int32');
    case 'scope_name':
      return scope('Name');
    case 'scope_version':
      return scope('Version');
  }
}

export function itemColumn(column: EventColumn | LinkColumn, refer: (leaf: NestedLeaf) => Sql): Sql {
  const leaf = (path: string): Sql => refer({ path: `rs.ss.Spans.${path}`, depth: 4 });
  switch (column) {
    case 'name':
      return leaf('Events.Name');
    case 'time_since_start_ns':
      return sql`toInt64(${leaf('Events.TimeSinceStartNano')})`;
    case 'trace_id':
      return leaf('Links.TraceID');
    case 'span_id':
      return leaf('Links.SpanID');
  }
}

/** Of a UInt64: what is no signed number is before 1970 (`time-bounds.ts`). */
function clamped(time: Sql, most: bigint): Sql {
  return sql`if(bitTest(${time}, 63) = 1, ${int(0n)}, toInt64(least(${time}, toUInt64(${int(most)}))))`;
}
