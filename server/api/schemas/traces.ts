import { type JsonSchema, ref } from '../operation.js';
import { COUNT, FLAG, list, object, TEXT } from './object.js';

const ATTRIBUTES = { attributes: list(ref('KeyValue')), droppedAttributesCount: COUNT };
const NANOS: JsonSchema = {
  description: 'Nanoseconds since the Unix epoch.',
  type: 'string',
  pattern: '^\\d+$',
};
const TRACE_ID: JsonSchema = { type: 'string', pattern: '^[0-9a-f]{32}$' };
const SPAN_ID: JsonSchema = { type: 'string', pattern: '^[0-9a-f]{16}$' };
const ENUM: JsonSchema = { description: 'OTLP’s number.', type: 'integer', minimum: 0 };

/** OTLP’s JSON, which tests of rules take as well (`test … from "trace.json"`). */
export const TRACE_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Trace: object({
    resourceSpans: list(
      object({
        resource: object(ATTRIBUTES),
        scopeSpans: list(
          object({ scope: object({ name: TEXT, version: TEXT, ...ATTRIBUTES }), spans: list(ref('Span')) }),
        ),
      }),
    ),
    partial: { description: 'A block that could not be read may hold more of it.', ...FLAG },
  }),
  Span: object({
    traceId: TRACE_ID,
    spanId: SPAN_ID,
    parentSpanId: { type: 'string', pattern: '^([0-9a-f]{16})?$' },
    traceState: TEXT,
    name: TEXT,
    kind: ENUM,
    startTimeUnixNano: NANOS,
    endTimeUnixNano: NANOS,
    ...ATTRIBUTES,
    events: list(object({ timeUnixNano: NANOS, name: TEXT, ...ATTRIBUTES })),
    droppedEventsCount: COUNT,
    links: list(object({ traceId: TRACE_ID, spanId: TEXT, traceState: TEXT, ...ATTRIBUTES })),
    droppedLinksCount: COUNT,
    status: object({ code: ENUM, message: TEXT }),
  }),
  KeyValue: object({ key: TEXT, value: ref('AnyValue') }),
  AnyValue: {
    description: 'OTLP’s: one of these, or none.',
    type: 'object',
    maxProperties: 1,
    properties: {
      stringValue: TEXT,
      boolValue: FLAG,
      intValue: { type: 'string' },
      doubleValue: { type: ['number', 'string'] },
      bytesValue: { description: 'Base64.', ...TEXT },
      arrayValue: object({ values: list(ref('AnyValue')) }),
      kvlistValue: object({ values: list(ref('KeyValue')) }),
    },
  },
};
