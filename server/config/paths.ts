/** The values that the schema describes, by their paths and the names that the environment has for them. */
import { isObjectNode, type ObjectNode, type SchemaNode } from './schema-node.js';

export type ConfigPath = readonly string[];

/** What is no section: a value of its own, as a list or a map is too. */
export type ValueNode = Exclude<SchemaNode, ObjectNode>;

export interface ConfigValue {
  readonly path: ConfigPath;
  readonly node: ValueNode;
  /** Whether some source has to give it. */
  readonly required: boolean;
}

export function* valuesUnder(node: ObjectNode, path: ConfigPath = []): Generator<ConfigValue> {
  for (const [name, child] of Object.entries(node.properties)) {
    const place = [...path, name];
    if (isObjectNode(child)) yield* valuesUnder(child, place);
    else yield { path: place, node: child, required: node.required?.includes(name) ?? false };
  }
}

/** `http.max_body`. */
export function pathText(path: ConfigPath): string {
  return path.join('.');
}

/** `BETRACE_HTTP_MAX_BODY`. */
export function environmentName(path: ConfigPath): string {
  return `BETRACE_${path.join('_').toUpperCase()}`;
}
