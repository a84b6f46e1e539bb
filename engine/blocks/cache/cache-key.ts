/** What a cached flat block is known by. */
import { createHash } from 'node:crypto';
import type { ColumnNeeds } from '../../plan/schema.js';
import type { BlockMeta } from '../meta.js';

/** Goes up whenever flat files change in content or layout: entries of other versions are never read. */
export const FLAT_FORMAT_VERSION = 8;

/**
 * A directory name for a block. Tempo's blocks never change under their id; the other facts keep apart blocks that were
 * copied, restored or generated under an id that was in use, and a part of a block from all of it.
 */
export function blockKey(block: BlockMeta): string {
  const facts = [
    block.tenant,
    block.format,
    block.size,
    block.footerSize,
    block.totalObjects,
    String(block.startNs),
    String(block.endNs),
    block.dedicatedColumns,
    ...(block.ids === undefined ? [] : [[block.ids.from ?? '', block.ids.to ?? '']]),
  ];
  return `${block.blockId}-${hash(facts)}`;
}

/** A directory name for needs. The order of their lists does not matter. */
export function needsKey(needs: ColumnNeeds): string {
  const { spans, spanAttributes, events, links } = needs;
  const related = (part: ColumnNeeds['events'] | ColumnNeeds['links']) =>
    part ? [[...part.columns].sort(), [...part.attributes].sort()] : null;
  return hash([
    [...spans].sort(),
    spanAttributes.map(({ scope, key }) => `${scope}\0${key}`).sort(),
    related(events),
    related(links),
  ]);
}

/** The same of needs of some traces of a block, by the numbers of their rows, which ascend. */
export function rowsKey(needs: ColumnNeeds, rows: readonly number[]): string {
  return hash([needsKey(needs), rows]);
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 24);
}
