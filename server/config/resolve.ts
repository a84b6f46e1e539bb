/** Layers on top of each other, with the defaults below them, and decoded for the code. */
import { durationOf, sizeOf } from '../shared/units.js';
import type { Layer } from './layer.js';
import { type ConfigValue, valuesUnder } from './paths.js';
import { CONFIG_SCHEMA, type Config } from './schema.js';
import { camelCase, isObjectNode, type SchemaNode } from './schema-node.js';
import { setAt, type Tree, valueAt } from './tree.js';

export interface ResolvedValue extends ConfigValue {
  /** As it was written; undefined where nobody gives one and there is no default. */
  readonly value: unknown;
  /** Undefined for a default. */
  readonly place: string | undefined;
}

/** Every value of the schema, from the last layer that gives it. Lists replace lists. */
export function resolveLayers(layers: readonly Layer[]): readonly ResolvedValue[] {
  return [...valuesUnder(CONFIG_SCHEMA)].map((known) => {
    const { path, node } = known;
    const layer = layers.findLast(({ tree }) => valueAt(tree, path) !== undefined);
    if (layer !== undefined)
      return { ...known, value: valueAt(layer.tree, path), place: layer.placeOf(path) };
    return { ...known, value: 'default' in node ? node.default : undefined, place: undefined };
  });
}

/** Values that are known to be valid, as the code sees them. */
export function decodeConfig(values: readonly ResolvedValue[]): Config {
  const tree: Tree = {};
  for (const { path, value } of values) setAt(tree, path, value);
  // `ValueOf` says the same of types as `decode` does of values.
  return decode(CONFIG_SCHEMA, tree) as Config;
}

function decode(node: SchemaNode, value: unknown): unknown {
  if (isObjectNode(node))
    return Object.fromEntries(
      Object.entries(node.properties).map(([name, child]) => {
        const given = valueAt(value, [name]);
        return [camelCase(name), decode(child, given ?? ('default' in child ? child.default : undefined))];
      }),
    );
  if (value === undefined) return undefined;
  if (node.type === 'array') return (value as readonly unknown[]).map((item) => decode(node.items, item));
  if ('format' in node && typeof value === 'string')
    return node.format === 'duration' ? durationOf(value) : sizeOf(value);
  return value;
}
