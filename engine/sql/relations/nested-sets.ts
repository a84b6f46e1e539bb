/**
 * Nested set numbers of one trace, in which structure is a comparison of integers: depth first, `left` on the way in, `right` on the
 * way out, counting from 1.
 *
 * From the roots they are those that Tempo gives when it writes a block (`nested_set_model.go`). Tempo numbers nothing else; here
 * structure follows parent ids as far as they lead: a parent that is not in the trace takes numbers as if it were, so that its
 * children are siblings and what is below them is below them. Where parents lead back to a span, the tree is cut above the first
 * span of the cycle.
 */
import { compareSpans, parentsOf, type TreeSpan } from './parents.js';

export interface NestedSet {
  left: number;
  right: number;
  /** `left` of the parent, -1 for a root, 0 for a span above which a cycle is cut. */
  parent: number;
}

const ROOT = -1;
const CUT = 0;

/** One entry for each span, in their order. Linear in the number of spans, but for the sort. */
export function nestedSets(spans: readonly TreeSpan[]): readonly NestedSet[] {
  const parents = parentsOf(spans);
  const order = [...spans.keys()].sort((a, b) => compareSpans(spans[a]!, spans[b]!));
  const children: number[][] = spans.map(() => []);
  const roots: number[] = [];
  const orphans = new Map<string, number[]>();
  for (const span of order) {
    const parent = parents[span];
    const { parentId } = spans[span]!;
    if (parent !== undefined) children[parent]!.push(span);
    else if (parentId === '') roots.push(span);
    else {
      const siblings = orphans.get(parentId);
      if (siblings === undefined) orphans.set(parentId, [span]);
      else siblings.push(span);
    }
  }
  const numbers = new Numbers(spans.length, children);
  for (const root of roots) numbers.visit(root, ROOT);
  for (const siblings of orphans.values()) numbers.visitBelowAbsent(siblings);
  // What is left depends on a cycle of parents.
  for (const span of order) if (!numbers.has(span)) numbers.visit(firstOfCycle(span, spans, parents), CUT);
  return numbers.sets;
}

function firstOfCycle(
  from: number,
  spans: readonly TreeSpan[],
  parents: readonly (number | undefined)[],
): number {
  const seen = new Set<number>();
  let place = from;
  while (!seen.has(place)) {
    seen.add(place);
    place = parents[place]!;
  }
  let first = place;
  for (let n = parents[place]!; n !== place; n = parents[n]!)
    if (compareSpans(spans[n]!, spans[first]!) < 0) first = n;
  return first;
}

class Numbers {
  readonly sets: NestedSet[];
  private next = 1;

  constructor(
    length: number,
    private readonly children: readonly (readonly number[])[],
  ) {
    this.sets = Array.from({ length }, () => ({ left: 0, right: 0, parent: 0 }));
  }

  has(span: number): boolean {
    return this.sets[span]!.left > 0;
  }

  visitBelowAbsent(siblings: readonly number[]): void {
    const left = this.next++;
    for (const span of siblings) this.visit(span, left);
    this.next++;
  }

  /** Walks with a stack of its own: traces may be deeper than the call stack. */
  visit(top: number, parent: number): void {
    const stack: { readonly span: number; child: number }[] = [];
    const enter = (span: number, parent: number): void => {
      const set = this.sets[span]!;
      set.left = this.next++;
      set.parent = parent;
      stack.push({ span, child: 0 });
    };
    enter(top, parent);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const set = this.sets[top.span]!;
      const child = this.children[top.span]![top.child++];
      // Where the tree is cut, the last span of a cycle has the first one as its child.
      if (child !== undefined && !this.has(child)) enter(child, set.left);
      else if (child === undefined) {
        set.right = this.next++;
        stack.pop();
      }
    }
  }
}
