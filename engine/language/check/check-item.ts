import type { PlacedItem } from '../parse/read-items.js';
import type { Diagnostic } from '../problems/diagnostic.js';
import { collector } from '../problems/report.js';
import type { Suggestions } from '../problems/spelling.js';
import type { Item } from '../tree/ast.js';
import { measure } from '../tree/walk.js';
import type { ItemContext } from './context.js';
import { KnownWorld } from './known-world.js';
import { checkImports } from './names/check-imports.js';
import { checkLet } from './names/check-let.js';
import { checkList } from './names/check-list.js';
import { MAX_DEPTH } from './names/let-facts.js';
import { checkListUses } from './names/list-uses.js';
import { deepExpression } from './nesting.js';
import { Reads } from './reads.js';
import { checkRule } from './rules/check-rule.js';
import { checkWindowRule } from './rules/check-window-rule.js';
import { checkTest } from './tests/check-test.js';
import type { World } from './world.js';

/** What was found wrong with one item, wherever it is in its file: offsets count from its own start. */
export interface CheckedItem {
  readonly diagnostics: readonly Diagnostic[];
  /** The names of patterns and lists of its own file that it uses, and the other files of which it uses some. */
  readonly usedNames: ReadonlySet<string>;
  readonly usedFiles: ReadonlySet<string>;
  /** What it depends on. */
  readonly reads: Reads;
  /** How many comparisons of words it took; infinite where there were not enough. */
  readonly comparisons: number;
}

/** Checks the meaning of one item. Syntax errors are the parser's to report. */
export function checkItem(
  path: string,
  { item, diagnostics: syntax }: PlacedItem['read'] & { readonly item: Item },
  world: World,
  suggestions: Suggestions,
): CheckedItem {
  const errors = syntax.filter(({ severity }) => severity === 'error');
  const { diagnostics, report } = collector();
  const reads = new Reads(world);
  const known = new KnownWorld(world, reads);
  const usedNames = new Set<string>();
  const usedFiles = new Set<string>();
  const before = suggestions.left;
  let isShort = false;
  const context: ItemContext = {
    world: known,
    path,
    scope: known.scopeOf(path),
    suggest: (word, candidates) => {
      isShort ||= suggestions.left <= 0;
      return suggestions.suggest(word, candidates);
    },
    // What recovery made up takes no room in the text, and needs no second diagnostic.
    report: (code, range, message, extra) => {
      if (range.start < range.end) report(code, range, message, extra);
    },
    broken: (range) =>
      errors.some((error) => error.range.start <= range.end && error.range.end >= range.start),
    used: (definition) => {
      if (definition.path === path) usedNames.add(definition.item.name.text);
      else usedFiles.add(definition.path);
    },
  };
  if (measure(item).depth > MAX_DEPTH)
    context.report('BT2019', item.range, 'This is nested too deeply to be checked.');
  else {
    const deep = deepExpression(item);
    if (deep) {
      context.report(
        'BT2019',
        deep,
        'The operators of this expression are nested too deeply to be compiled.',
      );
    }
    checkKind(item, context);
  }
  known.close();
  return {
    diagnostics,
    usedNames,
    usedFiles,
    reads,
    comparisons: isShort ? Number.POSITIVE_INFINITY : before - suggestions.left,
  };
}

function checkKind(item: Item, context: ItemContext): void {
  switch (item.kind) {
    case 'use':
      if (!context.broken(item.range)) checkImports(item, context);
      return;
    case 'let':
      checkLet(item, context);
      checkListUses(item, context);
      return;
    case 'list':
      checkList(item, context);
      return;
    case 'rule':
      checkRule(item, context);
      checkListUses(item, context);
      return;
    case 'over rule':
      checkWindowRule(item, context);
      checkListUses(item, context);
      return;
    case 'test':
      checkTest(item, context);
  }
}
