import { RETRACTS_KEY, VIOLATION_KEY } from '../../otlp/own-spans.js';
import type { ByteRange, SpanBatch } from './batch.js';
import { BatchColumns } from './columns.js';
import {
  ANY_VALUE,
  ARRAY_VALUE,
  EVENT,
  EXPORT_REQUEST,
  KEY_VALUE,
  LINK,
  RESOURCE,
  RESOURCE_SPANS,
  SCOPE,
  SCOPE_SPANS,
  SPAN,
  STATUS,
  WireReader,
} from './fields.js';
import { readingOtlp } from './reading.js';

/**
 * Reads an `ExportTraceServiceRequest` in protobuf form. The batch keeps `bytes`, which must not change from then on.
 *
 * Every message that rules can ever read is walked once, so that what is accepted can be read later without an error.
 * Throws `MalformedOtlp` where the bytes are no such request; single spans that no backend could store are left out and counted.
 */
export function decodeTraces(bytes: Uint8Array): SpanBatch {
  return readingOtlp(() => {
    const columns = new BatchColumns(bytes);
    const reader = WireReader.create(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === EXPORT_REQUEST.resourceSpans) resourceSpans(reader, endOf(reader), columns);
      else skip(reader, tag);
    }
    return columns.batch();
  });
}

const NOTHING: ByteRange = { from: 0, to: 0 };

function resourceSpans(reader: WireReader, end: number, columns: BatchColumns): void {
  // The resource may be behind the spans it belongs to, so they are read in a second pass.
  let resource = NOTHING;
  const scoped: ByteRange[] = [];
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === RESOURCE_SPANS.resource) {
      resource = rangeOf(reader);
      attributeHolder(reader, resource.to, RESOURCE.attributes);
    } else if (tag === RESOURCE_SPANS.scopeSpans) {
      const range = rangeOf(reader);
      scoped.push(range);
      reader.pos = range.to;
    } else skip(reader, tag);
  }
  ended(reader, end);
  for (const range of scoped) {
    reader.pos = range.from;
    scopeSpans(reader, range.to, resource, columns);
  }
  reader.pos = end;
}

function scopeSpans(reader: WireReader, end: number, resource: ByteRange, columns: BatchColumns): void {
  let scope = NOTHING;
  const start = reader.pos;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === SCOPE_SPANS.scope) {
      scope = rangeOf(reader);
      attributeHolder(reader, scope.to, SCOPE.attributes);
    } else skip(reader, tag);
  }
  ended(reader, end);
  columns.groups.push({ resource, scope });
  reader.pos = start;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === SCOPE_SPANS.spans) span(reader, endOf(reader), columns);
    else skip(reader, tag);
  }
}

/** 2^62 nanoseconds, so that no sum of a start and a duration overflows 64 bits. */
const LATEST_HIGH = 1 << 30;

const words = new Uint32Array(2);
const word = new BigInt64Array(words.buffer);

function span(reader: WireReader, end: number, columns: BatchColumns): void {
  const from = reader.pos;
  let traceAt = -1;
  let spanAt = -1;
  let parentAt = -1;
  let kind = 0;
  let start = 0n;
  let stop = 0n;
  let timely = true;
  let own = false;
  const time = (): bigint => {
    words[0] = reader.fixed32();
    const high = reader.fixed32();
    words[1] = high;
    if (high >= LATEST_HIGH) timely = false;
    return word[0]!;
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case SPAN.traceId:
        traceAt = idAt(reader, 16);
        break;
      case SPAN.spanId:
        spanAt = idAt(reader, 8);
        break;
      case SPAN.parentSpanId:
        parentAt = idAt(reader, 8);
        break;
      case SPAN.kind:
        kind = reader.int32();
        break;
      case SPAN.start:
        start = time();
        break;
      case SPAN.end:
        stop = time();
        break;
      case SPAN.attributes:
        own = keyValue(reader, endOf(reader)) || own;
        break;
      case SPAN.events:
        attributeHolder(reader, endOf(reader), EVENT.attributes);
        break;
      case SPAN.links:
        attributeHolder(reader, endOf(reader), LINK.attributes);
        break;
      case SPAN.status:
        status(reader, endOf(reader));
        break;
      default:
        skip(reader, tag);
    }
  }
  ended(reader, end);
  if (own) columns.own++;
  else if (traceAt < 0) columns.refuse('trace id');
  else if (spanAt < 0) columns.refuse('span id');
  else if (!timely) columns.refuse('time');
  else columns.add({ traceAt, spanAt, parentAt }, { from, to: end, kind }, start, stop);
}

