import type { Connection, InitializeParams } from 'vscode-languageserver';
import type { FieldCatalogue } from '../../engine/language/tree/catalogue.js';
import { fieldCatalogueOf, type TraceCatalogue } from '../catalogue/catalogue.js';
import type { ServiceRule } from '../catalogue/last-replay.js';
import { LiveCatalogue } from '../catalogue/live-catalogue.js';
import { NarrowedValues } from '../catalogue/narrowed-values.js';
import { KnownResults } from '../results/known-results.js';
import { LiveMatches } from '../results/live-matches.js';
import { Analysis } from '../workspace/analysis.js';
import { Documents } from '../workspace/documents.js';
import type { Host } from './host.js';
import type { Settings } from './settings.js';
import { Typing } from './typing.js';

/** What the client of a session can do, as far as answers depend on it. */
export interface ClientAbilities {
  readonly pullsDiagnostics: boolean;
  readonly refreshesDiagnostics: boolean;
  readonly refreshesLenses: boolean;
  readonly refreshesHints: boolean;
  readonly snippets: boolean;
  readonly hierarchicalSymbols: boolean;
  readonly lineFoldingOnly: boolean;
  readonly watchesFiles: boolean;
  readonly changesConfiguration: boolean;
  readonly changesFolders: boolean;
}

/** What a session tells whoever answers its client. */
export interface SessionNews {
  /** What is known of stored traces has changed, so answers may have. */
  readonly data: () => void;
  /** It is known of more patterns how many spans match. */
  readonly matches: () => void;
  /** There are mistakes that were not shown yet. */
  readonly diagnostics: () => void;
  /** What a service says of its rules; undefined: another one is asked from now on. */
  readonly rules: (rules: readonly ServiceRule[] | undefined) => void;
}

/** Everything that the handlers of one client share. */
export class Session {
  readonly analysis = new Analysis();
  readonly documents = new Documents(this.analysis);
  abilities: ClientAbilities = NOTHING;
  /** Where the language reference is, for links from diagnostics. */
  reference: string | undefined;
  settings: Settings = {};
  /** What the checker needs of the catalogue. */
  fields: FieldCatalogue | undefined;
  /** Once the files of the workspace are read, or that takes too long: until then much seems to be missing. */
  read: Promise<void> = Promise.resolve();
  /** Once the settings that were sent last are in force. */
  configured: Promise<void> = Promise.resolve();
  /** Whether the client can run tests. */
  runsTests = true;
  readonly results = new KnownResults();
  readonly live: LiveCatalogue;
  readonly narrowed = new NarrowedValues();
  readonly matches: LiveMatches;
  readonly typing: Typing;
  readonly ruleClass: Host['ruleClass'];

  constructor(
    readonly connection: Connection,
    host: Host,
    news: SessionNews,
  ) {
    this.ruleClass = host.ruleClass;
    this.matches = new LiveMatches(news.matches);
    this.typing = new Typing(news.diagnostics);
    this.live = new LiveCatalogue({
      onChange: () => {
        this.fields = fieldCatalogueOf(this.live.current);
        this.analysis.setCatalogue(this.fields);
        this.narrowed.forget();
        news.data();
      },
      onRules: news.rules,
      onState: (state, reason) => {
        void connection.sendNotification('betrace/catalogue', { state, reason });
        if (state === 'failed') connection.console.warn(`what traces carry cannot be asked: ${reason}`);
      },
    });
  }

  get catalogue(): TraceCatalogue {
    return this.live.current;
  }
}

const NOTHING: ClientAbilities = {
  pullsDiagnostics: false,
  refreshesDiagnostics: false,
  refreshesLenses: false,
  refreshesHints: false,
  snippets: false,
  hierarchicalSymbols: false,
  lineFoldingOnly: false,
  watchesFiles: false,
  changesConfiguration: false,
  changesFolders: false,
};

export function abilitiesOf({
  capabilities: { textDocument, workspace },
}: InitializeParams): ClientAbilities {
  return {
    pullsDiagnostics: textDocument?.diagnostic !== undefined,
    refreshesDiagnostics: workspace?.diagnostics?.refreshSupport ?? false,
    refreshesLenses: workspace?.codeLens?.refreshSupport ?? false,
    refreshesHints: workspace?.inlayHint?.refreshSupport ?? false,
    snippets: textDocument?.completion?.completionItem?.snippetSupport ?? false,
    hierarchicalSymbols: textDocument?.documentSymbol?.hierarchicalDocumentSymbolSupport ?? false,
    lineFoldingOnly: textDocument?.foldingRange?.lineFoldingOnly ?? false,
    watchesFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration ?? false,
    changesConfiguration: workspace?.configuration ?? false,
    changesFolders: workspace?.workspaceFolders ?? false,
  };
}
