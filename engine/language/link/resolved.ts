import type { PlacedItem } from '../parse/read-items.js';
import type { Diagnostic } from '../problems/diagnostic.js';
import type { ExpandedRule } from '../scope/expand.js';
import type { ExpandedWindowRule } from '../scope/expand-window-rule.js';
import type { ReadList } from '../scope/lists.js';
import type { Scopes } from '../scope/scope.js';
import type { CaseRuleItem, File, TestItem, WindowRuleItem } from '../tree/ast.js';
import type { FieldCatalogue } from '../tree/catalogue.js';
import type { RuleSettings } from '../words/settings.js';

/** One file as the parser left it; parsing depends on nothing but the text, so it can be kept while others change. */
export interface ParsedFile {
  readonly path: string;
  readonly text: string;
  /** By offsets into the text; made when it is asked for. */
  readonly file: File;
  readonly syntax: readonly Diagnostic[];
  /** The same, item by item, each by offsets of its own. */
  readonly items: readonly PlacedItem[];
}

export interface WorkspaceFile extends ParsedFile {
  /** Syntax and meaning together, in the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A rule without errors, of whatever kind, ready to be compiled. */
export type ResolvedRule = ResolvedTraceRule | ResolvedFlowRule | ResolvedWindowRule;

/** What rules have that judge cases: traces or flows, with their bound spans. */
export interface ResolvedCaseRule {
  readonly path: string;
  readonly item: CaseRuleItem;
  readonly expanded: ExpandedRule;
  readonly settings: RuleSettings;
  /** The names that `when` binds, in the order of the text. */
  readonly bindings: readonly string[];
}

/** A rule that judges each trace by itself. */
export interface ResolvedTraceRule extends ResolvedCaseRule {
  readonly kind: 'trace';
}

/** A rule across traces. */
export interface ResolvedFlowRule extends ResolvedCaseRule {
  readonly kind: 'flow';
  readonly settings: RuleSettings & Required<Pick<RuleSettings, 'across'>>;
}

/** A rule over many traces. */
export interface ResolvedWindowRule {
  readonly kind: 'window';
  readonly path: string;
  readonly item: WindowRuleItem;
  readonly expanded: ExpandedWindowRule;
  /** With `overNs`. */
  readonly settings: RuleSettings;
}

/** A test without errors. */
export interface ResolvedTest {
  readonly path: string;
  readonly item: TestItem;
  /** Absent when the rule is there but has errors: the test cannot run. */
  readonly rule?: ResolvedRule;
}

export interface Workspace {
  readonly files: ReadonlyMap<string, WorkspaceFile>;
  /** What the names of each file mean, for editors. */
  readonly scopes: Scopes;
  /** By kind in the order of `RULE_KINDS`, then by file and position. */
  readonly rules: readonly ResolvedRule[];
  readonly tests: readonly ResolvedTest[];
}

export interface WorkspaceOptions {
  /** Reads the files of lists; without, no rule reads any. */
  readonly readList?: ReadList;
  /** Attributes known from stored blocks: unknown ones are warned about. */
  readonly catalogue?: FieldCatalogue;
  /** An earlier state of the same workspace: what has not changed since is neither parsed nor checked again. */
  readonly previous?: Workspace;
}
