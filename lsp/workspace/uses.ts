import type { LetItem, ListItem, Range, RuleItem, TestItem } from '../../engine/language/tree/ast.js';
import type { LanguageSymbol, Occurrence } from '../symbols/symbol.js';
import type { Analysis } from './analysis.js';

/** An item that has a name, and uses others or is used by them. */
export interface NamedItem {
  readonly path: string;
  readonly item: RuleItem | LetItem | ListItem | TestItem;
}

/** One item and the places where it and another meet. */
export interface Use {
  readonly other: NamedItem;
  /** In the item that uses. */
  readonly ranges: readonly Range[];
}

export function nameOf({ item }: NamedItem): { readonly text: string; readonly range: Range } {
  switch (item.kind) {
    case 'let':
    case 'list':
      return item.name;
    case 'rule':
    case 'over rule':
      return item.id;
    case 'test':
      return { text: item.title.value, range: item.title.range };
  }
}

/** What the mention under an offset stands for; where there is none, the rule, let or test that the offset is in the head of. */
export function namedItemAt(analysis: Analysis, path: string, offset: number): NamedItem | undefined {
  const occurrence = analysis.occurrenceAt(path, offset);
  if (occurrence !== undefined) return definitionOf(analysis, occurrence.symbol);
  const around = itemAround(analysis, path, { start: offset, end: offset });
  if (around === undefined) return undefined;
  const { range } = nameOf(around);
  return range.start <= offset && offset <= range.end ? around : undefined;
}

/** Who uses an item: the rules and lets that mention a let, the tests of a rule. */
export function usersOf(analysis: Analysis, used: NamedItem): readonly Use[] {
  const symbol = symbolOf(used);
  if (symbol === undefined) return [];
  return grouped(
    analysis
      .occurrencesOf(symbol)
      .filter(({ role }) => role === 'reference')
      .map((occurrence) => [itemAround(analysis, occurrence.path, occurrence.range), occurrence]),
  );
}

/** What an item uses: lets, and of a test its rule. */
export function usesOf(analysis: Analysis, { path, item }: NamedItem): readonly Use[] {
  return grouped(
    analysis
      .occurrencesIn(path)
      .filter(({ role, range }) => role === 'reference' && isInside(range, item.range))
      .map((occurrence) => [definitionOf(analysis, occurrence.symbol), occurrence]),
  );
}

function grouped(found: readonly (readonly [NamedItem | undefined, Occurrence])[]): readonly Use[] {
  const uses = new Map<NamedItem['item'], { readonly other: NamedItem; readonly ranges: Range[] }>();
  for (const [other, { range }] of found) {
    if (other === undefined) continue;
    const use = uses.get(other.item) ?? { other, ranges: [] };
    use.ranges.push(range);
    uses.set(other.item, use);
  }
  return [...uses.values()];
}

function symbolOf({ path, item }: NamedItem): LanguageSymbol | undefined {
  switch (item.kind) {
    case 'let':
    case 'list':
      return { kind: 'let', path, name: item.name.text };
    case 'rule':
    case 'over rule':
      return { kind: 'rule', id: item.id.text };
    case 'test':
      return undefined; // nothing mentions a test
  }
}

function definitionOf(analysis: Analysis, symbol: LanguageSymbol): NamedItem | undefined {
  switch (symbol.kind) {
    case 'let': {
      const scope = analysis.workspace.scopes.get(symbol.path);
      const definition = scope?.lets.get(symbol.name) ?? scope?.lists.get(symbol.name);
      return definition === undefined ? undefined : { path: definition.path, item: definition.item };
    }
    case 'rule':
      return analysis.ruleNamed(symbol.id);
    case 'bound':
    case 'parameter':
    case 'unknown':
      return undefined;
  }
}

function itemAround(analysis: Analysis, path: string, range: Range): NamedItem | undefined {
  const item = analysis.syntaxOf(path)?.file.items.find((item) => isInside(range, item.range));
  return item === undefined || item.kind === 'use' ? undefined : { path, item };
}

function isInside(inner: Range, outer: Range): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
