import type { AttributeKey } from '../../plan/schema.js';
import type { ByteRange, SpanBatch } from './batch.js';
import { KEY_VALUE, RESOURCE, SCOPE, SPAN, WireReader } from './fields.js';

/** The attributes that spans of these batches carry, themselves or in their resource or scope: each once, by scope and key. */
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
    for (let n = 0; n < batch.count; n++)
      read({ from: batch.from[n]!, to: batch.to[n]! }, SPAN.attributes, 'span');
  }
  return [...keys].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
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
