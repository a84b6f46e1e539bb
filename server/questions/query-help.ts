/** What the language server knows of a text, for editors that speak HTTP: mistakes, completions, hover. */
import { typeNames } from '../../engine/blocks/schema.js';
import type { Workspace } from '../../engine/language/link/resolved.js';
import { triedDiagnostics, triedQueryDiagnostics } from '../../engine/language/link/tried-diagnostics.js';
import type { TriedDiagnostic } from '../../engine/language/problems/fixes.js';
import type { FieldCatalogue } from '../../engine/language/tree/catalogue.js';
import type { SchemaCatalogue } from '../../engine/query/catalogue.js';
import { fieldCatalogueOf, type TraceCatalogue } from '../../lsp/catalogue/catalogue.js';
import { completionsAt, queryCompletionsAt } from '../../lsp/features/completion/complete.js';
import type { CompletionEntry } from '../../lsp/features/completion/entry.js';
import { type Hover, hoverAt } from '../../lsp/features/hover.js';
import { KnownResults } from '../../lsp/results/known-results.js';
import { queryKindOf } from '../../lsp/server/query-kind.js';
import { Analysis } from '../../lsp/workspace/analysis.js';
import { FIXES_ROOM } from '../rules/diagnostics.js';
import type { RuleStore } from '../rules/rule-store.js';
import { readText } from '../rules/text-rules.js';

export interface TextHelp {
  /** Of a query; undefined for a text of rules. */
  readonly kind: ReturnType<typeof queryKindOf>;
  readonly diagnostics: readonly TriedDiagnostic[];
  /** The first comes first in a list. */
  readonly completions: readonly CompletionEntry[];
  readonly hover: Hover | undefined;
}

/** No file has this path. */
const QUERY = '\0query';

/** Help with the text of a query; without an offset only what holds for all of it. The workspace is that of the rules that can be named. */
export function queryHelp(
  text: string,
  offset: number | undefined,
  workspace: Workspace,
  catalogue: SchemaCatalogue,
): TextHelp {
  const { traces, fields } = known(catalogue);
  const options = fields === undefined ? {} : { catalogue: fields };
  const diagnostics = triedQueryDiagnostics(text, options, FIXES_ROOM);
  const ofText = { kind: queryKindOf(text), diagnostics };
  if (offset === undefined) return { ...ofText, completions: [], hover: undefined };
  const analysis = analysisOf(workspace);
  analysis.setQuery(QUERY, text);
  try {
    const completions = inOrder(queryCompletionsAt(analysis, QUERY, text, offset, traces));
    const facts = { catalogue: traces, results: new KnownResults() };
    return { ...ofText, completions, hover: hoverAt(analysis, QUERY, text, offset, facts) };
  } finally {
    analysis.remove(QUERY);
  }
}

/** The same with a text of rules, as if it were the file at this path among those that the service has read. */
export function rulesHelp(
  text: string,
  path: string,
  offset: number | undefined,
  store: RuleStore,
  catalogue: SchemaCatalogue,
): TextHelp {
  const { traces, fields } = known(catalogue);
  const { workspace } = readText(store, text, path, fields);
  const diagnostics = triedDiagnostics(workspace, path, FIXES_ROOM);
  if (offset === undefined) return { kind: undefined, diagnostics, completions: [], hover: undefined };
  const analysis = analysisOf(store.state.newest);
  const kept = analysis.syntaxOf(path)?.text;
  analysis.setText(path, text);
  try {
    const completions = inOrder(completionsAt(analysis, path, text, offset, traces));
    const hover = hoverAt(analysis, path, text, offset, { catalogue: traces, results: new KnownResults() });
    return { kind: undefined, diagnostics, completions, hover };
  } finally {
    if (kept === undefined) analysis.remove(path);
    else analysis.setText(path, kept);
  }
}

function inOrder(entries: readonly CompletionEntry[]): readonly CompletionEntry[] {
  return entries.toSorted((a, b) => a.rank - b.rank || (a.label < b.label ? -1 : 1));
}

const analyses = new WeakMap<Workspace, Analysis>();

/** Files are parsed once for as long as they stay as they are. */
function analysisOf(workspace: Workspace): Analysis {
  const found = analyses.get(workspace);
  if (found !== undefined) return found;
  const made = new Analysis();
  for (const { path, text } of workspace.files.values()) made.setText(path, text);
  analyses.set(workspace, made);
  return made;
}

interface Known {
  readonly blocks: number;
  readonly spans: number;
  readonly traces: TraceCatalogue;
  readonly fields: FieldCatalogue | undefined;
}

const catalogues = new WeakMap<SchemaCatalogue, Known>();

/** What is counted, as the language server reads it; made again where more is counted. */
function known(catalogue: SchemaCatalogue): Known {
  const { blocks, spans } = catalogue;
  const found = catalogues.get(catalogue);
  if (found?.blocks === blocks && found.spans === spans) return found;
  const traces: TraceCatalogue = {
    spans,
    attributes: catalogue.attributes().map((attribute) => ({ ...attribute, types: typeNames(attribute) })),
    spanNames: catalogue.spanNames(),
    services: catalogue.services(),
  };
  const made = { blocks, spans, traces, fields: fieldCatalogueOf(traces) };
  catalogues.set(catalogue, made);
  return made;
}
