/** `--print-config`: what is in force and where it comes from, as a file that could be used again. */
import { Document, isMap, isScalar, type Pair, YAMLMap } from 'yaml';
import { printable } from '../shared/printable.js';
import type { ConfigPath } from './paths.js';
import type { ResolvedValue } from './resolve.js';
import type { SchemaNode } from './schema-node.js';

const REDACTED = '<redacted>';

export function printConfig(values: readonly ResolvedValue[]): string {
  const document = new Document({});
  for (const { path, node, value, place } of values) {
    if (value === undefined) continue;
    const pair = document.createPair(path.at(-1), redact(node, value));
    comment(pair, ` ${printable(place ?? 'default')}`);
    sectionOf(document, path.slice(0, -1)).add(pair);
  }
  return document.toString({ lineWidth: 0 });
}

function sectionOf(document: Document, path: ConfigPath): YAMLMap {
  const known = path.length === 0 ? document.contents : document.getIn(path, true);
  if (isMap(known)) return known;
  const section = new YAMLMap();
  document.setIn(path, section);
  return section;
}

function comment({ key, value }: Pair, text: string): void {
  // After a scalar; before the key of anything longer, where a comment would come after its last line.
  if (isScalar(value)) value.comment = text;
  else if (isScalar(key)) key.commentBefore = text;
}

/** What is marked as a secret, and credentials in addresses. */
function redact(node: SchemaNode, value: unknown): unknown {
  if ('writeOnly' in node && node.writeOnly === true) return REDACTED;
  if (typeof value === 'string') return value.replace(/(?<=^[a-z][a-z0-9+.-]*:\/\/)[^/@\s]+(?=@)/i, REDACTED);
  if (Array.isArray(value) && node.type === 'array') return value.map((item) => redact(node.items, item));
  if (typeof value !== 'object' || value === null || node.type !== 'object') return value;
  const childNode = (name: string): SchemaNode | undefined =>
    'properties' in node ? node.properties[name] : node.additionalProperties;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const child = childNode(name);
      return [name, child === undefined ? item : redact(child, item)];
    }),
  );
}
