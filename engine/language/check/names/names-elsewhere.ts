import type { Scopes } from '../../scope/scope.js';
import type { LetItem, ListItem } from '../../tree/ast.js';
import type { World } from '../world.js';

export interface NamedPlace<T extends LetItem | ListItem> {
  readonly path: string;
  readonly item: T;
}

/** By name. */
interface NamesElsewhere {
  readonly lets: ReadonlyMap<string, NamedPlace<LetItem>>;
  readonly lists: ReadonlyMap<string, NamedPlace<ListItem>>;
}

const known = new WeakMap<Scopes, Map<string, NamesElsewhere>>();

/**
 * What names would mean in a file if they were in reach: the first of each that some other file exports, else that a file in use keeps
 * to itself. It is worked out once for each file.
 */
export function namesElsewhere(
  path: string,
  { scopes, items }: Pick<World, 'scopes' | 'items'>,
): NamesElsewhere {
  const ofScopes = known.get(scopes) ?? new Map<string, NamesElsewhere>();
  known.set(scopes, ofScopes);
  const found = ofScopes.get(path) ?? namesOf(path, { scopes, items });
  ofScopes.set(path, found);
  return found;
}

function namesOf(path: string, { scopes, items }: Pick<World, 'scopes' | 'items'>): NamesElsewhere {
  const used = new Set(scopes.get(path)?.uses.map(({ target }) => target));
  const lets = new Map<string, NamedPlace<LetItem>>();
  const lists = new Map<string, NamedPlace<ListItem>>();
  const note = <T extends LetItem | ListItem>(
    table: Map<string, NamedPlace<T>>,
    place: NamedPlace<T>,
  ): void => {
    const { exported, name } = place.item;
    const first = table.get(name.text);
    if (first === undefined || (exported && !first.item.exported)) table.set(name.text, place);
  };
  for (const [other, inFile] of items) {
    if (other === path) continue;
    for (const item of inFile) {
      if ((item.kind !== 'let' && item.kind !== 'list') || !(item.exported || used.has(other))) continue;
      if (item.kind === 'let') note(lets, { path: other, item });
      else note(lists, { path: other, item });
    }
  }
  return { lets, lists };
}
