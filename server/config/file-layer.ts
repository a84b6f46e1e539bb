/** A configuration file: YAML, of which JSON is a part. */

import { readFile } from 'node:fs/promises';
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { messageOf } from '../../engine/shared/message-of.js';
import { ConfigError, type Layer } from './layer.js';
import type { ConfigPath } from './paths.js';
import { isTree } from './tree.js';

const MOST_BYTES = 1_048_576;

/** Throws `ConfigError` for a file that cannot be read or is no YAML. */
export async function readFileLayer(path: string): Promise<Layer> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new ConfigError([{ place: path, message: `the configuration file cannot be read (${code})` }]);
  });
  if (text.length > MOST_BYTES)
    throw new ConfigError([{ place: path, message: 'the configuration file is too long' }]);
  return parseFileLayer(path, text);
}

export function parseFileLayer(path: string, text: string): Layer {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeOf = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  if (document.errors.length > 0)
    throw new ConfigError(
      document.errors.map(({ pos, message }) => ({
        place: placeOf(pos[0]),
        message: firstLine(message),
      })),
    );
  const tree = withoutNulls(treeOf(document, path)) ?? {};
  if (!isTree(tree))
    throw new ConfigError([{ place: placeOf(0), message: 'the configuration is not a set of sections' }]);
  return {
    tree,
    placeOf: (wanted) => {
      const offset = offsetOf(document.contents, wanted);
      return offset === undefined ? path : placeOf(offset);
    },
  };
}

function treeOf(document: Document, path: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // Aliases that unfold to more than anybody writes.
    throw new ConfigError([{ place: path, message: firstLine(messageOf(error)) }]);
  }
}

/** A section whose lines are all commented out reads as null, and means what an absent one means. */
function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map((item: unknown) => (item === null ? item : withoutNulls(item)));
  if (!isTree(value)) return value;
  const entries = Object.entries(value).map(([name, item]) => [name, withoutNulls(item)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
}

/** Of the value; of the key where it is the key that matters; of the nearest thing above where neither is there. */
function offsetOf(node: Node | null, path: ConfigPath): number | undefined {
  const [name, ...rest] = path;
  const own = node?.range?.[0];
  if (name === undefined) return own;
  if (isMap<Node, Node | null>(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === name);
    if (pair === undefined) return own;
    return rest.length === 0
      ? (pair.key.range?.[0] ?? own)
      : (offsetOf(pair.value, rest) ?? pair.key.range?.[0] ?? own);
  }
  if (isSeq<Node>(node)) return offsetOf(node.items[Number(name)] ?? null, rest) ?? own;
  return own;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
