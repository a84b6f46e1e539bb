/** Files item by item, each item by offsets from its own start: that is how they are checked, so that an item that only moved is the same. */
import type { PlacedItem } from '../parse/read-items.js';
import type { Item } from '../tree/ast.js';
import type { ParsedFile } from './resolved.js';

const itemsOf = new WeakMap<ParsedFile, readonly Item[]>();

/** The items of a file, without their places. */
export function localItems(file: ParsedFile): readonly Item[] {
  const known = itemsOf.get(file) ?? file.items.flatMap(({ read }) => read.item ?? []);
  itemsOf.set(file, known);
  return known;
}

const placesOf = new WeakMap<ParsedFile, ReadonlyMap<Item, PlacedItem>>();

/** Where an item is in its file. */
export function placeOf(file: ParsedFile, item: Item): PlacedItem | undefined {
  let known = placesOf.get(file);
  if (known === undefined) {
    known = new Map(
      file.items.flatMap((placed) => (placed.read.item === undefined ? [] : [[placed.read.item, placed]])),
    );
    placesOf.set(file, known);
  }
  return known.get(item);
}
