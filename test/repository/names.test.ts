/** A name says the thing: no constant, parameter or function is called by a preposition or a pronoun. */
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

/** Where names are given to something that says nothing of it: `file:line name`. */
function emptyNames(file: string, text: string): readonly string[] {
  // Few files have the words where a name can be given, and only those are parsed.
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|'[^'\n]*'/g, '');
  if (!MAY_BE_NAMED.test(code)) return [];
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

it.each(['engine', 'server', 'lsp', 'extension', 'test/support'])('none is in %s', (folder) => {
  const found = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:tsx?|mjs)$/.test(name) && !name.includes('node_modules'))
    .flatMap((name) => emptyNames(`${folder}/${name}`, readFileSync(join(root, folder, name), 'utf8')));
  expect(found).toEqual([]);
});
