import type { ColumnNeeds, SpanColumn } from '../../plan/schema.js';
import type { NestedSet } from '../../sql/relations/nested-sets.js';
import { type Column, IdColumn, IntColumn, SmallIntColumn, TextColumn } from '../../sql/store/columns.js';
import type { TextPool } from '../../sql/store/text-pool.js';
import { isRoot, type SpanRef } from './merge.js';
import type { SpanMessage } from './span-values.js';

/** What is known of a span when its row is made. */
export interface SpanRow {
  readonly span: SpanRef;
  readonly message: Readonly<SpanMessage>;
  /** Only where nested set numbers are needed. */
  readonly numbers: NestedSet | undefined;
}

interface Filled {
  readonly column: Column;
  readonly set: (row: number, values: SpanRow) => void;
}

/** The columns of `spans` that are no attributes. */
export class SpanColumns {
  private readonly filled: ReadonlyMap<SpanColumn, Filled>;

  constructor(needs: ColumnNeeds, pool: TextPool) {
    this.filled = new Map(needs.spans.map((name) => [name, filled(name, pool)]));
  }

  add(row: number, values: SpanRow): void {
    for (const { set } of this.filled.values()) set(row, values);
  }

  get columns(): readonly (readonly [SpanColumn, Column])[] {
    return [...this.filled].map(([name, { column }]) => [name, column]);
  }
}

function filled(name: SpanColumn, pool: TextPool): Filled {
  switch (name) {
    case 'span_id':
      return ids((column, row, { batch, row: spanIndex }) => column.set(row, batch.spanIds, spanIndex * 8));
    case 'parent_id':
      return ids((column, row, span) => {
        if (!isRoot(span)) column.set(row, span.batch.parentIds, span.row * 8);
      });
    case 'name':
      return texts(pool, ({ name }) => name);
    case 'status_message':
      return texts(pool, ({ statusMessage }) => statusMessage);
    case 'scope_name':
      return texts(pool, ({ scopeName }) => scopeName);
    case 'scope_version':
      return texts(pool, ({ scopeVersion }) => scopeVersion);
    case 'kind':
      return ints(({ span: { batch, row } }) => BigInt(batch.kinds[row]!));
    case 'status':
      return ints(({ message }) => BigInt(message.status));
    case 'start_ns':
      return ints(({ span: { batch, row } }) => batch.starts[row]!);
    case 'duration_ns':
      return ints(({ span: { batch, row } }) => batch.durations[row]!);
    case 'nested_left':
      return smallInts((numbers) => numbers.left);
    case 'nested_right':
      return smallInts((numbers) => numbers.right);
    case 'nested_parent':
      return smallInts((numbers) => numbers.parent);
  }
}

function ids(put: (column: IdColumn, row: number, span: SpanRef) => void): Filled {
  const column = new IdColumn(8);
  return { column, set: (row, { span }) => put(column, row, span) };
}

function texts(pool: TextPool, textOf: (message: Readonly<SpanMessage>) => number): Filled {
  const column = new TextColumn(pool);
  return { column, set: (row, { message }) => column.set(row, textOf(message)) };
}

function ints(read: (values: SpanRow) => bigint): Filled {
  const column = new IntColumn();
  return { column, set: (row, values) => column.set(row, read(values)) };
}

function smallInts(read: (numbers: NestedSet) => number): Filled {
  const column = new SmallIntColumn();
  return {
    column,
    set: (row, { numbers }) => column.set(row, numbers === undefined ? 0 : read(numbers)),
  };
}
