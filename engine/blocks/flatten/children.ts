/** Events and links: rows inside of spans. */
import { readAttributes } from './attributes/attributes.js';
import type { ParsedColumns } from './attributes/parsed-columns.js';
import type { FlatChunk } from './flat/flat-chunk.js';
import type { FlatFile } from './flat/flat-file.js';
import { addAttributes, numbered, transplantAll } from './flat/flat-parts.js';
import type { ChildPlan } from './plan.js';
import { addProtoEvents, addProtoLinks } from './proto-children.js';
import { readOwners } from './rows/structure.js';

/**
 * Adds the events or links of a row group with `spans` spans, of which the first is span number `firstSpan` of the block.
 * Throws `CorruptError`, `UnknownShapeError`.
 */
export function addChildren(
  file: FlatFile,
  plan: ChildPlan,
  columns: ParsedColumns,
  spans: number,
  firstSpan: number,
): void {
  if (plan.kind === 'proto-links') {
    addProtoLinks(file, plan, columns, spans, firstSpan);
    return;
  }
  const pages = columns.pages(plan.anchor);
  if (!pages) return;
  const owners = readOwners(pages, plan.anchor, spans);
  const rows = owners.length;
  const flat = new Map<string, FlatChunk>();
  flat.set('span', numbered(owners, firstSpan));
  transplantAll(flat, plan.columns, columns, rows);
  if (plan.kind === 'proto-events') addProtoEvents(flat, plan, columns, owners);
  else if (plan.attributes.keys.length > 0) {
    const { scope, keys } = plan.attributes;
    addAttributes(flat, scope, keys, readAttributes(plan.attributes, columns, rows), rows);
  }
  file.addRowGroup(rows, flat);
}
