/** One row of a block: the columns of one trace, and the lists that they share. */
import { corrupt } from '../flatten/error.js';
import { Repetition } from '../flatten/parquet/parquet-format.js';
import type { Leaf } from '../flatten/parquet/schema-tree.js';
import type { LeafRow } from './leaf-row.js';
import type { LeafValue } from './page-values.js';

/** The lists of a trace and in how many lists each lies, itself included (`schema.go` of Tempo's vparquet packages). */
const LISTS = [
  ['rs', 1],
  ['rs.Resource.Attrs', 2],
  ['rs.ss', 2],
  ['rs.ss.Scope.Attrs', 3],
  ['rs.ss.Spans', 3],
  ['rs.ss.Spans.Attrs', 4],
  ['rs.ss.Spans.Events', 4],
  ['rs.ss.Spans.Events.Attrs', 5],
  ['rs.ss.Spans.Links', 4],
  ['rs.ss.Spans.Links.Attrs', 5],
] as const;
export type ListPath = (typeof LISTS)[number][0];

/** The elements number `from` (inclusive) to `to` (exclusive). */
export interface Elements {
  readonly from: number;
  readonly to: number;
}

const NO_ELEMENTS: Elements = { from: 0, to: 0 };

export class TraceRow {
  private readonly lists = new Map<string, readonly number[]>();

  /**
   * `leaves` are the columns that have something in this row; `all` those that were looked at. Throws `CorruptError` where columns
   * disagree about how many elements a list has.
   */
  constructor(
    private readonly leaves: ReadonlyMap<string, LeafRow>,
    all: readonly Leaf[],
  ) {
    for (const [path, depth] of LISTS) {
      const inside = `${path}.`;
      for (const { leaf, lists } of leaves.values()) {
        const own = leaf.path.startsWith(inside) ? lists[depth - 1] : undefined;
        const known = this.lists.get(path);
        if (!own) continue;
        if (!known) this.lists.set(path, own);
        else if (!equal(own, known)) corrupt(`column ${leaf.path} has other elements than its neighbours`);
      }
      if ((this.lists.get(path)?.at(-1) ?? 0) === 0) continue;
      for (const leaf of all) {
        const required = leaf.repetition === Repetition.REQUIRED && leaf.maxRep === depth;
        if (required && leaf.path.startsWith(inside) && !leaves.has(leaf.path))
          corrupt(`column ${leaf.path} has no values where its neighbours have`);
      }
    }
  }

  /** The elements of a list inside element number `owner` of the list around it (0 for `rs`). */
  elements(path: ListPath, owner: number): Elements {
    const offsets = this.lists.get(path);
    return offsets ? slice(offsets, owner) : NO_ELEMENTS;
  }

  /** The value of a column that is no list itself, in element number `position` of the innermost list around it. */
  value(path: string, position: number): LeafValue | undefined {
    return this.leaves.get(path)?.values[position];
  }

  /** The values that a column, which may be a list itself, has in element number `position` of a list at `depth`. */
  values(path: string, depth: number, position: number): readonly LeafValue[] {
    const row = this.leaves.get(path);
    if (!row) return [];
    if (row.leaf.maxRep === depth) return present(row.values.slice(position, position + 1));
    const offsets = row.lists[depth];
    if (!offsets || row.leaf.maxRep !== depth + 1) return corrupt(`column ${path} lies in an unknown list`);
    const { from, to } = slice(offsets, position);
    return present(row.values.slice(from, to));
  }
}

function slice(offsets: readonly number[], position: number): Elements {
  return { from: offsets[position] ?? 0, to: offsets[position + 1] ?? offsets[position] ?? 0 };
}

function present(values: readonly (LeafValue | undefined)[]): readonly LeafValue[] {
  return values.filter((value) => value !== undefined);
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
