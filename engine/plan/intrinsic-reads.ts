import type { Intrinsic } from '../language/tree/ast.js';
import type { FieldPlan } from './expression.js';
import type { EventColumn, LinkColumn, SpanColumn } from './schema.js';

/**
 * What an intrinsic is read from: columns of its own, the row of its trace, what says which span is the root, or the rows of a
 * span's children.
 */
export type ReadFrom =
  | { readonly spans: readonly SpanColumn[] }
  | { readonly event: EventColumn }
  | { readonly link: LinkColumn }
  | 'traces'
  | 'root'
  | 'children';

export const READ_FROM: Readonly<Record<Intrinsic, ReadFrom>> = {
  'span:name': { spans: ['name'] },
  'span:kind': { spans: ['kind'] },
  'span:status': { spans: ['status'] },
  'span:statusMessage': { spans: ['status_message'] },
  'span:duration': { spans: ['duration_ns'] },
  'span:start': { spans: ['start_ns'] },
  'span:end': { spans: ['start_ns', 'duration_ns'] },
  'span:id': { spans: ['span_id'] },
  'span:parentID': { spans: ['parent_id'] },
  'span:childCount': 'children',
  'trace:id': 'traces',
  'trace:duration': 'traces',
  'trace:start': 'traces',
  'trace:end': 'traces',
  'trace:rootName': 'root',
  'trace:rootService': 'root',
  'event:name': { event: 'name' },
  'event:timeSinceStart': { event: 'time_since_start_ns' },
  'link:traceID': { link: 'trace_id' },
  'link:spanID': { link: 'span_id' },
  'instrumentation:name': { spans: ['scope_name'] },
  'instrumentation:version': { spans: ['scope_version'] },
  nestedSetLeft: { spans: ['nested_left'] },
  nestedSetRight: { spans: ['nested_right'] },
  nestedSetParent: { spans: ['nested_parent'] },
};

/** Whether the field is worked out of the children of a span. */
export function readsChildren({ source }: FieldPlan): boolean {
  return source.kind === 'intrinsic' && READ_FROM[source.name] === 'children';
}

/** Whether the field of a span can be read only where the other spans of its trace are at hand. */
export function readsOtherSpans(field: FieldPlan): boolean {
  return field.hop !== 'self' || readsChildren(field);
}
