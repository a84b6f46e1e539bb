/** Makes one trace of the fragments that lie in several rows and blocks. */

import type { ResourceSpans, ScopeSpans, TraceSpan } from '../blocks/trace/otlp-trace.js';
import { copyKey, takesPlace } from '../otlp/copies.js';

/**
 * A span is there once: of copies (see `otlp/copies.ts`) one stays. Resources and
 * scopes that are alike are joined. The order does not depend on that of the fragments: spans by start and id, scopes and
 * resources by their first span.
 */
export function mergeFragments(fragments: readonly (readonly ResourceSpans[])[]): readonly ResourceSpans[] {
  const kept = new Map<string, Placed>();
  for (const group of fragments.flat())
    for (const { scope, spans } of group.scopeSpans)
      for (const span of spans) {
        const { spanId, kind, name, startTimeUnixNano: start } = span;
        const id = copyKey({ spanId, kind, name, start });
        const placed = { resource: group.resource, scope, span };
        const other = kept.get(id);
        if (!other || staysBefore(placed, other)) kept.set(id, placed);
      }
  return groupSpans([...kept.values()].sort(comparePlaces));
}

interface Placed {
  readonly resource: ResourceSpans['resource'];
  readonly scope: ScopeSpans['scope'];
  readonly span: TraceSpan;
}

function groupSpans(sorted: readonly Placed[]): readonly ResourceSpans[] {
  const keys = new Map<object, string>();
  const keyOf = (part: object): string => {
    const key = keys.get(part) ?? textOf(part);
    keys.set(part, key);
    return key;
  };
  const resources = new Map<string, { resource: Placed['resource']; scopes: Map<string, Scope> }>();
  for (const { resource, scope, span } of sorted) {
    const group = resources.get(keyOf(resource)) ?? { resource, scopes: new Map<string, Scope>() };
    resources.set(keyOf(resource), group);
    const scoped = group.scopes.get(keyOf(scope)) ?? { scope, spans: [] };
    group.scopes.set(keyOf(scope), scoped);
    scoped.spans.push(span);
  }
  return [...resources.values()].map(({ resource, scopes }) => ({
    resource,
    scopeSpans: [...scopes.values()],
  }));
}

interface Scope {
  readonly scope: ScopeSpans['scope'];
  readonly spans: TraceSpan[];
}

/** Where copies are as long as each other, their content decides, so that the answer does not depend on the order. */
function staysBefore(a: Placed, b: Placed): boolean {
  const [duration, known] = [durationOf(a.span), durationOf(b.span)];
  if (duration !== known) return takesPlace(duration, known);
  const order =
    compareTexts(textOf(a.span), textOf(b.span)) ||
    compareTexts(textOf([a.resource, a.scope]), textOf([b.resource, b.scope]));
  return order < 0;
}

function durationOf(span: TraceSpan): bigint {
  return BigInt.asUintN(64, span.endTimeUnixNano - span.startTimeUnixNano);
}

function comparePlaces(a: Placed, b: Placed): number {
  return (
    compareNumbers(a.span.startTimeUnixNano, b.span.startTimeUnixNano) ||
    compareTexts(a.span.spanId, b.span.spanId) ||
    a.span.kind - b.span.kind ||
    compareTexts(a.span.name, b.span.name)
  );
}

function compareNumbers(a: bigint, b: bigint): number {
  return Number(a > b) - Number(a < b);
}

function compareTexts(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}

/** Equal exactly for values of equal content. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`;
    // JSON has no word for these, and takes the sign from zero.
    if (typeof part === 'number') return Object.is(part, -0) ? '-0' : String(part);
    return part instanceof Uint8Array ? Buffer.from(part).toString('hex') : part;
  });
}
