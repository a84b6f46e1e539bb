/** Configuration as plain data, as it is written: sections are objects, and nothing is decoded yet. */
import type { ConfigPath } from './paths.js';

export type Tree = { [name: string]: unknown };

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function valueAt(tree: unknown, path: ConfigPath): unknown {
  let value = tree;
  for (const name of path) {
    if (Array.isArray(value)) value = value[Number(name)];
    else if (isTree(value) && Object.hasOwn(value, name)) value = value[name];
    else return undefined;
  }
  return value;
}

/** Makes the sections on the way. */
export function setAt(tree: Tree, path: ConfigPath, value: unknown): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) tree[name] = value;
  else {
    const section = isTree(tree[name]) ? tree[name] : {};
    tree[name] = section;
    setAt(section, rest, value);
  }
}
