import { ofKind } from '../../shared/of-kind.js';
import { type CheckedFile, checkFile } from '../check/check-file.js';
import { type RulePlace, type TestPlace, titleKey, type World } from '../check/context.js';
import { LetTable } from '../check/names/let-facts.js';
import { TrackedReads } from '../check/tracked-reads.js';
import {
  buildScopes,
  type FileScope,
  type ListDefinition,
  type ResolveUse,
  relativeResolver,
  type Scopes,
} from '../scope/scope.js';
import type { Item, LetItem } from '../tree/ast.js';
import type { FieldCatalogue } from '../tree/catalogue.js';
import { isRuleItem } from '../tree/rule-item.js';
import { namesOf } from '../tree/walk.js';
import { listUsesOf } from '../tree/walk-tree.js';
import { RULE_KINDS } from '../words/rule-kinds.js';
import { resolvedRule } from './resolve-rule.js';
import type {
  ParsedFile,
  ResolvedRule,
  ResolvedTest,
  Workspace,
  WorkspaceFile,
  WorkspaceOptions,
} from './resolved.js';
import { Soundness } from './soundness.js';

/** What one file came to, and everything of other files that this depends on. */
interface LinkedFile {
  readonly parsed: ParsedFile;
  readonly checked: CheckedFile;
  readonly file: WorkspaceFile;
  readonly rules: readonly ResolvedRule[];
  /** Without errors in them; what rules they are of changes more often than they do. */
  readonly tests: readonly TestPlace[];
  readonly dependsOn: Dependencies;
}

interface Dependencies {
  readonly scope: FileScope | undefined;
  /** What the names in the lets that the file sees mean, and in the lets that these are made of. */
  readonly names: readonly NameMeaning[];
  readonly rules: TrackedReads<readonly RulePlace[]>;
  readonly tests: TrackedReads<TestPlace>;
  readonly items: TrackedReads<readonly Item[]>;
  readonly catalogue: FieldCatalogue | undefined;
}

interface NameMeaning {
  /** The file that the name is in. */
  readonly path: string;
  readonly name: string;
  readonly item: LetItem | undefined;
  readonly list: ListDefinition | undefined;
}

const linkedFiles = new WeakMap<Workspace, ReadonlyMap<string, LinkedFile>>();

/**
 * Checks parsed files against each other and resolves their rules and tests. With `previous`, what a change cannot have
 * touched is taken from there: an edit costs the check of one file, and of those that the edit means something to.
 */
export function linkWorkspace(
  parsed: ReadonlyMap<string, ParsedFile>,
  resolve: ResolveUse = relativeResolver(parsed),
  { catalogue, previous, readList }: WorkspaceOptions = {},
): Workspace {
  const scopes = buildScopes(parsed, resolve, readList);
  const items = new Map([...parsed.values()].map(({ path, file }) => [path, file.items]));
  const world: World = {
    scopes,
    lets: new LetTable(scopes),
    ...indexItems(items),
    items,
    ...(catalogue ? { catalogue } : {}),
  };
  const before = previous === undefined ? undefined : linkedFiles.get(previous);
  const kept = new Map<string, LinkedFile>();
  const fresh = new Map<string, { readonly checked: CheckedFile; readonly dependsOn: Dependencies }>();
  for (const file of parsed.values()) {
    const known = before?.get(file.path);
    if (known !== undefined && known.parsed === file && stillHolds(file.path, known.dependsOn, world)) {
      kept.set(file.path, known);
      continue;
    }
    const dependsOn = dependenciesOf(file.path, world);
    const { rules, tests, items } = dependsOn;
    const checked = checkFile(file.path, file.file.items, { ...world, rules, tests, items }, file.syntax);
    fresh.set(file.path, { checked, dependsOn });
  }
  const checkedOf = (path: string): CheckedFile | undefined => (kept.get(path) ?? fresh.get(path))?.checked;
  const sound = new Soundness(parsed, checkedOf, world);
  const linked = new Map<string, LinkedFile>();
  for (const file of parsed.values()) {
    const known = kept.get(file.path);
    const { checked, dependsOn } = known ?? fresh.get(file.path)!;
    linked.set(
      file.path,
      known ?? { parsed: file, checked, dependsOn, ...resolved(file, checked, scopes, sound) },
    );
  }
  const all = [...linked.values()];
  const inText = all.flatMap(({ rules }) => rules);
  const rules = RULE_KINDS.flatMap((kind): readonly ResolvedRule[] => ofKind(inText, kind));
  const workspace: Workspace = {
    files: new Map(all.map(({ file }) => [file.path, file])),
    scopes,
    rules,
    tests: resolveTests(
      all.flatMap(({ tests }) => tests),
      rules,
    ),
  };
  linkedFiles.set(workspace, linked);
  return workspace;
}

