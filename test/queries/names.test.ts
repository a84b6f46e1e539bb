/** Attributes that the rules of the repository ask for: of OpenTelemetry's conventions, or listed as of the user's own domain. */

import { readdirSync, readFileSync } from 'node:fs';
import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';

const root = new URL('../../queries/', import.meta.url);
const { files } = loadWorkspace(
  new Map(
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.betrace'))
      .map((path) => [path, readFileSync(new URL(path, root), 'utf8')]),
  ),
);
const used = new Map<string, string>();
const compared: { readonly key: string; readonly value: string; readonly path: string }[] = [];
for (const [path, { file }] of files) collect(file, path);

const declared = Object.entries<unknown>(conventions).filter(
  (entry): entry is [string, string] => typeof entry[1] === 'string',
);
const known = new Map(
  declared.filter(([constant]) => constant.startsWith('ATTR_')).map(([constant, name]) => [name, constant]),
);
const obsolete = obsoleteNames();
const readme = readFileSync(new URL('README.md', root), 'utf8');
const own = readme
  .slice(readme.indexOf('## Names'), readme.indexOf('## Written'))
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .flatMap((line) => [...line.split('|')[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));

describe('attributes of queries', () => {
  it('are of the conventions, or of a domain that README lists', () => {
    const unknown = [...used].filter(
      ([key]) => !known.has(key) && !own.some((listed) => covers(listed, key)),
    );
    expect(unknown).toEqual([]);
    expect(used.size).toBeGreaterThan(80);
  });

  it('are none that the conventions have given up', () => {
    expect(obsolete).toContain('exception.escaped');
    expect([...used].filter(([key]) => obsolete.has(key))).toEqual([]);
  });

  it('have one of the values that the conventions give them', () => {
    // The shop of the fixtures sends it.
    const allowed = new Set(['shop/agents.betrace gen_ai.operation.name retrieve']);
    const unknown = compared.filter(({ key, value, path }) => {
      const constant = known.get(key)?.replace(/^ATTR_/, '');
      const values = declared
        .filter(([name]) => name.startsWith(`${constant}_VALUE_`))
        .map(([, stated]) => stated);
      // Where there is an `_OTHER`, anything may stand.
      const closed = values.length > 0 && !values.includes('_OTHER');
      return closed && !values.includes(value) && !allowed.has(`${path} ${key} ${value}`);
    });
    expect(unknown).toEqual([]);
    expect(compared.filter(({ key }) => key === 'gen_ai.operation.name').length).toBeGreaterThan(100);
  });
});

describe('the names that README lists as of a domain', () => {
  it.each(own)('%s is used', (listed) => {
    expect([...used.keys()].filter((key) => covers(listed, key))).not.toEqual([]);
  });

  it('are in no namespace that the conventions have', () => {
    const spaces = new Set([...known.keys()].map((name) => name.split('.')[0]));
    expect(own.filter((listed) => spaces.has(listed.split('.')[0]))).toEqual([]);
  });
});

/** Whether `order.*` covers `order.id`. */
function covers(listed: string, key: string): boolean {
  return listed.endsWith('.*') ? key.startsWith(listed.slice(0, -1)) : key === listed;
}

/** Finds attributes, and the texts that they are compared with or set to, anywhere in a tree. */
function collect(node: unknown, path: string): void {
  if (typeof node !== 'object' || node === null) return;
  const { kind, key, field, left, right, operand, items, value } = node as Tree;
  if (kind === 'attribute' && typeof key === 'string') used.set(key, path);
  const attribute = field?.key ?? left?.field?.key ?? operand?.field?.key;
  for (const text of [value, right?.literal, ...(Array.isArray(items) ? items : [])])
    if (attribute !== undefined && text?.kind === 'string')
      compared.push({ key: attribute, value: String(text.value), path });
  for (const child of Object.values(node)) collect(child, path);
}

/** What is looked at in a tree of syntax, of whatever node. */
interface Tree {
  readonly kind?: string;
  readonly key?: string;
  readonly field?: Tree;
  readonly literal?: Tree;
  readonly left?: Tree;
  readonly right?: Tree;
  readonly operand?: Tree;
  readonly items?: readonly Tree[];
  readonly value?: Tree;
}

/** Names that are marked as deprecated, other than those that moved to conventions of their own. */
function obsoleteNames(): ReadonlySet<string> {
  const folder = new URL('../../node_modules/@opentelemetry/semantic-conventions/dist/', import.meta.url);
  const text = ['stable', 'experimental']
    .map((part) => readFileSync(new URL(`${part}_attributes.d.mts`, folder), 'utf8'))
    .join('\n');
  const declarations = text.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*declare const ATTR_\w+: "([^"]+)"/g);
  return new Set(
    [...declarations]
      .filter(([, comment]) => /@deprecated (?!Moved to the \[)/.test(comment!))
      .map(([, , name]) => name!),
  );
}
