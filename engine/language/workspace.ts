import type { File, Item, LetItem, OverRuleItem, RuleItem, TestItem } from './ast.js';
import type { FieldCatalogue } from './catalogue.js';
import { type CheckedFile, checkFile } from './check/check-file.js';
import type { RulePlace, World } from './check/context.js';
import { LetTable } from './check/let-facts.js';
import { selectionsOf } from './check/metrics.js';
import { collector } from './check/report.js';
import { namesOf, patternsOf } from './check/walk.js';
import type { Diagnostic } from './diagnostic.js';
import { type ExpandedRule, expandRule } from './expand.js';
import { type ExpandedOverRule, expandOverRule } from './expand-over.js';
import { parseFile } from './parse.js';
import { bindingsOf, buildScopes, type ResolveUse, relativeResolver, type Scopes } from './scope.js';
import { decodeSettings, type RuleSettings } from './settings.js';

/** One file as the parser left it; parsing depends on nothing but the text, so it can be kept while others change. */
export interface ParsedFile {
  readonly path: string;
  readonly text: string;
  readonly file: File;
  readonly syntax: readonly Diagnostic[];
}

export interface WorkspaceFile extends ParsedFile {
  /** Syntax and meaning together, in the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A rule without errors, ready to be compiled. */
export interface ResolvedRule {
  readonly path: string;
  readonly item: RuleItem;
  readonly expanded: ExpandedRule;
  readonly settings: RuleSettings;
  /** The names that `when` binds, in the order of the text. */
  readonly bindings: readonly string[];
}

/** A rule over many traces without errors, ready to be compiled. */
export interface ResolvedOverRule {
  readonly path: string;
  readonly item: OverRuleItem;
  readonly expanded: ExpandedOverRule;
  /** With `overNs`. */
  readonly settings: RuleSettings;
}

/** A test without errors. */
export interface ResolvedTest {
  readonly path: string;
  readonly item: TestItem;
  /** Absent when the rule is there but has errors: the test cannot run. */
  readonly rule?: ResolvedRule;
  /** In the place of `rule` where the test is of a rule over many traces. */
  readonly overRule?: ResolvedOverRule;
}

export interface Workspace {
  readonly files: ReadonlyMap<string, WorkspaceFile>;
  /** What the names of each file mean, for editors. */
  readonly scopes: Scopes;
  readonly rules: readonly ResolvedRule[];
  /** The rules over many traces. */
  readonly overRules: readonly ResolvedOverRule[];
  readonly tests: readonly ResolvedTest[];
}

export interface WorkspaceOptions {
  /** Attributes known from stored blocks: unknown ones are warned about. */
  readonly catalogue?: FieldCatalogue;
  /** An earlier state of the same workspace: files whose text is unchanged are not parsed again. */
  readonly previous?: Workspace;
}

/**
 * Parses and checks files that belong together. Wrong text is never an exception: it is a diagnostic of its file, and the
 * rule it stands in is left out of `rules`, without effect on its neighbours.
 *
 * @param files text by path, with `/` between folders
 * @param resolve finds the file that `use` means; by default relative to the using file, `.betrace` added if need be
 */
export function loadWorkspace(
  files: ReadonlyMap<string, string>,
  resolve: ResolveUse = relativeResolver(files),
  options: WorkspaceOptions = {},
): Workspace {
  const parsed = new Map<string, ParsedFile>();
  for (const [path, text] of files) {
    const before = options.previous?.files.get(path);
    parsed.set(path, before?.text === text ? before : parseWorkspaceFile(path, text));
  }
  return linkWorkspace(parsed, resolve, options.catalogue);
}

/** Parses one file of a workspace. */
export function parseWorkspaceFile(path: string, text: string): ParsedFile {
  const { file, diagnostics } = parseFile(text);
  return { path, text, file, syntax: diagnostics };
}

/** Checks parsed files against each other and resolves their rules and tests. */
export function linkWorkspace(
  parsed: ReadonlyMap<string, ParsedFile>,
  resolve: ResolveUse = relativeResolver(parsed),
  catalogue?: FieldCatalogue,
): Workspace {
  const scopes = buildScopes(parsed, resolve);
  const items = new Map([...parsed.values()].map(({ path, file }) => [path, file.items]));
  const world: World = {
    scopes,
    lets: new LetTable(scopes),
    rules: rulesById(parsed),
    items,
    ...(catalogue ? { catalogue } : {}),
  };
  const checked = new Map(
    [...parsed.values()].map(({ path, file, syntax }) => [path, checkFile(path, file.items, world, syntax)]),
  );
  const files = new Map(
    [...parsed.values()].map((file) => [file.path, withDiagnostics(file, checked.get(file.path))]),
  );
  const sound = new Soundness(parsed, checked, world);
  const rules = resolveRules(parsed, world, sound);
  const overRules = resolveOverRules(parsed, world, sound);
  return { files, scopes, rules, overRules, tests: resolveTests(parsed, rules, overRules, sound) };
}

function rulesById(parsed: ReadonlyMap<string, ParsedFile>): ReadonlyMap<string, readonly RulePlace[]> {
  const rules = new Map<string, RulePlace[]>();
  for (const { path, file } of parsed.values()) {
    for (const item of file.items) {
      if (item.kind === 'rule' || item.kind === 'over rule')
        rules.set(item.id.text, [...(rules.get(item.id.text) ?? []), { path, item }]);
    }
  }
  return rules;
}

function withDiagnostics(
  { path, text, file, syntax }: ParsedFile,
  checked: CheckedFile | undefined,
): WorkspaceFile {
  const diagnostics = [...syntax, ...(checked?.diagnostics ?? [])];
  diagnostics.sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end);
  return { path, text, file, syntax, diagnostics };
}

