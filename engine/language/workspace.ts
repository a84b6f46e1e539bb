import type { File, OverRuleItem, RuleItem, TestItem } from './ast.js';
import type { FieldCatalogue } from './catalogue.js';
import type { Diagnostic } from './diagnostic.js';
import type { ExpandedRule } from './expand.js';
import type { ExpandedOverRule } from './expand-over.js';
import { linkWorkspace } from './link.js';
import { parseFile } from './parse.js';
import { type ResolveUse, relativeResolver, type Scopes } from './scope.js';
import type { RuleSettings } from './settings.js';

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
  /** An earlier state of the same workspace: what has not changed since is neither parsed nor checked again. */
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
  return linkWorkspace(parsed, resolve, options);
}

/** Parses one file of a workspace. */
export function parseWorkspaceFile(path: string, text: string): ParsedFile {
  const { file, diagnostics } = parseFile(text);
  return { path, text, file, syntax: diagnostics };
}
