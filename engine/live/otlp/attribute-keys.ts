import type { AttributeKey } from '../../plan/schema.js';
import type { ByteRange, SpanBatch } from './batch.js';
import { EVENT, KEY_VALUE, LINK, RESOURCE, SCOPE, SPAN, WireReader } from './fields.js';

/** The attributes that spans of these batches carry, themselves, in their resource or scope, or in their events and links: each once, by scope and key. */
export function attributeKeysIn(batches: readonly SpanBatch[]): readonly AttributeKey[] {
  const keys = new Map<string, AttributeKey>();
  const add = (scope: AttributeKey['scope'], key: string): void => {
    keys.set(`${scope}\0${key}`, { scope, key });
  };
  for (const batch of batches) {
    const reader = WireReader.create(batch.bytes);
    const read = ({ from, to }: ByteRange, attributes: number, scope: AttributeKey['scope']): void => {
      reader.pos = from;
      while (reader.pos < to) {
        const tag = reader.uint32();
        if (tag === attributes) add(scope, readKey(reader));
        else reader.skipType(tag & 7);
      }
    };
    for (const { resource, scope } of batch.groups) {
      read(resource, RESOURCE.attributes, 'resource');
      read(scope, SCOPE.attributes, 'instrumentation');
    }
    for (let n = 0; n < batch.count; n++) {
      const span = { from: batch.from[n]!, to: batch.to[n]! };
      read(span, SPAN.attributes, 'span');
      for (const item of rangesOf(reader, span, SPAN.events)) read(item, EVENT.attributes, 'event');
      for (const item of rangesOf(reader, span, SPAN.links)) read(item, LINK.attributes, 'link');
    }
  }
  return [...keys].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
}

/** Where the messages of a field lie. */
function rangesOf(reader: WireReader, { from, to }: ByteRange, field: number): readonly ByteRange[] {
  const found: ByteRange[] = [];
  reader.pos = from;
  while (reader.pos < to) {
    const tag = reader.uint32();
    if (tag !== field) {
      reader.skipType(tag & 7);
      continue;
    }
    const length = reader.uint32();
    found.push({ from: reader.pos, to: reader.pos + length });
    reader.pos += length;
  }
  return found;
}

function readKey(reader: WireReader): string {
  const end = reader.uint32() + reader.pos;
  let key = '';
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === KEY_VALUE.key) key = reader.string();
    else reader.skipType(tag & 7);
  }
  return key;
}
