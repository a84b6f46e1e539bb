import { printItem, printPipeline } from '../../engine/language/print/print.js';
import type { LetItem, Range, RuleItem, TestItem } from '../../engine/language/tree/ast.js';
import type { Analysis } from '../workspace/analysis.js';

/** Settings that decide verdicts; the others are for people. */
const JUDGING = new Set(['required', 'idle', 'skew', 'over']);

/**
 * A text that changes when the verdicts of a rule may: its clauses, what decides verdicts, and the patterns that it uses. Two
 * rules of the same meaning may still differ in it.
 *
 * @param current where the rule is now, which decides what its names mean
 */
export function ruleMeaning(
  analysis: Analysis,
  path: string,
  item: RuleItem,
  current: RuleItem = item,
): string {
  const settings = item.settings.filter(({ name }) => JUDGING.has(name.text));
  const lets = [...letsBehind(analysis, path, current.range)];
  return [printItem({ ...item, settings }), ...lets.map(({ value }) => printPipeline(value))].join('\n');
}

/** The same of a test, with the rule that it is of. */
export function testMeaning(analysis: Analysis, item: TestItem): string {
  const rule = analysis.ruleNamed(item.rule.text);
  return `${printItem(item)}\n${rule === undefined ? '' : ruleMeaning(analysis, rule.path, rule.item)}`;
}

/** The lets that a part of a file uses, and those that these use, each once. */
function letsBehind(analysis: Analysis, path: string, within: Range): ReadonlySet<LetItem> {
  const found = new Set<LetItem>();
  const collect = (file: string, { start, end }: Range): void => {
    for (const { symbol, role, range } of analysis.occurrencesIn(file)) {
      if (symbol.kind !== 'let' || role === 'definition' || range.start < start || range.end > end) continue;
      const definition = analysis.workspace.scopes.get(file)?.lets.get(symbol.name);
      if (definition === undefined || found.has(definition.item)) continue;
      found.add(definition.item);
      collect(definition.path, definition.item.range);
    }
  };
  collect(path, within);
  return found;
}
