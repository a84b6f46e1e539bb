import type { Report } from '../problems/report.js';
import type { Item, Name, Range } from '../tree/ast.js';
import type { KnownWorld } from './known-world.js';
import type { KnownScope } from './world.js';

/** What one item is checked with. All offsets count from its own start. */
export interface ItemContext {
  readonly world: KnownWorld;
  readonly path: string;
  readonly scope: KnownScope;
  readonly report: Report;
  /** Whether the parser found an error in this range, so that what the tree has there may not be what was meant. */
  readonly broken: (range: Range) => boolean;
  /** The name that was most likely meant; less and less is offered where much is wrong. */
  readonly suggest: (word: string, candidates: Iterable<string>) => string | undefined;
  /** Marks a pattern or a list as used from this file. */
  readonly used: (definition: { readonly path: string; readonly item: { readonly name: Name } }) => void;
}

/** A range of offsets that do not count from the start of the item that is checked, but from that of another. */
export interface RangeElsewhere extends Range {
  readonly within: { readonly path: string; readonly item: Item };
}

/** A range of an item as another item, of whatever file, may speak of it. */
export function rangeIn(
  { path, item }: { readonly path: string; readonly item: Item },
  { start, end }: Range,
): RangeElsewhere {
  return { start, end, within: { path, item } };
}
