import type { Range } from '../../../engine/language/tree/ast.js';
import type { Analysis } from '../../workspace/analysis.js';
import { acrossRefactorings } from './across.js';
import { bindRefactorings } from './bind.js';
import { extractLet } from './extract-let.js';
import { inlineLet } from './inline-let.js';
import { makeTest } from './make-test.js';
import { holds, type Refactoring, type RefactorPlace } from './refactoring.js';
import { splitClause } from './split-clause.js';

/** What could be done at a place. Each leaves a text that parses; nothing is offered where the item does not. */
export function refactoringsAt(
  analysis: Analysis,
  path: string,
  text: string,
  range: Range,
): readonly Refactoring[] {
  const parsed = analysis.syntaxOf(path);
  const item = parsed?.file.items.find((known) => holds(known.range, range));
  if (parsed === undefined || item === undefined || parsed.text !== text) return [];
  if (parsed.syntax.some((problem) => touches(problem.range, item.range))) return [];
  const place: RefactorPlace = { analysis, path, text, item, range };
  return [extractLet, inlineLet, bindRefactorings, splitClause, acrossRefactorings, makeTest].flatMap(
    (refactor) => refactor(place),
  );
}

function touches(a: Range, b: Range): boolean {
  return a.start <= b.end && b.start <= a.end;
}
