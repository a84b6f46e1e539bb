import { removeFix, replaceFix } from '../../../engine/language/problems/diagnostic.js';
import type { LetItem, Range } from '../../../engine/language/tree/ast.js';
import { namesOf } from '../../../engine/language/tree/walk.js';
import type { Refactoring, RefactorPlace } from './refactoring.js';

/** Writes the pattern of a let where its name is: at one place, or, from its definition, at all of them. */
export function inlineLet({ analysis, path, text, item, range }: RefactorPlace): readonly Refactoring[] {
  const occurrence = analysis.occurrenceAt(path, range.start);
  if (occurrence?.symbol.kind !== 'let') return [];
  const definition = analysis.workspace.scopes.get(path)?.lets.get(occurrence.symbol.name);
  if (definition === undefined || definition.item.parameters !== undefined) return [];
  const source = analysis.syntaxOf(definition.path);
  if (source === undefined) return [];
  // What another file's pattern is made of means nothing here.
  if (definition.path !== path && [...namesOf(definition.item.value)].length > 0) return [];
  const { value } = definition.item;
  const filter = source.text.slice(value.range.start, value.range.end);
  const written = isOneFilter(definition.item) ? filter : `(${filter})`;
  const replaced = (place: Range) => replaceFix('', place, written).edits;
  if (occurrence.role === 'reference')
    return [
      { title: `Write out ${occurrence.symbol.name}`, kind: 'inline', edits: replaced(occurrence.range) },
    ];
  if (item.kind !== 'let' || item.exported) return [];
  const uses = analysis
    .occurrencesIn(path)
    .filter(
      ({ symbol, role }) =>
        role === 'reference' &&
        symbol.kind === 'let' &&
        symbol.name === item.name.text &&
        symbol.path === path,
    );
  if (uses.length === 0) return [];
  const end = /^[ \t]*\n?\n?/u.exec(text.slice(item.range.end))?.[0].length ?? 0;
  const { edits: removal } = removeFix('', { start: item.range.start, end: item.range.end + end });
  return [
    {
      title: `Write out ${item.name.text} wherever it is used`,
      kind: 'inline',
      edits: [...removal, ...uses.flatMap((use) => replaced(use.range))],
    },
  ];
}

function isOneFilter({ value: { stages } }: LetItem): boolean {
  const [stage, ...others] = stages;
  return others.length === 0 && stage?.kind === 'spanset' && stage.expression.kind === 'filter';
}
