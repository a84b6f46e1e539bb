import { insertFix } from '../../../engine/language/problems/diagnostic.js';
import { newName, spanNameOf, wordOf } from './new-name.js';
import { holds, type Refactoring, type RefactorPlace } from './refactoring.js';

/** Binds the span that `when` finds, so that the rule is judged for each: `when { … } as c`. */
export function bindRefactorings({ analysis, path, item, range }: RefactorPlace): readonly Refactoring[] {
  if (item.kind !== 'rule') return [];
  const when = item.clauses.find(({ kind }) => kind === 'when');
  if (when === undefined || !holds(when.range, range)) return [];
  const tests = when.condition.kind === 'and' ? when.condition.operands : [when.condition];
  const test =
    tests.find((known) => holds(known.range, range)) ?? (tests.length === 1 ? tests[0] : undefined);
  if (test?.kind !== 'exists' || test.explicit || test.pattern.as !== undefined) return [];
  const word = wordOf(spanNameOf(test.pattern.pipeline), 'span');
  const items = analysis.syntaxOf(path)?.file.items ?? [];
  const name = newName(word.charAt(0), analysis, path, items);
  const { edits } = insertFix('', test.pattern.range.end, ` as ${name}`);
  return [{ title: `Judge each such span: as ${name}`, kind: 'rewrite', edits }];
}
