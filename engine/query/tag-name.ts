import type { Field } from '../language/tree/ast.js';
import { fieldOfToken, intrinsicField } from '../language/tree/fields.js';
import type { FieldPlan } from '../plan/expression.js';
import { lowerField } from '../plan/lower/lower-expression.js';

/**
 * The field that a tag names: a TraceQL identifier (`span.http.method`, `.a`, `span:status`, `name`, `span."a b"`), or a bare key
 * as Tempo's first API has it, which is looked for in spans and resources.
 */
export function fieldOfTag(tag: string): FieldPlan {
  return lowerField(fieldOf(tag), 'at hand');
}

function fieldOf(tag: string): Field {
  const range = { start: 0, end: tag.length };
  const intrinsic = intrinsicField(tag, range);
  if (intrinsic) return intrinsic;
  const bare: Field = { kind: 'attribute', hop: 'self', scope: 'any', key: tag, range };
  if (!tag.includes('.')) return bare;
  const field = fieldOfToken(tag, range);
  // `http.method` is a key, not a field of something called `http`; neither do tags hop.
  if (field.bound !== undefined || field.hop !== 'self') return bare;
  return field;
}
