import { CLIENT, SERVER } from '../../otlp/names.js';

/** A span as far as its place in the tree of its trace depends on it. */
export interface TreeSpan {
  /** Empty for a span without one, which is no span's parent. */
  readonly spanId: string;
  /** Empty where the span names no parent. */
  readonly parentId: string;
  /** OTLP number. */
  readonly kind: number;
  /** Nanoseconds; orders roots and siblings. */
  readonly start: bigint;
  readonly name: string;
}

/**
 * The parent of each span, by its index: undefined where it names none, or one that is not there.
 *
 * Several spans may carry one id. Of those with the parent's id a server span is the parent before others, then the first of
 * `compareSpans`: Zipkin gives the client and the server side of a call one id, and what a server calls is the server's. Its server
 * span is the child of its client span, whatever it names as its parent. `parentCtes` of `sql/compile/scan/scan.ts` says the same in SQL.
 */
export function parentsOf(spans: readonly TreeSpan[]): readonly (number | undefined)[] {
  const carriers = new Map<string, Carriers>();
  for (const [n, span] of spans.entries()) {
    if (span.spanId === '') continue;
    const known = carriers.get(span.spanId);
    if (known === undefined) carriers.set(span.spanId, { parent: n });
    else carry(known, n, spans);
  }
  return spans.map((span) => {
    if (span.kind === SERVER) {
      const client = carriers.get(span.spanId)?.client;
      if (client !== undefined) return client;
    }
    return span.parentId === '' ? undefined : carriers.get(span.parentId)?.parent;
  });
}

/** Of the spans of one id: which is the parent of others, and which is the client side of a call. */
interface Carriers {
  parent: number;
  /** Only looked for where several spans have the id. */
  client?: number;
}

function carry(known: Carriers, spanIndex: number, spans: readonly TreeSpan[]): void {
  const span = spans[spanIndex]!;
  // The first of them was alone until now.
  if (known.client === undefined && spans[known.parent]!.kind === CLIENT) known.client = known.parent;
  if (span.kind === CLIENT && (known.client === undefined || compareSpans(span, spans[known.client]!) < 0))
    known.client = spanIndex;
  const parent = spans[known.parent]!;
  const [isServer, wasServer] = [span.kind === SERVER, parent.kind === SERVER];
  if (isServer === wasServer ? compareSpans(span, parent) < 0 : isServer) known.parent = spanIndex;
}

/** By start, then what tells spans of one start apart. */
export function compareSpans(a: TreeSpan, b: TreeSpan): number {
  if (a.start !== b.start) return a.start < b.start ? -1 : 1;
  if (a.spanId !== b.spanId) return a.spanId < b.spanId ? -1 : 1;
  if (a.kind !== b.kind) return a.kind - b.kind;
  return Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
}
