import type { Connection, InitializeParams } from 'vscode-languageserver';
import { EMPTY_CATALOGUE, fieldCatalogueOf, type TraceCatalogue } from '../catalogue/catalogue.js';
import { Analysis } from '../workspace/analysis.js';
import { Documents } from '../workspace/documents.js';

/** What the client of a session can do, as far as answers depend on it. */
export interface ClientAbilities {
  readonly pullsDiagnostics: boolean;
  readonly refreshesDiagnostics: boolean;
  readonly refreshesLenses: boolean;
  readonly snippets: boolean;
  readonly hierarchicalSymbols: boolean;
  readonly lineFoldingOnly: boolean;
  readonly watchesFiles: boolean;
  readonly changesConfiguration: boolean;
}

/** Everything that the handlers of one client share. */
export class Session {
  readonly analysis = new Analysis();
  readonly documents = new Documents(this.analysis);
  abilities: ClientAbilities = NOTHING;
  /** Where the language reference is, for links from diagnostics. */
  reference: string | undefined;
  private known: TraceCatalogue = EMPTY_CATALOGUE;

  constructor(readonly connection: Connection) {}

  get catalogue(): TraceCatalogue {
    return this.known;
  }

  set catalogue(catalogue: TraceCatalogue) {
    this.known = catalogue;
    this.analysis.setCatalogue(fieldCatalogueOf(catalogue));
  }
}

const NOTHING: ClientAbilities = {
  pullsDiagnostics: false,
  refreshesDiagnostics: false,
  refreshesLenses: false,
  snippets: false,
  hierarchicalSymbols: false,
  lineFoldingOnly: false,
  watchesFiles: false,
  changesConfiguration: false,
};

export function abilitiesOf({
  capabilities: { textDocument, workspace },
}: InitializeParams): ClientAbilities {
  return {
    pullsDiagnostics: textDocument?.diagnostic !== undefined,
    refreshesDiagnostics: workspace?.diagnostics?.refreshSupport ?? false,
    refreshesLenses: workspace?.codeLens?.refreshSupport ?? false,
    snippets: textDocument?.completion?.completionItem?.snippetSupport ?? false,
    hierarchicalSymbols: textDocument?.documentSymbol?.hierarchicalDocumentSymbolSupport ?? false,
    lineFoldingOnly: textDocument?.foldingRange?.lineFoldingOnly ?? false,
    watchesFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration ?? false,
    changesConfiguration: workspace?.configuration ?? false,
  };
}
