/**
 * What one column holds of one row, taken apart by the levels of Dremel ("Nested Encoding" of parquet-format): where the lists
 * around the values begin and end, and the values.
 */
import { corrupt } from '../flatten/error.js';
import { ByteScratch } from '../flatten/parquet/growable.js';
import { bitWidth, decodeLevels, SLACK } from '../flatten/parquet/hybrid.js';
import type { DataPage } from '../flatten/parquet/pages.js';
import type { Leaf } from '../flatten/parquet/schema-tree.js';
import { pageReps } from '../flatten/rows/structure.js';
import type { Dictionary } from './block-files.js';
import { type LeafValue, readValues } from './page-values.js';

export interface LeafRow {
  readonly leaf: Leaf;
  /**
   * `lists[d]` for the list at depth d + 1: element i of the level above has the elements `lists[d][i]` to `lists[d][i + 1]`
   * (exclusive), counted over the whole row.
   */
  readonly lists: readonly (readonly number[])[];
  /** One for each element of the innermost list (for a column in no list: one); `undefined` is null. */
  readonly values: readonly (LeafValue | undefined)[];
}

/** Puts a row together from the pages that may hold parts of it. */
export class LeafRowBuilder {
  private readonly lists: number[][];
  private readonly values: (LeafValue | undefined)[] = [];
  private started = false;

  constructor(private readonly leaf: Leaf) {
    this.lists = Array.from({ length: leaf.maxRep }, () => []);
  }

  /** Adds what `page`, whose first entry belongs to row number `firstRow`, holds of row number `row`. Throws `CorruptError`. */
  add(page: DataPage, dictionary: Dictionary | undefined, firstRow: number, row: number): void {
    const { leaf } = this;
    if (leaf.maxRep === 0) {
      this.addFlat(page, dictionary, row - firstRow);
      return;
    }
    const reps = pageReps(page, leaf);
    const end = page.entries;
    if (end > 0 && reps[0] !== 0) corrupt(`column ${leaf.path} has a page that begins inside of a row`);
    const from = rowStart(reps, 0, end, row - firstRow);
    if (from === end) return;
    const to = rowStart(reps, from + 1, end, 0);
    const own = reps.slice(from, to);
    const defs = firstDefs(page, leaf, to);
    const before = page.nulls === 0 ? from : count(defs, 0, from, leaf.maxDef);
    const values = readValues(page, dictionary, leaf, before, before + count(defs, from, to, leaf.maxDef));
    this.append(own, defs.subarray(from, to), values);
  }

  /** Throws `CorruptError` when the pages held nothing of the row. */
  finish(): LeafRow {
    if (!this.started) corrupt(`column ${this.leaf.path} lacks a row`);
    const { leaf, lists, values } = this;
    // Each list of offsets ends where the next level does.
    for (const [depth, starts] of lists.entries()) starts.push(lists[depth + 1]?.length ?? values.length);
    return { leaf, lists, values };
  }

  private addFlat(page: DataPage, dictionary: Dictionary | undefined, position: number): void {
    if (position < 0 || position >= page.entries) return;
    const defs = firstDefs(page, this.leaf, position + 1);
    const isNull = this.leaf.maxDef > 0 && defs[position] !== this.leaf.maxDef;
    const from = this.leaf.maxDef > 0 ? count(defs, 0, position, this.leaf.maxDef) : position;
    this.started = true;
    this.values.push(isNull ? undefined : readValues(page, dictionary, this.leaf, from, from + 1)[0]);
  }

  private append(reps: Uint8Array, defs: Uint8Array, values: readonly LeafValue[]): void {
    const { maxRep, maxDef, listDef } = this.leaf;
    let next = 0;
    this.started = true;
    for (let i = 0; i < reps.length; i++) {
      const rep = reps[i] ?? 0;
      const def = defs[i] ?? 0;
      if (rep > maxRep || def > maxDef) corrupt(`column ${this.leaf.path} has levels that are out of range`);
      // An element that is not in a list yet cannot be followed by another one of that list.
      if (rep > 0 && def < (listDef[rep] ?? 0))
        corrupt(`column ${this.leaf.path} has levels that contradict each other`);
      let depth = rep;
      if (rep === 0) this.lists[0]?.push(this.lengthOf(1));
      // From the list that this entry continues (or begins) inwards, as far as there are elements.
      for (depth = Math.max(rep, 1); depth <= maxRep && def >= (listDef[depth] ?? 0); depth++) {
        if (depth < maxRep) this.lists[depth]?.push(this.lengthOf(depth + 1));
        else this.values.push(def === maxDef ? values[next++] : undefined);
      }
    }
  }

  /** Elements so far of the list at a depth, over the whole row. */
  private lengthOf(depth: number): number {
    return this.lists[depth]?.length ?? this.values.length;
  }
}

/** Where, from `position` on, the row begins that `skipped` others precede; `end` if there is none. A row begins wherever the level is 0. */
function rowStart(reps: Uint8Array, position: number, end: number, skipped: number): number {
  let left = skipped;
  for (let i = position; i < end; i++) if (reps[i] === 0 && left-- === 0) return i;
  return end;
}

const defScratch = new ByteScratch();

/** The definition levels of the first entries of a page, in scratch space that the next call reuses. */
function firstDefs(page: DataPage, leaf: Leaf, entries: number): Uint8Array {
  const out = defScratch.get(entries + SLACK);
  if (page.nulls === 0) out.fill(leaf.maxDef, 0, entries);
  else decodeLevels(page.def, bitWidth(leaf.maxDef), out, entries);
  return out;
}

function count(defs: Uint8Array, from: number, to: number, level: number): number {
  let found = 0;
  for (let i = from; i < to; i++) if (defs[i] === level) found++;
  return found;
}
