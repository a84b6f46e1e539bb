/** The messages of OpenTelemetry that vParquet3 keeps as bytes, by protobufjs. */
import protobuf, { type Type } from 'protobufjs';
import { pairsOf } from '../../engine/otlp/attributes.js';
import type { AttributeValue, ScalarValue, SpanLink } from '../../engine/otlp/model.js';

const ROOT = protobuf.Root.fromJSON({
  nested: {
    AnyValue: {
      fields: {
        stringValue: { type: 'string', id: 1 },
        boolValue: { type: 'bool', id: 2 },
        intValue: { type: 'int64', id: 3 },
        doubleValue: { type: 'double', id: 4 },
        arrayValue: { type: 'ArrayValue', id: 5 },
        bytesValue: { type: 'bytes', id: 7 },
      },
      oneofs: {
        value: {
          oneof: ['stringValue', 'boolValue', 'intValue', 'doubleValue', 'arrayValue', 'bytesValue'],
        },
      },
    },
    ArrayValue: { fields: { values: { rule: 'repeated', type: 'AnyValue', id: 1 } } },
    KeyValue: { fields: { key: { type: 'string', id: 1 }, value: { type: 'AnyValue', id: 2 } } },
    Link: {
      fields: {
        traceId: { type: 'bytes', id: 1 },
        spanId: { type: 'bytes', id: 2 },
        attributes: { rule: 'repeated', type: 'KeyValue', id: 4 },
      },
    },
    LinkSlice: { fields: { links: { rule: 'repeated', type: 'Link', id: 1 } } },
  },
});
export const AnyValueType = ROOT.lookupType('AnyValue');
export const LinkSlice = ROOT.lookupType('LinkSlice');

type Bytes = Uint8Array<ArrayBuffer>;

/** An `AnyValue`. */
export function anyValueBytes(value: AttributeValue): Bytes {
  return encoded(AnyValueType, anyValueOf(value));
}

/** A `LinkSlice`. */
export function linksBytes(links: readonly SpanLink[]): Bytes {
  return encoded(LinkSlice, {
    links: links.map(({ traceId, spanId, attributes }) => ({
      traceId: Buffer.from(traceId, 'hex'),
      spanId: Buffer.from(spanId, 'hex'),
      attributes: [...pairsOf(attributes)].map(([key, value]) => ({ key, value: anyValueOf(value) })),
    })),
  });
}

function encoded(type: Type, object: object): Bytes {
  return new Uint8Array(type.encode(type.fromObject(object)).finish());
}

function anyValueOf(value: AttributeValue): object {
  return typeof value === 'object' ? { arrayValue: { values: value.map(scalarOf) } } : scalarOf(value);
}

function scalarOf(value: ScalarValue): object {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'bigint':
      return { intValue: String(value) };
    case 'number':
      return { doubleValue: value };
    default:
      return { boolValue: value };
  }
}
