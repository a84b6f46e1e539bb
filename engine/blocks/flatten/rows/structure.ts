/** Which span belongs to which scope, resource and trace; which event to which span: from one column's levels. */
import { corrupt, UnknownShapeError } from '../error.js';
import { ByteScratch } from '../parquet/growable.js';
import { bitWidth, decodeLevels, SLACK } from '../parquet/hybrid.js';
import type { DataPage, Pages } from '../parquet/pages.js';
import type { Leaf } from '../parquet/schema-tree.js';

const repScratch = new ByteScratch();
const defScratch = new ByteScratch();

/** Both level streams of a page, in scratch space that the next call reuses. */
export function pageReps(page: DataPage, leaf: Leaf): Uint8Array {
  const out = repScratch.get(page.entries + SLACK);
  decodeLevels(page.rep, bitWidth(leaf.maxRep), out, page.entries);
  return out;
}

export function pageDefs(page: DataPage, leaf: Leaf): Uint8Array {
  const out = defScratch.get(page.entries + SLACK);
  if (page.nulls === 0) out.fill(leaf.maxDef, 0, page.entries);
  else decodeLevels(page.def, bitWidth(leaf.maxDef), out, page.entries);
  return out;
}

/** Rows of one row group, numbered from 0 within it. */
export interface SpanStructure {
  readonly traces: number;
  readonly resources: number;
  readonly scopes: number;
  readonly spans: number;
  /** By span. */
  readonly traceOf: Int32Array;
  readonly resourceOf: Int32Array;
  readonly scopeOf: Int32Array;
}

/**
 * The structure of a row group with `rows` traces from a column that has exactly one value a span (`leaf`, in the lists of
 * resource spans, scope spans and spans). Empty lists count as what they are: a trace without spans is a trace.
 * Throws `CorruptError`.
 */
export function readSpanStructure(pages: Pages, leaf: Leaf, rows: number): SpanStructure {
  if (leaf.maxRep !== 3 || leaf.maxDef !== leaf.listDef[3]) {
    throw new UnknownShapeError(`${leaf.path} is not a required column of spans`);
  }
  let spans = 0;
  for (const page of pages.data) spans += page.entries - page.nulls;
  const traceOf = new Int32Array(spans);
  const resourceOf = new Int32Array(spans);
  const scopeOf = new Int32Array(spans);
  const place: Place = { trace: -1, resource: -1, scope: -1, span: 0 };
  const out = { traceOf, resourceOf, scopeOf };
  for (const page of pages.data) {
    scanPage(pageReps(page, leaf), pageDefs(page, leaf), page.entries, leaf.listDef, place, out);
  }
  const { trace, resource, scope, span } = place;
  if (trace + 1 !== rows) corrupt('has a row group whose traces are not as many as it says');
  if (span !== spans || (spans > 0 && (traceOf[0]! < 0 || resourceOf[0]! < 0 || scopeOf[0]! < 0))) {
    corrupt('has levels that contradict each other');
  }
  return { traces: rows, resources: resource + 1, scopes: scope + 1, spans, traceOf, resourceOf, scopeOf };
}

/** The last trace, resource and scope, and the next span. */
interface Place {
  trace: number;
  resource: number;
  scope: number;
  span: number;
}

/** The hot loop, alone so that the compiler soon has all of it; moves `place` on. */
function scanPage(
  reps: Uint8Array,
  defs: Uint8Array,
  entries: number,
  listDef: readonly number[],
  place: Place,
  { traceOf, resourceOf, scopeOf }: Pick<SpanStructure, 'traceOf' | 'resourceOf' | 'scopeOf'>,
): void {
  const resourceDef = listDef[1]!;
  const scopeDef = listDef[2]!;
  const spanDef = listDef[3]!;
  let { trace, resource, scope, span } = place;
  for (let i = 0; i < entries; i++) {
    const rep = reps[i]!;
    const def = defs[i]!;
    if (rep === 0) trace++;
    if (rep <= 1 && def >= resourceDef) resource++;
    if (rep <= 2 && def >= scopeDef) scope++;
    if (def >= spanDef) {
      traceOf[span] = trace;
      resourceOf[span] = resource;
      scopeOf[span] = scope;
      span++;
    }
  }
  place.trace = trace;
  place.resource = resource;
  place.scope = scope;
  place.span = span;
}

/**
 * For a column with exactly one value in each element of the innermost list (events, links): the owner of each element,
 * numbered as the elements of the list around it. `owners` is how many of those there are. Throws `CorruptError`.
 */
export function readOwners(pages: Pages, leaf: Leaf, owners: number): Int32Array {
  const depth = leaf.maxRep;
  const ownDef = leaf.listDef[depth]!;
  const ownerDef = leaf.listDef[depth - 1]!;
  if (depth < 1 || ownDef !== leaf.maxDef)
    throw new UnknownShapeError(`${leaf.path} is not a required column`);
  let count = 0;
  for (const page of pages.data) count += page.entries - page.nulls;
  const ownerOf = new Int32Array(count);
  let owner = -1;
  let position = 0;
  for (const page of pages.data) {
    const reps = pageReps(page, leaf);
    const defs = pageDefs(page, leaf);
    for (let i = 0, n = page.entries; i < n; i++) {
      const def = defs[i]!;
      if (reps[i]! < depth && def >= ownerDef) owner++;
      if (def >= ownDef) ownerOf[position++] = owner;
    }
  }
  checkOwners(owner + 1, owners, leaf);
  if (position !== count || (count > 0 && ownerOf[0]! < 0)) corrupt('has levels that contradict each other');
  return ownerOf;
}

export function checkOwners(found: number, expected: number, leaf: Leaf): void {
  if (found !== expected) corrupt(`column ${leaf.path} has ${found} rows where others have ${expected}`);
}
