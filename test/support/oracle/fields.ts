/** What a field of a span is: hops to the parent and the root, bound spans, intrinsics, attributes. */
import type { AttributeField, Field, Intrinsic, IntrinsicField } from '../../../engine/language/tree/ast.js';
import { serviceName as nameOfService } from '../../../engine/otlp/attributes.js';
import type { AttributeValue, SeveralValues, Span, SpanEvent, SpanLink } from '../../../engine/otlp/model.js';
import { childCount, endOf, homeOf, type Whole } from './structure.js';
import { durationOf, fromAttribute, instant, int, NIL, string, type Value } from './values.js';

export type Binding = ReadonlyMap<string, Span>;
export const NO_BINDING: Binding = new Map();

/** What an expression is evaluated over. Scalars have no span at hand, only bound ones. */
export interface Scene {
  readonly whole: Whole;
  readonly binding: Binding;
  readonly span?: Span;
  /**
   * What a filter tries, `none` of a span that has none; elsewhere nothing is tried, and a field is that of the first of the span
   * that has it.
   */
  readonly event?: SpanEvent | 'none';
  readonly link?: SpanLink | 'none';
  /** Behind a filter that asked for one: what satisfied it. */
  readonly chosen?: Chosen;
}

/** The events and links of a span that a field may be read of; all where there are none. */
export interface Chosen {
  readonly events?: readonly SpanEvent[];
  readonly links?: readonly SpanLink[];
}

export function boundSpan(binding: Binding, name: string): Span {
  const span = binding.get(name);
  if (!span) throw new RangeError(`${name} is not the name of a bound span`);
  return span;
}

/** Fields of the events of the span at hand; those of another span's events are not tried one by one. */
export function isEventField(field: Field): boolean {
  return isOwn(field) && ofEvent(field);
}

export function isLinkField(field: Field): boolean {
  return isOwn(field) && ofLink(field);
}

function isOwn(field: Field): boolean {
  return field.bound === undefined && field.hop === 'self';
}

function ofEvent(field: Field): boolean {
  return field.kind === 'attribute' ? field.scope === 'event' : field.name.startsWith('event:');
}

function ofLink(field: Field): boolean {
  return field.kind === 'attribute' ? field.scope === 'link' : field.name.startsWith('link:');
}

export function fieldValue(field: Field, scene: Scene): Value {
  const span = fieldSpan(field, scene);
  if (!span) return NIL;
  if (ofEvent(field)) {
    const seen = isOwn(field) ? (scene.chosen?.events ?? span.events) : span.events;
    const events = isOwn(field) && scene.event ? tried(scene.event) : seen;
    return firstPresent(events.map((event) => eventValue(field, event)));
  }
  if (ofLink(field)) {
    const seen = isOwn(field) ? (scene.chosen?.links ?? span.links) : span.links;
    const links = isOwn(field) && scene.link ? tried(scene.link) : seen;
    return firstPresent(links.map((link) => linkValue(field, link)));
  }
  return field.kind === 'attribute' ? attribute(field, span) : intrinsic(field, span, scene);
}

function tried<T>(item: T | 'none'): readonly T[] {
  return item === 'none' ? [] : [item];
}

function firstPresent(values: readonly Value[]): Value {
  return values.find(({ kind }) => kind !== 'nil') ?? NIL;
}

function eventValue(field: Field, event: SpanEvent): Value {
  if (field.kind === 'attribute') return fromAttribute(event.attributes.get(field.key));
  return field.name === 'event:name' ? string(event.name) : durationOf(event.timeSinceStart);
}

function linkValue(field: Field, link: SpanLink): Value {
  if (field.kind === 'attribute') return fromAttribute(link.attributes.get(field.key));
  return field.name === 'link:spanID'
    ? id(link.spanId)
    : { kind: 'id', value: link.traceId.toLowerCase(), trimZeros: true, shown: link.traceId.toLowerCase() };
}

function fieldSpan(field: Field, scene: Scene): Span | undefined {
  const from = field.bound ? boundSpan(scene.binding, field.bound.text) : scene.span;
  if (!from) throw new RangeError('there is no span at hand');
  switch (field.hop) {
    case 'self':
      return from;
    case 'parent':
      return scene.whole.parents.get(from);
    case 'root':
      return homeOf(scene.whole, from).root;
  }
}

function attribute(field: AttributeField, span: Span): Value {
  switch (field.scope) {
    case 'any':
      return fromAttribute(span.attributes.get(field.key) ?? ofResource(span, field.key));
    case 'span':
      return fromAttribute(span.attributes.get(field.key));
    case 'resource':
      return fromAttribute(ofResource(span, field.key));
    case 'instrumentation':
      return fromAttribute(span.scope.attributes.get(field.key));
    case 'event':
    case 'link':
      throw new RangeError('no attribute of a span');
  }
}

/** A service that is not named is called by an empty text. */
function ofResource({ resource }: Span, key: string): AttributeValue | SeveralValues | undefined {
  return key === 'service.name' ? nameOfService(resource) : resource.get(key);
}

function intrinsic(field: IntrinsicField, span: Span, scene: Scene): Value {
  const whole = homeOf(scene.whole, span);
  const name: Intrinsic = field.name;
  switch (name) {
    case 'span:name':
      return string(span.name);
    case 'span:kind':
      return { kind: 'span kind', value: span.kind };
    case 'span:status':
      return { kind: 'status', value: span.status };
    case 'span:statusMessage':
      return string(span.statusMessage);
    case 'span:id':
      return id(span.spanId);
    case 'span:parentID':
      return { ...id(span.parentSpanId.padStart(16, '0')), mayBeNone: true };
    case 'span:childCount':
      return int(BigInt(childCount(whole, span)));
    case 'span:duration':
      return durationOf(span.duration);
    case 'span:start':
      return instant(span.start);
    case 'span:end':
      return instant(endOf(span));
    case 'trace:id':
      return traceIdValue(whole.traceId.toLowerCase());
    case 'trace:start':
      return instant(whole.start);
    case 'trace:end':
      return instant(whole.end);
    case 'trace:duration':
      return durationOf(whole.end - whole.start);
    case 'trace:rootName':
      return whole.root ? string(whole.root.name) : NIL;
    case 'trace:rootService':
      return serviceName(whole.root);
    case 'event:name':
    case 'event:timeSinceStart':
    case 'link:traceID':
    case 'link:spanID':
      throw new RangeError('no intrinsic of a span');
    case 'instrumentation:name':
      return string(span.scope.name);
    case 'instrumentation:version':
      return string(span.scope.version);
    case 'nestedSetLeft':
      return int(BigInt(whole.nested.get(span)!.left));
    case 'nestedSetRight':
      return int(BigInt(whole.nested.get(span)!.right));
    case 'nestedSetParent':
      return int(BigInt(whole.nested.get(span)!.parent));
  }
}

function id(hex: string): Extract<Value, { kind: 'id' }> {
  return { kind: 'id', value: hex.toLowerCase(), trimZeros: false, shown: hex.toLowerCase() };
}

function traceIdValue(value: string): Value {
  return { kind: 'id', value, trimZeros: true, shown: value.replace(/^0+/, '') };
}

function serviceName(span: Span | undefined): Value {
  return span ? fromAttribute(ofResource(span, 'service.name')) : NIL;
}
