/** The attributes of one resource, scope, span, event or link of a row, wherever the block keeps them. */

import type { StoredScope } from '../../plan/schema.js';
import { type DirectColumn, directKeys, planScope } from '../flatten/layout.js';
import type { Footer } from '../flatten/parquet/footer.js';
import type { BlockMeta } from '../meta.js';
import type { AnyValue, KeyValue } from './otlp-trace.js';
import type { LeafValue } from './page-values.js';
import { textOf, valueOfJson, valueOfProto } from './stored-values.js';
import type { ListPath, TraceRow } from './trace-row.js';

const SCOPES = [
  'resource',
  'instrumentation',
  'span',
  'event',
  'link',
] as const satisfies readonly StoredScope[];

/** The list of attributes of each scope, and in how many lists the scope itself lies. */
const PLACES: Readonly<Record<StoredScope, { readonly list: ListPath; readonly depth: number }>> = {
  resource: { list: 'rs.Resource.Attrs', depth: 1 },
  instrumentation: { list: 'rs.ss.Scope.Attrs', depth: 2 },
  span: { list: 'rs.ss.Spans.Attrs', depth: 3 },
  event: { list: 'rs.ss.Spans.Events.Attrs', depth: 4 },
  link: { list: 'rs.ss.Spans.Links.Attrs', depth: 4 },
};

export class AttributeReader {
  private readonly direct: ReadonlyMap<StoredScope, readonly DirectColumn[]>;
  /** vParquet3 keeps each value of an event's attributes as one protobuf message. */
  private readonly protoEvents: boolean;

  /** Throws `ForeignFileError`. */
  constructor(
    private readonly row: TraceRow,
    footer: Footer,
    block: BlockMeta,
  ) {
    this.direct = new Map(
      SCOPES.map((scope) => [scope, planScope(footer, block, scope, directKeys(block, scope)).direct]),
    );
    this.protoEvents = !footer.leaves.has('rs.ss.Spans.Events.Attrs.ValueInt');
  }

  /** Those in columns of their own first, then in the order in which they were sent. */
  read(scope: StoredScope, position: number): readonly KeyValue[] {
    const { list, depth } = PLACES[scope];
    const found: KeyValue[] = [];
    for (const column of this.direct.get(scope) ?? []) {
      const value = directValue(column, this.row.values(column.leaf.path, depth, position));
      if (value) found.push({ key: column.key, value });
    }
    const { from, to } = this.row.elements(list, position);
    for (let i = from; i < to; i++) {
      const value =
        scope === 'event' && this.protoEvents ? this.proto(list, i) : this.listed(list, depth + 1, i);
      found.push({ key: text(this.row.value(`${list}.Key`, i)), value });
    }
    return found;
  }

  private proto(list: ListPath, position: number): AnyValue {
    const value = this.row.value(`${list}.Value`, position);
    return value instanceof Uint8Array ? valueOfProto(value) : { kind: 'empty' };
  }

  private listed(list: ListPath, depth: number, position: number): AnyValue {
    const values = ['Value', 'ValueInt', 'ValueDouble', 'ValueBool'].flatMap((name) =>
      this.row.values(`${list}.${name}`, depth, position).map(anyValue),
    );
    if (this.row.value(`${list}.IsArray`, position) === true) return { kind: 'array', values };
    if (values[0]) return values[0];
    for (const name of ['ValueUnsupported', 'ValueArray', 'ValueKVList']) {
      const json = this.row.value(`${list}.${name}`, position);
      if (json instanceof Uint8Array) return valueOfJson(textOf(json));
    }
    return { kind: 'empty' };
  }
}

/** Several values are an array, which dedicated columns of vParquet5 may hold. */
function directValue(column: DirectColumn, values: readonly LeafValue[]): AnyValue | undefined {
  const [first] = values;
  if (first === undefined) return undefined;
  if (column.emptyIsAbsent && first instanceof Uint8Array && first.length === 0) return undefined;
  return values.length > 1 ? { kind: 'array', values: values.map(anyValue) } : anyValue(first);
}

/** INT32 columns hold counts, no attributes: a number is a double here. */
function anyValue(value: LeafValue): AnyValue {
  if (value instanceof Uint8Array) return { kind: 'string', value: textOf(value) };
  switch (typeof value) {
    case 'bigint':
      return { kind: 'int', value };
    case 'number':
      return { kind: 'double', value };
    default:
      return { kind: 'bool', value };
  }
}

function text(value: LeafValue | undefined): string {
  return value instanceof Uint8Array ? textOf(value) : '';
}
