import { diagnosticsIf, linkWorkspace } from '../../engine/language/link/link.js';
import { localItems } from '../../engine/language/link/local-items.js';
import { parseWorkspaceFile } from '../../engine/language/link/parsed-file.js';
import type {
  ParsedFile,
  ResolvedRule,
  Workspace,
  WorkspaceFile,
} from '../../engine/language/link/resolved.js';
import { parseQuery } from '../../engine/language/parse/parse-query.js';
import type { Diagnostic } from '../../engine/language/problems/diagnostic.js';
import type { ListText } from '../../engine/language/scope/lists.js';
import type { FileScope } from '../../engine/language/scope/scope.js';
import type { RuleItem } from '../../engine/language/tree/ast.js';
import type { Query } from '../../engine/language/tree/ast-query.js';
import type { FieldCatalogue } from '../../engine/language/tree/catalogue.js';
import { isRuleItem } from '../../engine/language/tree/rule-item.js';
import { occurrencesIn, occurrencesInQuery } from '../symbols/occurrences.js';
import { type LanguageSymbol, type Occurrence, symbolKey } from '../symbols/symbol.js';

/**
 * What is known of the rule files of a workspace. Parsing happens when a text changes and depends on nothing else; what
 * needs the other files is worked out when it is asked for.
 */
export class Analysis {
  private readonly parsed = new Map<string, ParsedFile>();
  private readonly queries = new Map<
    string,
    {
      readonly text: string;
      readonly query: Query | undefined;
      readonly occurrences: readonly Occurrence[];
    }
  >();
  private readonly occurrences = new WeakMap<FileScope, readonly Occurrence[]>();
  private linked: Workspace | undefined;
  private stale = true;
  private catalogue: FieldCatalogue | undefined;
  /** Files of lists that were read, by path. */
  private readonly lists = new Map<string, ListText>();

  /** Parses at once. */
  setText(path: string, text: string): void {
    if (this.parsed.get(path)?.text === text) return;
    this.parsed.set(path, parseWorkspaceFile(path, text, this.parsed.get(path)));
    this.stale = true;
  }

  /** A text that is one query, which no file depends on. */
  setQuery(path: string, text: string): void {
    if (this.queries.get(path)?.text === text) return;
    const { query } = parseQuery(text);
    const occurrences = query === undefined ? [] : occurrencesInQuery(path, query);
    this.queries.set(path, { text, query, occurrences });
  }

  remove(path: string): void {
    this.queries.delete(path);
    if (this.parsed.delete(path)) this.stale = true;
  }

  /** Attributes that stored spans carry; unknown ones are then warned about. */
  setCatalogue(catalogue: FieldCatalogue | undefined): void {
    this.catalogue = catalogue;
    this.stale = true;
  }

  /** The file of a list is read, or read anew; it is `waiting` until then. */
  setList(path: string, text: ListText): void {
    this.lists.set(path, text);
    this.stale = true;
  }

  /** The files that lists are in, as the rule files `from` name them. */
  get listFiles(): readonly { readonly from: string; readonly path: string }[] {
    return [...this.parsed.values()].flatMap((file) =>
      localItems(file).flatMap((item) =>
        item.kind === 'list' && 'kind' in item.values
          ? [{ from: file.path, path: item.values.path.value }]
          : [],
      ),
    );
  }

  get paths(): readonly string[] {
    return [...this.parsed.keys()];
  }

  get workspace(): Workspace {
    if (this.stale || this.linked === undefined) {
      this.linked = this.link();
      this.stale = false;
    }
    return this.linked;
  }

  private link(): Workspace {
    return linkWorkspace(this.parsed, undefined, {
      readList: (from, path) => this.lists.get(listPath(from, path)) ?? { kind: 'waiting' },
      ...(this.catalogue === undefined ? {} : { catalogue: this.catalogue }),
      ...(this.linked === undefined ? {} : { previous: this.linked }),
    });
  }

  /** What would be reported of a file if this were its text. */
  diagnosticsIf(path: string, text: string): readonly Diagnostic[] {
    return diagnosticsIf(this.workspace, path, text);
  }

  /** The parsed file, without waiting for the others to be checked. */
  syntaxOf(path: string): ParsedFile | undefined {
    return this.parsed.get(path);
  }

  /** The query that a text is; undefined for a file of rules, and where nothing can be made of it. */
  queryOf(path: string): Query | undefined {
    return this.queries.get(path)?.query;
  }

  fileOf(path: string): WorkspaceFile | undefined {
    return this.workspace.files.get(path);
  }

  /** The rule with an id, sound or not; of two, the first. */
  ruleNamed(id: string): { readonly path: string; readonly item: RuleItem } | undefined {
    for (const [path, { file }] of this.parsed)
      for (const item of file.items) if (isRuleItem(item) && item.id.text === id) return { path, item };
    return undefined;
  }

  /** The rule of this id that could be replayed; undefined where it has errors. */
  soundRule(id: string): ResolvedRule | undefined {
    return this.workspace.rules.find(({ item }) => item.id.text === id);
  }

  diagnosticsOf(path: string): readonly Diagnostic[] {
    return this.fileOf(path)?.diagnostics ?? [];
  }

  occurrencesIn(path: string): readonly Occurrence[] {
    const query = this.queries.get(path);
    if (query !== undefined) return query.occurrences;
    const file = this.fileOf(path);
    const scope = this.workspace.scopes.get(path);
    if (file === undefined || scope === undefined) return [];
    const known = this.occurrences.get(scope);
    if (known !== undefined) return known;
    const found = occurrencesIn(path, file.file, scope);
    this.occurrences.set(scope, found);
    return found;
  }

  /** The mention of a symbol that the offset is in, or right behind. */
  occurrenceAt(path: string, offset: number): Occurrence | undefined {
    return this.occurrencesIn(path).find(({ range }) => range.start <= offset && offset <= range.end);
  }

  /** Every mention of a symbol, in all files where it can be mentioned. */
  occurrencesOf(symbol: LanguageSymbol): readonly Occurrence[] {
    const key = symbolKey(symbol);
    const paths = symbol.kind === 'bound' ? [symbol.path] : [...this.paths, ...this.queries.keys()];
    return paths.flatMap((path) =>
      this.occurrencesIn(path).filter((occurrence) => symbolKey(occurrence.symbol) === key),
    );
  }
}

/** The path of the file that a list in the file `from` names. */
function listPath(from: string, path: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}