/** Where an id is; -1 where it is absent, all zero, or of another length. */
function idAt(reader: WireReader, length: number): number {
  const { from, to } = rangeOf(reader);
  reader.pos = to;
  if (to - from !== length) return -1;
  for (let offset = from; offset < to; offset++) if (reader.buf[offset] !== 0) return from;
  return -1;
}

/** A message of which only the attributes have more structure. */
function attributeHolder(reader: WireReader, end: number, attributes: number): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === attributes) keyValue(reader, endOf(reader));
    else skip(reader, tag);
  }
  ended(reader, end);
}

function status(reader: WireReader, end: number): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === STATUS.code) reader.int32();
    else skip(reader, tag);
  }
  ended(reader, end);
}

/** Attributes that only spans written by this product have. */
const OWN = [VIOLATION_KEY, RETRACTS_KEY].map((key) => Buffer.from(key));

function isOwn(bytes: Uint8Array, from: number, to: number): boolean {
  // Nearly every key is identified by its length or its first byte.
  for (const key of OWN)
    if (to - from === key.length && bytes[from] === key[0] && key.equals(bytes.subarray(from, to)))
      return true;
  return false;
}

/** Whether the attribute marks a span as written by this product. */
function keyValue(reader: WireReader, end: number): boolean {
  let marked = false;
  let truthy = false;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === KEY_VALUE.key) {
      const { from, to } = rangeOf(reader);
      reader.pos = to;
      marked = isOwn(reader.buf, from, to);
    } else if (tag === KEY_VALUE.value) truthy = anyValue(reader, endOf(reader), true);
    else skip(reader, tag);
  }
  ended(reader, end);
  return marked && truthy;
}

/** Walks a value; true unless it is nothing or `false`. Arrays are looked into once: rules know no arrays of arrays. */
function anyValue(reader: WireReader, end: number, arrays: boolean): boolean {
  let truthy = false;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === ANY_VALUE.bool) truthy = reader.bool();
    else if (tag === ANY_VALUE.array && arrays) {
      truthy = true;
      const arrayEnd = endOf(reader);
      while (reader.pos < arrayEnd) {
        const inner = reader.uint32();
        if (inner === ARRAY_VALUE.values) anyValue(reader, endOf(reader), false);
        else skip(reader, inner);
      }
      ended(reader, arrayEnd);
    } else {
      truthy = true;
      skip(reader, tag);
    }
  }
  ended(reader, end);
  return truthy;
}

// ------------------------------------------------------------------------------------------------------------- wire

/** Reads the length that is before a message and returns where the message ends. */
function endOf(reader: WireReader): number {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError(`a length of ${length} reaches past the end`);
  return end;
}

function rangeOf(reader: WireReader): ByteRange {
  const to = endOf(reader);
  return { from: reader.pos, to };
}

/** A message whose last field reaches into its neighbour is broken. */
function ended(reader: WireReader, end: number): void {
  if (reader.pos !== end) throw new RangeError('a field reaches past the message it is in');
}

const GROUPS = 3;

/** Groups, long gone from protobuf, are refused: skipping them recurses as deep as a sender likes. */
function skip(reader: WireReader, tag: number): void {
  const wireType = tag & 7;
  if (wireType === GROUPS || tag >>> 3 === 0) throw new RangeError(`a field has the tag ${tag}`);
  reader.skipType(wireType);
}
