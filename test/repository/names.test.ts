/**
 * A name says the thing: no constant, parameter or function is called by a preposition or a pronoun. `n` is the index of a loop or of a
 * callback, which is read where it is given: nothing that reaches further is called so.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync, visitorKeys } from 'oxc-parser';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const SAYS_NOTHING: ReadonlySet<string> = new Set(['at', 'of', 'one', 'told', 'which']);

const MAY_BE_NAMED =
  /(?:const|let|function) (?:at|of|one|told|which)\b|(?:^|[\s([{,])(?:at|of|one|told|which)(?:\??: |[)\],;]| =)/m;
const MAY_BE_NUMBERED = /(?:const|let) n\b|[({,\s](?:readonly )?n\??: /;

/** A node of ESTree, with the members that are asked for here. */
interface Node {
  readonly type: string;
  /** Where it begins in the text, in UTF-16 units. */
  readonly start: number;
  readonly name?: string;
  readonly shorthand?: boolean;
}

/** A node below others: the way to it from the root, and in which member of the innermost it is. */
interface Place {
  readonly node: Node;
  readonly member: string;
  readonly outer: Place | undefined;
}

/** The place of what has a default value or is the rest of others. */
function withoutDefault(place: Place): Place {
  const { member, outer } = place;
  const isWrapped =
    outer?.node.type === 'RestElement' || (outer?.node.type === 'AssignmentPattern' && member === 'left');
  return isWrapped ? withoutDefault(outer) : place;
}

/** What a name is given to at a place. Members of a class or an object have theirs, and what is read out of one by its own name. */
type Named = 'variable' | 'function' | 'parameter' | 'part' | 'member';

function namedAt({ member, outer }: Place): Named | undefined {
  if (outer === undefined) return undefined;
  const { type, shorthand } = outer.node;
  if (member === 'params') return 'parameter';
  if (type === 'VariableDeclarator') return member === 'id' ? 'variable' : undefined;
  if (type === 'FunctionDeclaration') return member === 'id' ? 'function' : undefined;
  if (type === 'ArrayPattern') return 'part';
  if (type === 'Property')
    return outer.outer?.node.type === 'ObjectPattern' && member === 'value' && !shorthand
      ? 'part'
      : undefined;
  if (type === 'TSPropertySignature' || type === 'PropertyDefinition')
    return member === 'key' ? 'member' : undefined;
  return undefined;
}

/** Whether what is called `n` is not read next to where it is given: a parameter of a named function, a member, a variable. */
function isAtLarge(named: Named, { outer }: Place): boolean {
  if (named === 'parameter') return outer?.node.type !== 'ArrowFunctionExpression';
  if (named === 'variable') return outer?.outer?.outer?.node.type !== 'ForStatement';
  return named === 'member';
}

/** Where names are given to something that says nothing of it: `file:line name`. */
function emptyNames(file: string, text: string): readonly string[] {
  // Few files have the words where a name can be given, and only those are parsed.
  if (!MAY_BE_NAMED.test(text) && !MAY_BE_NUMBERED.test(text)) return [];
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const found: string[] = [];
  const visit = (place: Place): void => {
    const { type, name, start } = place.node;
    const where = withoutDefault(place);
    const named = type === 'Identifier' ? namedAt(where) : undefined;
    if (name !== undefined && named !== undefined) {
      const isEmpty = named !== 'member' && SAYS_NOTHING.has(name);
      if (isEmpty || (name === 'n' && isAtLarge(named, where)))
        found.push(`${file}:${text.slice(0, start).split('\n').length} ${name}`);
    }
    for (const member of visitorKeys[type] ?? []) {
      const inner = (place.node as unknown as Record<string, Node | null | readonly (Node | null)[]>)[member];
      for (const node of [inner ?? []].flat()) if (node !== null) visit({ node, member, outer: place });
    }
  };
  visit({ node: program, member: '', outer: undefined });
  return found;
}

it('finds such a name wherever one can be given', () => {
  const text =
    'const of = 1;\nfunction at(told: X, { which, a: one }: Y, which = 1) {}\nfor (const [at] of b) b.map((one) => one.of);';
  expect(emptyNames('a.ts', text)).toEqual([
    'a.ts:1 of',
    'a.ts:2 at',
    'a.ts:2 told',
    'a.ts:2 one',
    'a.ts:2 which',
    'a.ts:3 at',
    'a.ts:3 one',
  ]);
});

it('finds numbers without a name, but not those of loops and callbacks', () => {
  const text =
    'function f(n: number) {}\nconst n = 1;\ninterface A {\n  readonly n: number;\n}\nfor (let n = 0; n < 2; n++) a.map((x, n = 0) => n);';
  expect(emptyNames('a.ts', text)).toEqual(['a.ts:1 n', 'a.ts:2 n', 'a.ts:4 n']);
});

it.each(['engine', 'server', 'lsp', 'extension', 'test'])('none is in %s', (folder) => {
  const found = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:tsx?|mjs)$/.test(name) && !name.includes('node_modules'))
    .flatMap((name) => emptyNames(`${folder}/${name}`, readFileSync(join(root, folder, name), 'utf8')));
  expect(found).toEqual([]);
});
