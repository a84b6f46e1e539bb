import type { PlacedItem } from '../parse/read-items.js';
import { type Diagnostic, removeFix } from '../problems/diagnostic.js';
import { collector, type Report } from '../problems/report.js';
import { Suggestions } from '../problems/spelling.js';
import { namedItemsOf, type ResolvedUse } from '../scope/scope.js';
import type { Item, RuleItem } from '../tree/ast.js';
import { isRuleItem } from '../tree/rule-item.js';
import { type CheckedItem, checkItem } from './check-item.js';
import { rangeIn } from './context.js';
import { KnownWorld } from './known-world.js';
import { Reads } from './reads.js';
import { meaningOf } from './truth/meaning.js';
import type { World } from './world.js';

export interface CheckedFile {
  readonly items: ReadonlyMap<Item, CheckedItem>;
  /** What is found wrong with items by a look at all of them. */
  readonly among: readonly FoundAmong[];
  /** What that depends on, apart from the items. */
  readonly reads: Reads;
  readonly placed: readonly PlacedItem[];
}

interface FoundAmong {
  readonly item: Item;
  /** By offsets from the start of the item. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Checks the meaning of one file of a workspace, item by item. Syntax errors are the parser's to report.
 *
 * @param before what the items came to the last time: for one that did not change and depends on nothing that did, nothing is worked out
 */
export function checkFile(
  path: string,
  placed: readonly PlacedItem[],
  world: World,
  before?: CheckedFile,
): CheckedFile {
  if (before?.placed === placed && stillHolds(before, world)) return before;
  const items = checkItems(path, placed, world, before);
  const reads = new Reads(world);
  const known = new KnownWorld(world, reads);
  const found = among(path, placed, items, known);
  known.close();
  return { items, among: found, reads, placed };
}

function stillHolds({ items, reads }: CheckedFile, world: World): boolean {
  for (const checked of items.values()) if (!checked.reads.hold(world)) return false;
  return reads.hold(world);
}

function checkItems(
  path: string,
  placed: readonly PlacedItem[],
  world: World,
  before: CheckedFile | undefined,
): ReadonlyMap<Item, CheckedItem> {
  const suggestions = new Suggestions();
  const items = new Map<Item, CheckedItem>();
  for (const { read } of placed) {
    const { item } = read;
    if (item === undefined) continue;
    const known = before?.items.get(item);
    if (known !== undefined && isAlike(known, suggestions) && known.reads.hold(world)) {
      suggestions.left -= known.comparisons;
      items.set(item, known);
    } else items.set(item, checkItem(path, { ...read, item }, world, suggestions));
  }
  return items;
}

/** Whether an item would be offered the same words: how many were looked for before it decides that. */
function isAlike({ comparisons }: CheckedItem, { left }: Suggestions): boolean {
  return comparisons === 0 || comparisons < left;
}

/** What only a look at all items of a file finds. */
function among(
  path: string,
  placed: readonly PlacedItem[],
  checked: ReadonlyMap<Item, CheckedItem>,
  world: KnownWorld,
): readonly FoundAmong[] {
  const isBroken = placed.some(({ read }) => read.diagnostics.some(({ severity }) => severity === 'error'));
  // Where some of the file could not be read, what is missing may be in there.
  if (isBroken) return [];
  const items = [...checked.keys()];
  const { uses, lists } = world.scopeOf(path);
  const used = new Set<string>();
  const usedFiles = new Set<string>();
  for (const item of checked.values()) {
    for (const name of item.usedNames) used.add(name);
    for (const file of item.usedFiles) usedFiles.add(file);
  }
  const found: FoundAmong[] = [];
  const run = (item: Item, check: (report: Report) => void): void => {
    const { diagnostics, report } = collector();
    // What recovery made up takes no room in the text.
    check((code, range, ...rest) => {
      if (range.start < range.end) report(code, range, ...rest);
    });
    found.push({ item, diagnostics });
  };
  const named = namedItemsOf({ items });
  for (const item of named) {
    const { text, range } = item.name;
    if (item.exported || used.has(text)) continue;
    if ((world.letNamed(path, text) ?? lists.get(text))?.item !== item) continue;
    run(item, (report) => report('BT2004', range, `Nothing in this file refers to \`${text}\`.`));
  }
  // A file without patterns of its own may have its `use` for what is about to be written.
  const readsAll = items.length > uses.length;
  const own = named.map(({ name }) => name.text);
  for (const { item, target } of readsAll ? uses : [])
    if (
      target !== undefined &&
      target !== path &&
      !usedFiles.has(target) &&
      hasOwnNames(target, own, uses, world)
    )
      run(item, (report) =>
        report('BT2015', item.range, `Nothing in this file refers to what \`${item.path.value}\` exports.`, {
          fixes: [removeFix('Remove this `use`', item.range)],
        }),
      );
  for (const { item, first } of sameRules(items))
    run(item, (report) =>
      report('BT2317', item.id.range, `\`${item.id.text}\` says the same as \`${first.id.text}\`.`, {
        related: [{ message: 'The other rule', range: rangeIn({ path, item: first }, first.id.range) }],
      }),
    );
  return found;
}

/** Whether a file exports names, and none that mean something else here, of which more is said. */
function hasOwnNames(
  path: string,
  own: readonly string[],
  uses: readonly ResolvedUse[],
  world: KnownWorld,
): boolean {
  const exported = (target: string): readonly string[] =>
    world.exportsOf(target).map(({ name }) => name.text);
  const others = uses.flatMap(({ target }) =>
    target === path || target === undefined ? [] : exported(target),
  );
  const taken = new Set([...others, ...own]);
  const names = exported(path);
  return names.length > 0 && !names.some((name) => taken.has(name));
}

/** Rules that have the clauses of an earlier one, and the settings that change what they judge. */
function sameRules(items: readonly Item[]): readonly { readonly item: RuleItem; readonly first: RuleItem }[] {
  const seen = new Map<string, RuleItem>();
  return items.filter(isRuleItem).flatMap((item) => {
    const meaning = judgedBy(item);
    const first = seen.get(meaning);
    if (first === undefined) seen.set(meaning, item);
    return first === undefined || item.clauses.length === 0 ? [] : [{ item, first }];
  });
}

const judged = new WeakMap<RuleItem, string>();

/** What a rule judges, and how. */
function judgedBy(item: RuleItem): string {
  const known = judged.get(item);
  if (known !== undefined) return known;
  const settings = item.settings.filter(({ name }) => !FOR_PEOPLE.has(name.text));
  const meaning = [...item.clauses, ...settings].map(meaningOf).join('\n');
  judged.set(item, meaning);
  return meaning;
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
