/** One layer against the schema, with errors that say what to write instead. */
import type { ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { suggest } from '../../engine/language/problems/spelling.js';
import { durationOf, sizeOf } from '../shared/units.js';
import type { ConfigProblem, Layer } from './layer.js';
import { type ConfigPath, pathText } from './paths.js';
import { CONFIG_SCHEMA } from './schema.js';
import { isObjectNode, type ObjectNode, type SchemaNode } from './schema-node.js';
import { valueAt } from './tree.js';

// The schema is held to that of schemas by a test.
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, verbose: true, validateSchema: false });
ajv.addFormat('duration', (text) => durationOf(text) !== undefined);
ajv.addFormat('size', { type: 'string', validate: (text: string) => sizeOf(text) !== undefined });
const isValid = ajv.compile(withoutRequired(CONFIG_SCHEMA));

/** What one source alone may be wrong about; a source need not give what others may. */
export function validateLayer(layer: Layer): readonly ConfigProblem[] {
  if (isValid(layer.tree)) return [];
  // A value of several types fails for each of them; one sentence is enough.
  const problems = new Map<string, ConfigProblem>();
  for (const error of isValid.errors ?? []) {
    const path = placeOf(error);
    const key = pathText(path);
    if (!problems.has(key))
      problems.set(key, { place: layer.placeOf(path), path: key, message: messageOf(error, layer) });
  }
  return [...problems.values()];
}

function withoutRequired(node: ObjectNode): object {
  const { required: _, ...rest } = node;
  const properties = Object.entries(node.properties).map(([name, child]): [string, object] => [
    name,
    isObjectNode(child) ? withoutRequired(child) : child,
  ]);
  return { ...rest, properties: Object.fromEntries(properties) };
}

function placeOf({ instancePath, keyword, params }: ErrorObject): ConfigPath {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (keyword === 'additionalProperties') return [...path, String(params.additionalProperty)];
  return path;
}

function messageOf(error: ErrorObject, layer: Layer): string {
  const { keyword, params } = error;
  const node = error.parentSchema as SchemaNode;
  switch (keyword) {
    case 'additionalProperties':
      return unknownName(node, String(params.additionalProperty));
    case 'required':
      return `"${params.missingProperty}" is missing`;
    default:
      return `${shown(valueAt(layer.tree, placeOf(error)), node)} is not ${expected(node)}`;
  }
}

function unknownName(node: SchemaNode, name: string): string {
  const known = isObjectNode(node) ? Object.keys(node.properties) : [];
  const guess = suggest(name, known);
  return `there is no such setting.${guess ? ` Did you mean ${guess}?` : ` There is ${known.join(', ')}.`}`;
}

function shown(value: unknown, node: SchemaNode): string {
  if ('writeOnly' in node) return 'the value';
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function expected(node: SchemaNode): string {
  if ('enum' in node && node.enum !== undefined) return `one of ${node.enum.join(', ')}`;
  switch (node.type) {
    case 'string':
      if (node.format === 'duration') return 'a duration such as 500ms, 30s or 1h30m';
      if (node.pattern !== undefined) return `text that matches ${node.pattern}`;
      return node.minLength === undefined ? 'text' : 'text (at least one character)';
    case 'integer':
    case 'number': {
      const what = node.type === 'integer' ? 'a whole number' : 'a number';
      if (node.minimum === undefined) return what;
      return node.maximum === undefined
        ? `${what} of at least ${node.minimum}`
        : `${what} from ${node.minimum} to ${node.maximum}`;
    }
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list';
    case 'object':
      return 'a set of settings';
    default:
      return 'a size such as 512MB or 1GiB, or a number of bytes';
  }
}
