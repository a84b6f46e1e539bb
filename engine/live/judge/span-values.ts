import type { DuckDBValue } from '@duckdb/node-api';
import type { AttributeKey, ColumnNeeds, StoredScope } from '../../plan/schema.js';
import type { ByteRange, SpanBatch } from '../otlp/batch.js';
import { EVENT, LINK, RESOURCE, SCOPE, SPAN, STATUS, WireReader } from '../otlp/fields.js';
import { AttributeValues, NeededKeys, readKeyValue } from './attributes.js';
import type { TypedValue } from './value.js';

/** What a span's message says beyond the columns of its batch. */
export interface SpanTexts {
  name: string;
  statusMessage: string;
  status: number;
  scopeName: string;
  scopeVersion: string;
}

interface Keyed {
  readonly needed: NeededKeys;
  /** In the order of `needed.keys`. */
  readonly values: readonly AttributeValues[];
}

/** An event or a link of a span. */
export interface Item {
  /** Of the span. */
  readonly row: number;
  readonly name: string;
  readonly timeSinceStart: bigint;
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
}

/** What spans of one resource and scope share, read once. */
interface GroupValues {
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly resource: readonly (readonly [number, TypedValue])[];
  readonly scope: readonly (readonly [number, TypedValue])[];
}

const NO_BYTES = new Uint8Array(0);
const words = new Uint32Array(2);
const word = new BigInt64Array(words.buffer);

/** Reads from the bytes of requests what the rules need of spans, into columns. */
export class SpanReader {
  readonly events: Item[] = [];
  readonly links: Item[] = [];
  private readonly byScope: Readonly<Record<StoredScope, Keyed>>;
  private readonly groups = new Map<SpanBatch, (GroupValues | undefined)[]>();
  private readonly texts: SpanTexts = {
    name: '',
    statusMessage: '',
    status: 0,
    scopeName: '',
    scopeVersion: '',
  };

  constructor(private readonly needs: ColumnNeeds) {
    const keyed = (keys: readonly string[]): Keyed => ({
      needed: new NeededKeys(keys),
      values: keys.map(() => new AttributeValues()),
    });
    const keysOf = (scope: StoredScope): readonly string[] =>
      needs.spanAttributes.filter((attribute) => attribute.scope === scope).map(({ key }) => key);
    this.byScope = {
      span: keyed(keysOf('span')),
      resource: keyed(keysOf('resource')),
      instrumentation: keyed(keysOf('instrumentation')),
      event: keyed(needs.events?.attributes ?? []),
      link: keyed(needs.links?.attributes ?? []),
    };
  }

  valuesOf({ scope, key }: AttributeKey): AttributeValues {
    const { needed, values } = this.byScope[scope];
    return values[needed.keys.indexOf(key)]!;
  }

  /** The text of a value that was read; absent for another type. */
  textOf(attribute: AttributeKey, row: number): string | undefined {
    const value: DuckDBValue | undefined = this.valuesOf(attribute).columns.get('s')?.[row];
    return typeof value === 'string' ? value : undefined;
  }

  /** Reads span `n` of the batch as row `row`. What is returned holds until the next call. */
  read(batch: SpanBatch, n: number, row: number): Readonly<SpanTexts> {
    const { texts } = this;
    const group = this.group(batch, batch.groupOf[n]!);
    texts.name = '';
    texts.statusMessage = '';
    texts.status = 0;
    texts.scopeName = group.scopeName;
    texts.scopeVersion = group.scopeVersion;
    for (const [index, value] of group.resource) this.byScope.resource.values[index]!.set(row, value);
    for (const [index, value] of group.scope) this.byScope.instrumentation.values[index]!.set(row, value);
    const { needed, values } = this.byScope.span;
    const reader = WireReader.create(batch.bytes);
    const end = batch.to[n]!;
    reader.pos = batch.from[n]!;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === SPAN.name) texts.name = reader.string();
      else if (tag === SPAN.attributes)
        readKeyValue(reader, needed, (index, value) => values[index]!.set(row, value));
      else if (tag === SPAN.status) this.readStatus(reader);
      else if (tag === SPAN.events && this.needs.events !== undefined)
        this.readItem(reader, 'event', row, batch.starts[n]!);
      else if (tag === SPAN.links && this.needs.links !== undefined) this.readItem(reader, 'link', row, 0n);
      else reader.skipType(tag & 7);
    }
    return texts;
  }

  private readStatus(reader: WireReader): void {
    const end = reader.uint32() + reader.pos;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === STATUS.message) this.texts.statusMessage = reader.string();
      else if (tag === STATUS.code) this.texts.status = reader.int32();
      else reader.skipType(tag & 7);
    }
  }

  private readItem(reader: WireReader, kind: 'event' | 'link', row: number, start: bigint): void {
    const items = kind === 'event' ? this.events : this.links;
    const { needed, values } = this.byScope[kind];
    let name = '';
    let time = 0n;
    let traceId: Uint8Array = NO_BYTES;
    let spanId: Uint8Array = NO_BYTES;
    const end = reader.uint32() + reader.pos;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (kind === 'event' && tag === EVENT.time) {
        words[0] = reader.fixed32();
        words[1] = reader.fixed32();
        time = word[0]!;
      } else if (kind === 'event' && tag === EVENT.name) name = reader.string();
      else if (kind === 'link' && tag === LINK.traceId) traceId = reader.bytes();
      else if (kind === 'link' && tag === LINK.spanId) spanId = reader.bytes();
      else if (tag === (kind === 'event' ? EVENT.attributes : LINK.attributes))
        readKeyValue(reader, needed, (index, value) => values[index]!.set(items.length, value));
      else reader.skipType(tag & 7);
    }
    items.push({ row, name, timeSinceStart: BigInt.asIntN(64, time - start), traceId, spanId });
  }

  private group(batch: SpanBatch, n: number): GroupValues {
    let known = this.groups.get(batch);
    if (known === undefined) {
      known = [];
      this.groups.set(batch, known);
    }
    const group = known[n] ?? this.readGroup(batch, n);
    known[n] = group;
    return group;
  }

  private readGroup(batch: SpanBatch, n: number): GroupValues {
    const { resource, scope } = batch.groups[n]!;
    const { resource: ofResource, instrumentation } = this.byScope;
    let scopeName = '';
    let scopeVersion = '';
    const scopeValues = readHolder(batch, scope, SCOPE.attributes, instrumentation.needed, (reader, tag) => {
      if (tag === SCOPE.name) scopeName = reader.string();
      else if (tag === SCOPE.version) scopeVersion = reader.string();
      else reader.skipType(tag & 7);
    });
    const resourceValues = readHolder(
      batch,
      resource,
      RESOURCE.attributes,
      ofResource.needed,
      (reader, tag) => reader.skipType(tag & 7),
    );
    // Tempo stores the service in a column of its own, where an empty text means that there is none.
    const named = resourceValues.filter(
      ([index, { value }]) => !(value === '' && ofResource.needed.keys[index] === 'service.name'),
    );
    return { scopeName, scopeVersion, resource: named, scope: scopeValues };
  }
}

function readHolder(
  batch: SpanBatch,
  { from, to }: ByteRange,
  attributes: number,
  needed: NeededKeys,
  other: (reader: WireReader, tag: number) => void,
): readonly (readonly [number, TypedValue])[] {
  const values: [number, TypedValue][] = [];
  const reader = WireReader.create(batch.bytes);
  reader.pos = from;
  while (reader.pos < to) {
    const tag = reader.uint32();
    if (tag === attributes) readKeyValue(reader, needed, (index, value) => values.push([index, value]));
    else other(reader, tag);
  }
  return values;
}
