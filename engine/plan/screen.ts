/**
 * What is known of traces before they are read: which of them any rule has a case in, by the spans that filters match.
 *
 * Filters look at spans as they are stored. A span may be stored twice, with other attributes, and of copies one stays: a filter that none
 * matches then matches none of what stays, while one that some matches may match none. What a filter requires of things that are the same in
 * all copies is not in doubt.
 */
import { intrinsicInfo } from '../language/tree/intrinsics.js';
import { type Expression, type FieldPlan, forEachField } from './expression.js';
import { needsWith } from './needs.js';
import type { Plan } from './plan.js';
import type { ColumnNeeds } from './schema.js';

/**
 * What has to be read of every trace for it; undefined where some filter looks at more than a span by itself, or at what changes when a
 * trace is put together.
 */
export function screenNeeds({ rules, predicates, needs }: Plan): ColumnNeeds | undefined {
  const fields: FieldPlan[] = [];
  for (const predicate of predicates) forEachField(predicate, (field) => void fields.push(field));
  if (predicates.length === 0 || rules.some(({ flow }) => flow !== undefined) || !fields.every(isOfSpan))
    return undefined;
  // Which spans may be copies of one (`sql/run/screen.ts`).
  const spans = predicates.every(sameInCopies) ? (['name'] as const) : (['kind', 'name'] as const);
  const screened = needsWith({ spans, spanAttributes: [] }, fields);
  // Attributes of a scope lie in the same columns: those that are needed later would be read of them again.
  const scopes = new Set(screened.spanAttributes.map(({ scope }) => scope));
  return { ...screened, spanAttributes: needs.spanAttributes.filter(({ scope }) => scopes.has(scope)) };
}

/** Of a span by itself; ids of zeros are no ids once a trace has been put together. */
function isOfSpan({ hop, source, first, among, bound }: FieldPlan): boolean {
  if (hop !== 'self' || first === true || among !== undefined || bound !== undefined) return false;
  if (source.kind === 'attribute') return source.scope !== 'event' && source.scope !== 'link';
  return intrinsicInfo(source.name).of === 'span' && !/ID$/i.test(source.name);
}

/** Whether a filter matches all copies of a span or none (`otlp/copies.ts`). */
export function sameInCopies(predicate: Expression): boolean {
  let same = true;
  forEachField(predicate, ({ source }) => {
    same &&= source.kind === 'intrinsic' && (source.name === 'span:name' || source.name === 'span:kind');
  });
  return same;
}
