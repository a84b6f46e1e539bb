// Finds what is compared with `undefined` and can only be null, or the other way round, which the compiler lets pass: `node test/null-or-undefined.mjs TSCONFIG…`.
import { relative, resolve } from 'node:path';
import { isBinaryExpression, isIdentifier, SyntaxKind } from 'typescript/unstable/ast';
import { API, TypeFlags } from 'typescript/unstable/sync';

const configs = process.argv.slice(2).map((config) => resolve(config));
const api = new API();
try {
  const snapshot = api.updateSnapshot({ openProjects: configs });
  const found = new Set(configs.flatMap((config) => inProject(opened(snapshot, config))));
  for (const line of found) console.error(line);
  process.exitCode = found.size === 0 ? 0 : 1;
} finally {
  api.close();
}

function opened(snapshot, config) {
  const project = snapshot.getProject(config);
  const wrong = project?.program.getConfigFileParsingDiagnostics() ?? [{ text: `there is no ${config}` }];
  if (wrong.length > 0) throw new Error(wrong.map(({ text }) => text).join('\n'));
  return project;
}

function inProject({ program, checker }) {
  return program
    .getSourceFileNames()
    .filter((name) => !name.endsWith('.d.ts') && !name.includes('node_modules'))
    .flatMap((name) => inFile(program.getSourceFile(name), checker));
}

function inFile(file, checker) {
  const comparisons = comparisonsIn(file);
  // The types of a whole file are asked for at once: each question goes to another process.
  const types = checker.getTypeAtLocation(comparisons.map(({ left }) => left));
  return comparisons
    .filter(({ right }, n) => types[n] !== undefined && isMistaken(types[n], right))
    .map((comparison) => described(comparison, file));
}

function comparisonsIn(node) {
  const found = isComparison(node) ? [node] : [];
  node.forEachChild((child) => void found.push(...comparisonsIn(child)));
  return found;
}

function isComparison(node) {
  if (!isBinaryExpression(node)) return false;
  const { EqualsEqualsEqualsToken, ExclamationEqualsEqualsToken, NullKeyword } = SyntaxKind;
  const { operatorToken, right } = node;
  if (![EqualsEqualsEqualsToken, ExclamationEqualsEqualsToken].includes(operatorToken.kind)) return false;
  return right.kind === NullKeyword || (isIdentifier(right) && right.text === 'undefined');
}

function isMistaken(type, right) {
  const { Null, Undefined, Void } = TypeFlags;
  const nothing = Undefined | Void;
  const [asked, other] = right.kind === SyntaxKind.NullKeyword ? [Null, nothing] : [nothing, Null];
  return !canBe(type, asked) && canBe(type, other);
}

/** A type of which nothing is known can be anything. */
function canBe(type, flags) {
  if (type.isUnionType()) return type.getTypes().some((part) => canBe(part, flags));
  const { Any, Unknown, Instantiable } = TypeFlags;
  return (type.flags & (flags | Any | Unknown | Instantiable)) !== 0;
}

function described(node, file) {
  const { line } = file.getLineAndCharacterOfPosition(node.getStart());
  return `${relative('.', file.fileName)}:${line + 1}: ${node.getText()} is always the same: what is compared is never that, but may be the other of null and undefined`;
}
