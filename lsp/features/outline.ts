import { printLetValue } from '../../engine/language/print/print.js';
import { printCondition } from '../../engine/language/print/print-condition.js';
import { printMetricsTest } from '../../engine/language/print/print-metrics.js';
import type { Clause, Item, Range, RuleItem, WindowClause } from '../../engine/language/tree/ast.js';
import type { Analysis } from '../workspace/analysis.js';

export interface OutlineEntry {
  readonly name: string;
  readonly detail: string;
  readonly kind: 'rule' | 'let' | 'test' | 'use' | 'clause';
  readonly range: Range;
  /** The part of `range` that is the name. */
  readonly selection: Range;
  readonly children: readonly OutlineEntry[];
}

/** The items of a file, and the clauses of its rules. */
export function outlineOf(items: readonly Item[]): readonly OutlineEntry[] {
  return items.map(entryOf);
}

function entryOf(item: Item): OutlineEntry {
  switch (item.kind) {
    case 'rule':
      return ruleEntry(
        item,
        item.clauses.map((clause) => clauseEntry(clause, printCondition(clause.condition))),
      );
    case 'over rule':
      return ruleEntry(
        item,
        item.clauses.map((clause) => clauseEntry(clause, printMetricsTest(clause.test))),
      );
    case 'let':
    case 'list':
      return entry(item.name.text, short(printLetValue(item)), 'let', item.range, item.name.range);
    case 'test':
      return entry(item.title.value, item.rule.text, 'test', item.range, item.title.range);
    case 'use':
      return entry(item.path.value, '', 'use', item.range, item.path.range);
  }
}

function ruleEntry({ id, settings, range }: RuleItem, clauses: readonly OutlineEntry[]): OutlineEntry {
  const summary = settings.find(({ name }) => name.text === 'summary')?.value;
  return entry(id.text, summary?.kind === 'string' ? summary.value : '', 'rule', range, id.range, clauses);
}

function clauseEntry({ kind, range }: Clause | WindowClause, text: string): OutlineEntry {
  return {
    name: kind,
    detail: short(text),
    kind: 'clause',
    range,
    selection: { start: range.start, end: range.start + kind.length },
    children: [],
  };
}

export interface WorkspaceSymbol extends OutlineEntry {
  readonly path: string;
}

/** Rules, lets and tests of all files whose name has the letters of the query in order. */
export function workspaceSymbols(analysis: Analysis, query: string): readonly WorkspaceSymbol[] {
  const wanted = query.toLowerCase();
  return analysis.paths.flatMap((path) =>
    outlineOf(analysis.syntaxOf(path)?.file.items ?? [])
      .filter(({ kind, name }) => kind !== 'use' && isSubsequence(wanted, name.toLowerCase()))
      .map((symbol) => ({ ...symbol, path })),
  );
}

function isSubsequence(wanted: string, text: string): boolean {
  let position = 0;
  for (const character of wanted) {
    position = text.indexOf(character, position) + 1;
    if (position === 0) return false;
  }
  return true;
}

function entry(
  name: string,
  detail: string,
  kind: OutlineEntry['kind'],
  range: Range,
  selection: Range,
  children: readonly OutlineEntry[] = [],
): OutlineEntry {
  // Editors refuse an empty name, and a selection outside the range.
  const inside =
    selection.start >= range.start && selection.end <= range.end && selection.start < selection.end;
  return {
    name: name === '' ? '(no name)' : name,
    detail,
    kind,
    range,
    selection: inside ? selection : range,
    children,
  };
}

const MOST_DETAIL = 80;

function short(text: string): string {
  return text.length > MOST_DETAIL ? `${text.slice(0, MOST_DETAIL - 1)}…` : text;
}