function indexItems(items: ReadonlyMap<string, readonly Item[]>): {
  readonly rules: ReadonlyMap<string, readonly RulePlace[]>;
  readonly tests: ReadonlyMap<string, TestPlace>;
} {
  const rules = new Map<string, RulePlace[]>();
  const tests = new Map<string, TestPlace>();
  for (const [path, inFile] of items)
    for (const item of inFile) {
      if (isRuleItem(item)) {
        const known = rules.get(item.id.text);
        if (known === undefined) rules.set(item.id.text, [{ path, item }]);
        else known.push({ path, item });
      }
      if (item.kind === 'test' && !tests.has(titleKey(item))) tests.set(titleKey(item), { path, item });
    }
  return { rules, tests };
}

// -------------------------------------------------------------------------------------------------- what can be kept

function dependenciesOf(path: string, { scopes, rules, tests, items, catalogue }: World): Dependencies {
  return {
    scope: scopes.get(path),
    names: namesBehind(scopes.get(path), scopes),
    rules: new TrackedReads(rules),
    tests: new TrackedReads(tests),
    items: new TrackedReads(items),
    catalogue,
  };
}

function stillHolds(path: string, dependsOn: Dependencies, world: World): boolean {
  return (
    dependsOn.catalogue === world.catalogue &&
    sameScope(dependsOn.scope, world.scopes.get(path)) &&
    dependsOn.names.every(
      ({ path: from, name, item, list }) =>
        world.scopes.get(from)?.lets.get(name)?.item === item &&
        isSameList(world.scopes.get(from)?.lists.get(name), list),
    ) &&
    dependsOn.rules.matches(world.rules, samePlaces) &&
    dependsOn.tests.matches(world.tests, (a, b) => a?.item === b?.item) &&
    dependsOn.items.matches(world.items, (a, b) => a === b)
  );
}

function namesBehind(scope: FileScope | undefined, scopes: Scopes): readonly NameMeaning[] {
  const found: NameMeaning[] = [];
  const seen = new Set<LetItem>();
  const open = [...(scope?.lets.values() ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next.item)) continue;
    seen.add(next.item);
    const { path } = next;
    const lists = listUsesOf(next.item.value).map(({ list }) => list.text);
    for (const name of [...[...namesOf(next.item.value)].map(({ node }) => node.name.text), ...lists]) {
      const meaning = scopes.get(path)?.lets.get(name);
      found.push({ path, name, item: meaning?.item, list: scopes.get(path)?.lists.get(name) });
      if (meaning !== undefined) open.push(meaning);
    }
  }
  return found;
}

function sameScope(a: FileScope | undefined, b: FileScope | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.uses.length === b.uses.length &&
    a.uses.every((use, n) => use.item === b.uses[n]!.item && use.target === b.uses[n]!.target) &&
    a.lets.size === b.lets.size &&
    [...a.lets].every(([name, { item }]) => b.lets.get(name)?.item === item) &&
    a.lists.size === b.lists.size &&
    [...a.lists].every(([name, list]) => isSameList(b.lists.get(name), list))
  );
}

function isSameList(a: ListDefinition | undefined, b: ListDefinition | undefined): boolean {
  return a?.item === b?.item && a?.values === b?.values;
}

function samePlaces(a: readonly RulePlace[] | undefined, b: readonly RulePlace[] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every(({ item }, n) => item === b[n]!.item);
}

// ---------------------------------------------------------------------------------------------------- rules and tests

function resolved(
  { path, text, file, syntax, items }: ParsedFile,
  checked: CheckedFile,
  scopes: Scopes,
  sound: Soundness,
): Pick<LinkedFile, 'file' | 'rules' | 'tests'> {
  const diagnostics = [...syntax, ...checked.diagnostics];
  diagnostics.sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end);
  const rules: ResolvedRule[] = [];
  const tests: TestPlace[] = [];
  for (const item of file.items) {
    if (isRuleItem(item) && sound.rule(path, item)) rules.push(resolvedRule(path, item, scopes));
    if (item.kind === 'test' && sound.item(path, item)) tests.push({ path, item });
  }
  return { file: { path, text, file, syntax, items, diagnostics }, rules, tests };
}

function resolveTests(tests: readonly TestPlace[], rules: readonly ResolvedRule[]): readonly ResolvedTest[] {
  const byId = new Map(rules.map((rule) => [rule.item.id.text, rule]));
  return tests.map(({ path, item }) => {
    const rule = byId.get(item.rule.text);
    return { path, item, ...(rule ? { rule } : {}) };
  });
}