/** Tells items that can be run from those with an error, in themselves or in a let they are made of. */
class Soundness {
  private readonly lets = new Map<LetItem, boolean>();

  constructor(
    private readonly parsed: ReadonlyMap<string, ParsedFile>,
    private readonly checked: ReadonlyMap<string, CheckedFile>,
    private readonly world: World,
  ) {}

  /** No error in the text of the item itself. */
  item(path: string, item: Item): boolean {
    if (this.checked.get(path)?.faulty.has(item)) return false;
    const touches = (diagnostic: Diagnostic): boolean =>
      diagnostic.severity === 'error' &&
      diagnostic.range.start <= item.range.end &&
      diagnostic.range.end >= item.range.start;
    return !this.parsed.get(path)?.syntax.some(touches);
  }

  rule(path: string, rule: RuleItem): boolean {
    if (!this.item(path, rule)) return false;
    const bound = new Set(bindingsOf(rule));
    for (const clause of rule.clauses) {
      for (const { pattern } of patternsOf(clause.condition)) {
        for (const { node } of namesOf(pattern.pipeline)) {
          if (!bound.has(node.name.text) && !this.named(path, node.name.text)) return false;
        }
      }
    }
    return true;
  }

  overRule(path: string, rule: OverRuleItem): boolean {
    if (!this.item(path, rule)) return false;
    for (const { test } of rule.clauses) {
      for (const { pipeline } of selectionsOf(test.series)) {
        for (const { node } of namesOf(pipeline)) if (!this.named(path, node.name.text)) return false;
      }
    }
    return true;
  }

  private named(path: string, name: string): boolean {
    const definition = this.world.scopes.get(path)?.lets.get(name);
    if (!definition) return false;
    const { item } = definition;
    const known = this.lets.get(item);
    if (known !== undefined) return known;
    // A let that leads back here has an error of its own, so what is noted in the meantime does not matter.
    this.lets.set(item, false);
    const { fault } = this.world.lets.of(definition);
    const sound =
      fault === undefined &&
      this.item(definition.path, item) &&
      [...namesOf(item.value)].every(({ node }) => this.named(definition.path, node.name.text));
    this.lets.set(item, sound);
    return sound;
  }
}

function resolveRules(
  parsed: ReadonlyMap<string, ParsedFile>,
  world: World,
  sound: Soundness,
): readonly ResolvedRule[] {
  const rules: ResolvedRule[] = [];
  for (const { path, file } of parsed.values()) {
    for (const item of file.items) {
      if (item.kind !== 'rule' || !sound.rule(path, item)) continue;
      rules.push({
        path,
        item,
        expanded: expandRule(path, item, world.scopes),
        settings: decodeSettings(item, collector().report),
        bindings: bindingsOf(item),
      });
    }
  }
  return rules;
}

function resolveOverRules(
  parsed: ReadonlyMap<string, ParsedFile>,
  world: World,
  sound: Soundness,
): readonly ResolvedOverRule[] {
  const rules: ResolvedOverRule[] = [];
  for (const { path, file } of parsed.values()) {
    for (const item of file.items) {
      if (item.kind !== 'over rule' || !sound.overRule(path, item)) continue;
      const expanded = expandOverRule(path, item, world.scopes);
      rules.push({ path, item, expanded, settings: decodeSettings(item, collector().report) });
    }
  }
  return rules;
}

function resolveTests(
  parsed: ReadonlyMap<string, ParsedFile>,
  rules: readonly ResolvedRule[],
  overRules: readonly ResolvedOverRule[],
  sound: Soundness,
): readonly ResolvedTest[] {
  const byId = new Map(rules.map((rule) => [rule.item.id.text, rule]));
  const overById = new Map(overRules.map((rule) => [rule.item.id.text, rule]));
  const tests: ResolvedTest[] = [];
  for (const { path, file } of parsed.values()) {
    for (const item of file.items) {
      if (item.kind !== 'test' || !sound.item(path, item)) continue;
      const rule = byId.get(item.rule.text);
      const overRule = overById.get(item.rule.text);
      tests.push({ path, item, ...(rule ? { rule } : {}), ...(overRule ? { overRule } : {}) });
    }
  }
  return tests;
}
