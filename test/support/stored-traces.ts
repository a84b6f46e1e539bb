/** The traces of blocks as plain objects, read the slow way: nested rows by DuckDB, no code shared with the engine's reader. */

import type { BlockMeta } from '../../engine/blocks/meta.js';
import type { AnyValue, KeyValue, ResourceSpans } from '../../engine/blocks/trace/otlp-trace.js';
import type { KindName, StatusName } from '../../engine/language/tree/ast.js';
import { attributesOfPairs } from '../../engine/otlp/attributes.js';
import type { Attributes, AttributeValue, ScalarValue, Span, Trace } from '../../engine/otlp/model.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { traceOfNested } from '../query/nested-trace.js';
import { plainSql } from './plain-sql.js';

/** One trace for each row, fragments of a trace stay apart; one of `every` traces, chosen by id. */
export async function readPlainTraces(
  path: string,
  meta: BlockMeta,
  every: number,
): Promise<readonly Trace[]> {
  const database = await Database.open();
  const traces: Trace[] = [];
  const chosen = `SELECT TraceID, rs FROM read_parquet('${path}') WHERE hash(TraceID) % ${every} = 0`;
  for await (const [id, rs] of database.stream(plainSql(chosen))) {
    if (!(id instanceof Uint8Array)) throw new Error('a row without an id');
    const traceId = Buffer.from(id).toString('hex').padStart(32, '0');
    traces.push({ traceId, spans: traceOfNested(rs, meta).flatMap(spansOf) });
  }
  database.close();
  return traces;
}

const KINDS: readonly KindName[] = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const STATUSES: readonly StatusName[] = ['unset', 'ok', 'error'];

function spansOf({ resource, scopeSpans }: ResourceSpans): readonly Span[] {
  const shared = attributesOf(resource.attributes);
  return scopeSpans.flatMap(({ scope, spans }) => {
    const { name, version } = scope;
    const library = { name, version, attributes: attributesOf(scope.attributes) };
    return spans.map(
      (span): Span => ({
        spanId: span.spanId,
        parentSpanId: span.parentSpanId,
        name: span.name,
        kind: KINDS[span.kind]!,
        status: STATUSES[span.status.code]!,
        statusMessage: span.status.message,
        start: span.startTimeUnixNano,
        duration: span.endTimeUnixNano - span.startTimeUnixNano,
        resource: shared,
        attributes: attributesOf(span.attributes),
        scope: library,
        events: span.events.map((event) => ({
          name: event.name,
          timeSinceStart: event.timeUnixNano - span.startTimeUnixNano,
          attributes: attributesOf(event.attributes),
        })),
        links: span.links.map((link) => ({
          traceId: link.traceId,
          spanId: link.spanId,
          attributes: attributesOf(link.attributes),
        })),
      }),
    );
  });
}

/** Without values that TraceQL cannot ask for. */
function attributesOf(pairs: readonly KeyValue[]): Attributes {
  return attributesOfPairs(
    pairs.flatMap(({ key, value }): (readonly [string, AttributeValue])[] => {
      const plain = plainValue(value);
      return plain === undefined ? [] : [[key, plain]];
    }),
  );
}

function plainValue(value: AnyValue): AttributeValue | undefined {
  if (value.kind !== 'array') return scalar(value);
  const elements = value.values.map(scalar);
  const alike = elements.every((element) => element !== undefined && typeof element === typeof elements[0]);
  return alike ? elements.flatMap((element) => element ?? []) : undefined;
}

function scalar(value: AnyValue): ScalarValue | undefined {
  switch (value.kind) {
    case 'string':
    case 'bool':
    case 'int':
    case 'double':
      return value.value;
    default:
      return undefined;
  }
}
