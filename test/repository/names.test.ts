/**
 * A name says the thing: no constant, parameter or function is called by a preposition or a pronoun. `n` is the index of a loop or of a
 * callback, which is read where it is given: nothing that reaches further is called so.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const SAYS_NOTHING: ReadonlySet<string> = new Set(['at', 'of', 'one', 'told', 'which']);

const MAY_BE_NAMED =
  /(?:const|let|function) (?:at|of|one|told|which)\b|(?:^|[\s([{,])(?:at|of|one|told|which)(?:\??: |[)\],;]| =)/m;

/** A parameter, or a part of what is destructured that gets a name of its own: members of a class or an object have theirs. */
function isNamedHere(node: ts.Node): node is ts.ParameterDeclaration | ts.BindingElement {
  if (ts.isParameter(node)) return node.modifiers === undefined;
  return (
    ts.isBindingElement(node) && (ts.isArrayBindingPattern(node.parent) || node.propertyName !== undefined)
  );
}

const MAY_BE_NUMBERED = /(?:const|let) n\b|[({,\s](?:readonly )?n\??: /;

/** Whether something is called `n` that is not read next to where it is given: a parameter of a named function, a property, a variable. */
function isNumberedAtLarge(node: ts.Node): boolean {
  if (ts.isParameter(node)) return !ts.isArrowFunction(node.parent) && isNamed(node.name, 'n');
  if (ts.isVariableDeclaration(node))
    return !ts.isForStatement(node.parent.parent) && isNamed(node.name, 'n');
  return (ts.isPropertySignature(node) || ts.isPropertyDeclaration(node)) && isNamed(node.name, 'n');
}

function isNamed(name: ts.Node, text: string): boolean {
  return ts.isIdentifier(name) && name.text === text;
}

/** Where names are given to something that says nothing of it: `file:line name`. */
function emptyNames(file: string, text: string): readonly string[] {
  // Few files have the words where a name can be given, and only those are parsed.
  if (!MAY_BE_NAMED.test(text) && !MAY_BE_NUMBERED.test(text)) return [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (
      (ts.isVariableDeclaration(node) || ts.isFunctionDeclaration(node) || isNamedHere(node)) &&
      node.name !== undefined &&
      ts.isIdentifier(node.name) &&
      SAYS_NOTHING.has(node.name.text)
    )
      found.push(
        `${file}:${source.getLineAndCharacterOfPosition(node.name.getStart(source)).line + 1} ${node.name.text}`,
      );
    if (isNumberedAtLarge(node))
      found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1} n`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

it('finds such a name wherever one can be given', () => {
  const text =
    'const of = 1;\nfunction at(told: X, { which, a: one }: Y) {}\nfor (const [at] of b) b.map((one) => one.of);';
  expect(emptyNames('a.ts', text)).toEqual([
    'a.ts:1 of',
    'a.ts:2 at',
    'a.ts:2 told',
    'a.ts:2 one',
    'a.ts:3 at',
    'a.ts:3 one',
  ]);
});

it('finds numbers without a name, but not those of loops and callbacks', () => {
  const text =
    'function f(n: number) {}\nconst n = 1;\ninterface A {\n  readonly n: number;\n}\nfor (let n = 0; n < 2; n++) a.map((x, n) => n);';
  expect(emptyNames('a.ts', text)).toEqual(['a.ts:1 n', 'a.ts:2 n', 'a.ts:4 n']);
});

it.each(['engine', 'server', 'lsp', 'extension', 'test'])('none is in %s', (folder) => {
  const found = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:tsx?|mjs)$/.test(name) && !name.includes('node_modules'))
    .flatMap((name) => emptyNames(`${folder}/${name}`, readFileSync(join(root, folder, name), 'utf8')));
  expect(found).toEqual([]);
});
