/** Comparisons of the times of a span with those of a bound one: `span:start <= x.start`. */
import type { Expression } from './expression.js';

/** An edge of a bound span, or of the span itself. */
interface Edge {
  readonly bound?: string;
  readonly column: 'start_ns' | 'end_ns';
}

export type BoundEdge = Required<Edge>;

/** The edge of a bound span before which, or at which, every span starts for which this holds (a span does not end before it starts). */
export function upperEdge(part: Expression): BoundEdge | undefined {
  const [earlier, later] = inTimeOf(part) ?? [];
  return earlier === undefined || earlier.bound !== undefined ? undefined : boundEdge(later);
}

/** The edge of a bound span behind which, or at which, every span starts for which this holds. */
export function lowerEdge(part: Expression): BoundEdge | undefined {
  const [earlier, later] = inTimeOf(part) ?? [];
  if (later?.column !== 'start_ns' || later.bound !== undefined) return undefined;
  return boundEdge(earlier);
}

/** The edges that are compared, the earlier one first. */
function inTimeOf(part: Expression): readonly [Edge, Edge] | undefined {
  if (part.kind !== 'compare') return undefined;
  const [left, right] = [edgeOf(part.left), edgeOf(part.right)];
  if (left === undefined || right === undefined) return undefined;
  switch (part.operator) {
    case '<':
    case '<=':
      return [left, right];
    case '>':
    case '>=':
      return [right, left];
    case '=':
      // Each is the limit of the other: the bound one is asked for.
      return left.bound === undefined ? [left, right] : [right, left];
    default:
      return undefined;
  }
}

function boundEdge(edge: Edge | undefined): BoundEdge | undefined {
  return edge?.bound === undefined ? undefined : { bound: edge.bound, column: edge.column };
}

function edgeOf(side: Expression): Edge | undefined {
  if (side.kind !== 'field' || side.field.hop !== 'self' || side.field.source.kind !== 'intrinsic')
    return undefined;
  const { bound, source } = side.field;
  const column =
    source.name === 'span:start' ? 'start_ns' : source.name === 'span:end' ? 'end_ns' : undefined;
  if (column === undefined) return undefined;
  return { ...(bound === undefined ? {} : { bound }), column };
}
