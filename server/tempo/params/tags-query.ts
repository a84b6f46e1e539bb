import { quoteString } from '../../../engine/language/tree/literals.js';
import { attributeNameText } from '../../../engine/language/tree/literals-attribute.js';
import { STATUS_NAMES } from '../../../engine/otlp/names.js';

/** Durations of traces, in nanoseconds. */
export interface TagsSearch {
  readonly tags: ReadonlyMap<string, string>;
  readonly minDuration?: bigint;
  readonly maxDuration?: bigint;
}

/**
 * The search by tags, which TraceQL replaced, as TraceQL: each tag on some span of the trace. As in Tempo a value is any part of the
 * attribute's, whatever the case; a number or truth value must be equal.
 */
export function tagsQuery({ tags, minDuration, maxDuration }: TagsSearch): string {
  const filters = [...tags].map(([name, value]) => tagCondition(name, value));
  if (minDuration !== undefined) filters.push(`trace:duration >= ${minDuration}ns`);
  if (maxDuration !== undefined) filters.push(`trace:duration <= ${maxDuration}ns`);
  return filters.length === 0 ? '{ }' : filters.map((filter) => `{ ${filter} }`).join(' && ');
}

/** Tempo's names for what is no attribute. */
const INTRINSICS: ReadonlyMap<string, string> = new Map([
  ['name', 'span:name'],
  ['root.name', 'trace:rootName'],
  ['root.service.name', 'trace:rootService'],
]);

function tagCondition(name: string, value: string): string {
  const intrinsic = INTRINSICS.get(name);
  if (intrinsic !== undefined) return containing(intrinsic, value);
  if (name === 'status' || name === 'status.code') {
    const status = STATUS_NAMES[Number(value)] ?? value;
    return STATUS_NAMES.some((name) => name === status) ? `span:status = ${status}` : 'false';
  }
  if (name === 'error' && value === 'true') return 'span:status = error || .error = true';
  const field = `.${attributeNameText(name)}`;
  const text = containing(field, value);
  if (value === 'true' || value === 'false') return `${text} || ${field} = ${value}`;
  return /^-?\d{1,18}(\.\d{1,18})?$/.test(value) ? `${text} || ${field} = ${value}` : text;
}

function containing(field: string, value: string): string {
  const pattern = value.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
  return `${field} =~ ${quoteString(`(?i).*${pattern}.*`)}`;
}
