/**
 * Nested set numbers of one trace, as Tempo gives them when it writes a block (`nested_set_model.go`): depth first from
 * each root, `left` on the way in, `right` on the way out, counting from 1 and on over several roots.
 *
 * A span whose parents do not lead to a root has no numbers. A span id may be carried by two spans (Zipkin gives the client
 * and the server side of a call one id); by more, and the whole trace has no numbers.
 */
export interface TreeSpan {
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentId: string;
  /** OTLP number. */
  readonly kind: number;
  /** Nanoseconds; orders roots and siblings. */
  readonly start: bigint;
}

export interface NestedSet {
  left: number;
  right: number;
  /** `left` of the parent, -1 for a root, 0 for a span without numbers. */
  parent: number;
}

const SERVER = 2;
const CLIENT = 3;

/** One entry for each span, in their order. Linear in the number of spans, but for the sort. */
export function nestedSets(spans: readonly TreeSpan[]): readonly NestedSet[] {
  const sets: NestedSet[] = spans.map(() => ({ left: 0, right: 0, parent: 0 }));
  const byId = new Map<string, number[]>();
  for (const [n, span] of spans.entries()) {
    const same = byId.get(span.spanId);
    if (same === undefined) byId.set(span.spanId, [n]);
    else if (same.push(n) > 2) return sets;
  }
  const order = [...spans.keys()].sort((a, b) => compareSpans(spans[a]!, spans[b]!));
  const children: number[][] = spans.map(() => []);
  const roots: number[] = [];
  for (const n of order) {
    const span = spans[n]!;
    if (span.parentId === '') roots.push(n);
    else {
      const parent = parentOf(span, byId, spans);
      if (parent !== undefined) children[parent]!.push(n);
    }
  }
  number(roots, children, sets);
  return sets;
}

function compareSpans(a: TreeSpan, b: TreeSpan): number {
  if (a.start !== b.start) return a.start < b.start ? -1 : 1;
  if (a.spanId !== b.spanId) return a.spanId < b.spanId ? -1 : 1;
  return a.kind - b.kind;
}

/** Of two spans with the parent's id, a server span belongs under the client one, any other under the server one. */
function parentOf(
  span: TreeSpan,
  byId: ReadonlyMap<string, number[]>,
  spans: readonly TreeSpan[],
): number | undefined {
  const carriers = byId.get(span.parentId) ?? [];
  if (carriers.length < 2) return carriers[0];
  const wanted = span.kind === SERVER ? CLIENT : SERVER;
  return carriers.find((n) => spans[n]!.kind === wanted);
}

/** Walks with a stack of its own: traces may be deeper than the call stack. */
function number(
  roots: readonly number[],
  children: readonly (readonly number[])[],
  sets: readonly NestedSet[],
): void {
  let next = 1;
  const stack: { readonly span: number; child: number }[] = [];
  const enter = (span: number, parent: number): void => {
    const set = sets[span]!;
    set.left = next++;
    set.parent = parent;
    stack.push({ span, child: 0 });
  };
  for (const root of roots) {
    enter(root, -1);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const child = children[top.span]![top.child++];
      if (child !== undefined) enter(child, sets[top.span]!.left);
      else {
        sets[top.span]!.right = next++;
        stack.pop();
      }
    }
  }
}
