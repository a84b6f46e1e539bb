import { SERVICE_NAME } from '../../plan/needs.js';
import type { AttributeKey, ColumnNeeds, StoredScope } from '../../plan/schema.js';
import type { TextPool } from '../../sql/store/text-pool.js';
import type { ByteRange, SpanBatch } from '../otlp/batch.js';
import { EVENT, LINK, RESOURCE, SCOPE, SPAN, STATUS, WireReader } from '../otlp/fields.js';
import { AttributeValues, NeededKeys, readKeyValue } from './attributes.js';
import { readText, type TypedValue } from './value.js';

/** What a span's message says beyond the columns of its batch. Texts are numbers in the pool. */
export interface SpanMessage {
  name: number;
  statusMessage: number;
  status: number;
  scopeName: number;
  scopeVersion: number;
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
  /** Number in the pool. */
  readonly name: number;
  readonly timeSinceStart: bigint;
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
}

/** What spans of one resource and scope share, read once. */
interface GroupValues {
  readonly scopeName: number;
  readonly scopeVersion: number;
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
  private readonly message: SpanMessage;
  /** The text of no bytes. */
  private readonly none: number;
  private reader: WireReader = WireReader.create(NO_BYTES);

  constructor(
    private readonly needs: ColumnNeeds,
    private readonly pool: TextPool,
  ) {
    const none = pool.intern(NO_BYTES, 0, 0);
    this.none = none;
    this.message = { name: none, statusMessage: none, status: 0, scopeName: none, scopeVersion: none };
    const keyed = (keys: readonly string[]): Keyed => ({
      needed: new NeededKeys(keys),
      values: keys.map(() => new AttributeValues(pool)),
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

  /** Reads span `spanIndex` of the batch as row `row`. What is returned holds until the next call. */
  read(batch: SpanBatch, spanIndex: number, row: number): Readonly<SpanMessage> {
    const { message, none, pool } = this;
    const group = this.group(batch, batch.groupOf[spanIndex]!);
    message.name = none;
    message.statusMessage = none;
    message.status = 0;
    message.scopeName = group.scopeName;
    message.scopeVersion = group.scopeVersion;
    for (const [index, value] of group.resource) this.byScope.resource.values[index]!.set(row, value);
    for (const [index, value] of group.scope) this.byScope.instrumentation.values[index]!.set(row, value);
    const { needed, values } = this.byScope.span;
    const found = (index: number, value: TypedValue): void => values[index]!.set(row, value);
    if (this.reader.buf !== batch.bytes) this.reader = WireReader.create(batch.bytes);
    const { reader } = this;
    const end = batch.to[spanIndex]!;
    reader.pos = batch.from[spanIndex]!;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === SPAN.name) message.name = readText(reader, pool);
      else if (tag === SPAN.attributes) readKeyValue(reader, needed, pool, found);
      else if (tag === SPAN.status) this.readStatus(reader);
      else if (tag === SPAN.events && this.needs.events !== undefined)
        this.readItem(reader, 'event', row, batch.starts[spanIndex]!);
      else if (tag === SPAN.links && this.needs.links !== undefined) this.readItem(reader, 'link', row, 0n);
      else reader.skipType(tag & 7);
    }
    return message;
  }

  private readStatus(reader: WireReader): void {
    const end = reader.uint32() + reader.pos;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === STATUS.message) this.message.statusMessage = readText(reader, this.pool);
      else if (tag === STATUS.code) this.message.status = reader.int32();
      else reader.skipType(tag & 7);
    }
  }

  private readItem(reader: WireReader, kind: 'event' | 'link', row: number, start: bigint): void {
    const items = kind === 'event' ? this.events : this.links;
    const { needed, values } = this.byScope[kind];
    let name = this.none;
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
      } else if (kind === 'event' && tag === EVENT.name) name = readText(reader, this.pool);
      else if (kind === 'link' && tag === LINK.traceId) traceId = reader.bytes();
      else if (kind === 'link' && tag === LINK.spanId) spanId = reader.bytes();
      else if (tag === (kind === 'event' ? EVENT.attributes : LINK.attributes))
        readKeyValue(reader, needed, this.pool, (index, value) => values[index]!.set(items.length, value));
      else reader.skipType(tag & 7);
    }
    items.push({ row, name, timeSinceStart: BigInt.asIntN(64, time - start), traceId, spanId });
  }

  private group(batch: SpanBatch, groupIndex: number): GroupValues {
    let known = this.groups.get(batch);
    if (known === undefined) {
      known = [];
      this.groups.set(batch, known);
    }
    const group = known[groupIndex] ?? this.readGroup(batch, groupIndex);
    known[groupIndex] = group;
    return group;
  }

  private readGroup(batch: SpanBatch, groupIndex: number): GroupValues {
    const { resource, scope } = batch.groups[groupIndex]!;
    const { resource: ofResource, instrumentation } = this.byScope;
    let scopeName = this.none;
    let scopeVersion = this.none;
    const scopeValues = this.readHolder(batch, scope, SCOPE.attributes, instrumentation, (reader, tag) => {
      if (tag === SCOPE.name) scopeName = readText(reader, this.pool);
      else if (tag === SCOPE.version) scopeVersion = readText(reader, this.pool);
      else reader.skipType(tag & 7);
    });
    const resourceValues = this.readHolder(batch, resource, RESOURCE.attributes, ofResource, (reader, tag) =>
      reader.skipType(tag & 7),
    );
    // Tempo stores the service in a column of its own: the last text, and an empty one where there is none.
    const service = ofResource.needed.keys.indexOf(SERVICE_NAME.key);
    const named =
      resourceValues.findLast(([index, { type }]) => index === service && type === 's') ??
      ([service, { type: 's', value: this.none }] as const);
    const others = resourceValues.filter(([index]) => index !== service);
    const ofSpan = service < 0 ? others : [...others, named];
    return { scopeName, scopeVersion, resource: ofSpan, scope: scopeValues };
  }

  private readHolder(
    batch: SpanBatch,
    { from, to }: ByteRange,
    attributes: number,
    { needed }: Keyed,
    other: (reader: WireReader, tag: number) => void,
  ): readonly (readonly [number, TypedValue])[] {
    const values: [number, TypedValue][] = [];
    const found = (index: number, value: TypedValue): void => void values.push([index, value]);
    const reader = WireReader.create(batch.bytes);
    reader.pos = from;
    while (reader.pos < to) {
      const tag = reader.uint32();
      if (tag === attributes) readKeyValue(reader, needed, this.pool, found);
      else other(reader, tag);
    }
    return values;
  }
}
