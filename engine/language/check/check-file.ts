import { type Diagnostic, removeFix } from '../problems/diagnostic.js';
import { collector } from '../problems/report.js';
import { boundedSuggest } from '../problems/spelling.js';
import { type FileScope, namedItemsOf } from '../scope/scope.js';
import type { AnyRuleItem, Item } from '../tree/ast.js';
import { isRuleItem } from '../tree/rule-item.js';
import { measure } from '../tree/walk.js';
import type { ItemContext, World } from './context.js';
import { checkImports } from './names/check-imports.js';
import { checkLet } from './names/check-let.js';
import { checkList } from './names/check-list.js';
import { MAX_DEPTH } from './names/let-facts.js';
import { checkListUses } from './names/list-uses.js';
import { deepExpression } from './nesting.js';
import { checkOverRule } from './rules/check-over-rule.js';
import { checkRule } from './rules/check-rule.js';
import { checkTest } from './tests/check-test.js';
import { meaningOf } from './truth/meaning.js';

export interface CheckedFile {
  /** In the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
  /** Items with an error of meaning in them. */
  readonly faulty: ReadonlySet<Item>;
}

/** Checks the meaning of one file of a workspace. Syntax errors are the parser's to report. */
export function checkFile(
  path: string,
  items: readonly Item[],
  world: World,
  syntax: readonly Diagnostic[] = [],
): CheckedFile {
  const errors = syntax.filter(({ severity }) => severity === 'error');
  const scope = world.scopes.get(path) ?? { path, uses: [], lets: new Map(), lists: new Map() };
  const used = new Set<Item>();
  const usedFiles = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  const faulty = new Set<Item>();
  const suggest = boundedSuggest();
  const run = (item: Item, check: (context: ItemContext) => void): void => {
    const { diagnostics: found, report } = collector();
    check({
      world,
      path,
      scope,
      suggest,
      // What recovery made up takes no room in the text, and needs no second diagnostic.
      report: (code, range, message, extra) => {
        if (range.start < range.end) report(code, range, message, extra);
      },
      broken: (range) =>
        errors.some((error) => error.range.start <= range.end && error.range.end >= range.start),
      used: (definition) => {
        if (definition.path === path) used.add(definition.item);
        else usedFiles.add(definition.path);
      },
    });
    diagnostics.push(...found);
    if (found.some((diagnostic) => diagnostic.severity === 'error')) faulty.add(item);
  };
  for (const item of items) {
    run(item, (context) => {
      if (measure(item).depth > MAX_DEPTH) {
        context.report('BT2019', item.range, 'This is nested too deeply to be checked.');
        return;
      }
      const deep = deepExpression(item);
      if (deep) {
        context.report(
          'BT2019',
          deep,
          'The operators of this expression are nested too deeply to be compiled.',
        );
      }
      checkItem(item, context);
    });
  }
  // Where some of the file could not be read, the reference may be in there.
  for (const item of errors.length > 0 ? [] : items) {
    if ((item.kind !== 'let' && item.kind !== 'list') || item.exported || used.has(item)) continue;
    const { text } = item.name;
    if ((scope.lets.get(text) ?? scope.lists.get(text))?.item !== item) continue;
    run(item, ({ report }) =>
      report('BT2004', item.name.range, `Nothing in this file refers to \`${item.name.text}\`.`),
    );
  }
  // A file without patterns of its own may have its `use` for what is about to be written.
  const readsAll = errors.length === 0 && items.length > scope.uses.length;
  for (const { item, target } of readsAll ? scope.uses : [])
    if (
      target !== undefined &&
      target !== path &&
      !usedFiles.has(target) &&
      hasOwnNames(target, scope, world)
    )
      run(item, ({ report }) =>
        report('BT2015', item.range, `Nothing in this file refers to what \`${item.path.value}\` exports.`, {
          fixes: [removeFix('Remove this `use`', item.range)],
        }),
      );
  for (const { item, first } of errors.length > 0 ? [] : sameRules(items))
    run(item, ({ report }) =>
      report('BT2317', item.id.range, `\`${item.id.text}\` says the same as \`${first.id.text}\`.`, {
        related: [{ message: 'The other rule', range: first.id.range }],
      }),
    );
  diagnostics.sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end);
  return { diagnostics, faulty };
}

/** Whether a file exports names, and none that mean something else here, of which more is said. */
function hasOwnNames(path: string, scope: FileScope, { items }: World): boolean {
  const exported = exportedNames(items.get(path));
  const others = scope.uses.flatMap(({ target }) =>
    target === path || target === undefined ? [] : exportedNames(items.get(target)),
  );
  const taken = new Set([
    ...others,
    ...namedItemsOf({ items: items.get(scope.path) ?? [] }).map(({ name }) => name.text),
  ]);
  return exported.length > 0 && !exported.some((name) => taken.has(name));
}

function exportedNames(items: readonly Item[] = []): readonly string[] {
  return namedItemsOf({ items }).flatMap(({ exported, name }) => (exported ? [name.text] : []));
}

/** Rules that have the clauses of an earlier one, and the settings that change what they judge. */
function sameRules(
  items: readonly Item[],
): readonly { readonly item: AnyRuleItem; readonly first: AnyRuleItem }[] {
  const seen = new Map<string, AnyRuleItem>();
  return items.filter(isRuleItem).flatMap((item) => {
    const settings = item.settings.filter(({ name }) => !FOR_PEOPLE.has(name.text));
    const meaning = [...item.clauses, ...settings].map(meaningOf).join('\n');
    const first = seen.get(meaning);
    if (first === undefined) seen.set(meaning, item);
    return first === undefined || item.clauses.length === 0 ? [] : [{ item, first }];
  });
}

/** Settings that do not change what a rule judges. */
const FOR_PEOPLE: ReadonlySet<string> = new Set([
  'severity',
  'summary',
  'description',
  'owner',
  'runbook',
  'tags',
  'evidence',
]);

function checkItem(item: Item, context: ItemContext): void {
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
      checkOverRule(item, context);
      checkListUses(item, context);
      return;
    case 'test':
      checkTest(item, context);
  }
}
