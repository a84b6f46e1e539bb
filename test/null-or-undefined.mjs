// Finds what is compared with `undefined` and can only be null, or the other way round, which the compiler lets pass: `node test/null-or-undefined.mjs TSCONFIG…`.
import { relative } from 'node:path';
import ts from 'typescript';

const found = new Set(process.argv.slice(2).flatMap(inProject));
for (const line of found) console.error(line);
process.exitCode = found.size === 0 ? 0 : 1;

function inProject(config) {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: fail };
  const { fileNames, options } = ts.getParsedCommandLineOfConfigFile(config, { noEmit: true }, host);
  const program = ts.createProgram(fileNames, options);
  const checker = program.getTypeChecker();
  return program
    .getSourceFiles()
    .filter((file) => !file.isDeclarationFile && !file.fileName.includes('node_modules'))
    .flatMap((file) => inNode(file, file, checker));
}

function inNode(node, file, checker) {
  const found = mistaken(node, checker) ? [described(node, file)] : [];
  ts.forEachChild(node, (child) => void found.push(...inNode(child, file, checker)));
  return found;
}

function mistaken(node, checker) {
  if (!ts.isBinaryExpression(node)) return false;
  const { left, operatorToken, right } = node;
  const { EqualsEqualsEqualsToken, ExclamationEqualsEqualsToken, NullKeyword } = ts.SyntaxKind;
  if (![EqualsEqualsEqualsToken, ExclamationEqualsEqualsToken].includes(operatorToken.kind)) return false;
  const isNull = right.kind === NullKeyword;
  if (!isNull && !(ts.isIdentifier(right) && right.text === 'undefined')) return false;
  const type = checker.getTypeAtLocation(left);
  const { Null, Undefined, Void } = ts.TypeFlags;
  const [asked, other] = isNull ? [Null, Undefined | Void] : [Undefined | Void, Null];
  return !canBe(type, asked) && canBe(type, other);
}

/** A type of which nothing is known can be anything. */
function canBe(type, flags) {
  if (type.isUnion()) return type.types.some((part) => canBe(part, flags));
  const { Any, Unknown, Instantiable } = ts.TypeFlags;
  return (type.flags & (flags | Any | Unknown | Instantiable)) !== 0;
}

function described(node, file) {
  const { line } = file.getLineAndCharacterOfPosition(node.getStart());
  return `${relative('.', file.fileName)}:${line + 1}: ${node.getText()} is always the same: what is compared is never that, but may be the other of null and undefined`;
}

function fail({ messageText }) {
  throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
}
