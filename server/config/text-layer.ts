/** Values that come as text: from the environment and from the command line. */
import { parse } from 'yaml';
import type { Layer } from './layer.js';
import { type ConfigPath, environmentName, pathText, type ValueNode, valuesUnder } from './paths.js';
import { CONFIG_SCHEMA } from './schema.js';
import { setAt, type Tree } from './tree.js';

export interface Setting {
  readonly path: ConfigPath;
  readonly value: unknown;
  /** `--http-port`, `BETRACE_HTTP_PORT`. */
  readonly place: string;
}

export function settingsLayer(settings: readonly Setting[]): Layer {
  const tree: Tree = {};
  for (const { path, value } of settings) setAt(tree, path, value);
  return {
    tree,
    placeOf: (wanted) => {
      const under = (setting: Setting): boolean => pathText(wanted).startsWith(pathText(setting.path));
      return settings.findLast(under)?.place ?? settings[0]?.place ?? '';
    },
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that name a value of the schema. Empty ones count as not set, as in other services. */
export function environmentLayer(env: Environment): Layer {
  const settings = [...valuesUnder(CONFIG_SCHEMA)].flatMap(({ path, node }): readonly Setting[] => {
    const place = environmentName(path);
    const text = env[place];
    return text === undefined || text === '' ? [] : [{ path, place, value: valueOfText(node, text) }];
  });
  return settingsLayer(settings);
}

/** Other variables of BeTrace. Kubernetes adds those of a service called betrace to every container. */
const OTHERS = /^BETRACE_(?:CONFIG|CACHE|STATE|SEEDS|DEBUG|RUNS|SERVICE_(?:HOST|PORT.*)|PORT|PORT_\d+_.*)$/;

/** Variables that look like ours and name nothing: likely mistyped. `known` are those that the configuration names. */
export function strangeVariables(env: Environment, known: readonly string[]): readonly string[] {
  const names = new Set([...valuesUnder(CONFIG_SCHEMA)].map(({ path }) => environmentName(path)));
  return Object.keys(env)
    .filter((name) => name.startsWith('BETRACE_') && !OTHERS.test(name))
    .filter((name) => !names.has(name) && !known.includes(name))
    .sort();
}

/** What the text means for a value of that kind. Text that means nothing stays as it is, for the schema to refuse. */
export function valueOfText(node: ValueNode, text: string): unknown {
  switch (node.type) {
    case 'string':
      return text;
    case 'integer':
    case 'number':
      return /^-?\d+(?:\.\d+)?$/.test(text.trim()) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'array': {
      if (node.items.type !== 'string' || text.trimStart().startsWith('[')) return structureOf(text);
      return text.split(',').map((part) => part.trim());
    }
    case 'object':
      return structureOf(text);
    default:
      return /^\d+$/.test(text.trim()) ? Number(text) : text;
  }
}

/** JSON or YAML in one line. */
function structureOf(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return text;
  }
}
