import {
  CodeActionKind,
  CodeLensRefreshRequest,
  type Connection,
  DidChangeWatchedFilesNotification,
  FileChangeType,
  type InitializeParams,
  type InitializeResult,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { TRIGGER_CHARACTERS } from '../features/completion/trigger-characters.js';
import { selfContained } from '../features/self-contained.js';
import { TOKEN_MODIFIERS, TOKEN_TYPES } from '../features/semantic-tokens.js';
import { ListFiles } from '../workspace/list-files.js';
import { UsedFiles } from '../workspace/used-files.js';
import { DiagnosticPublisher, registerDiagnostics } from './diagnostics.js';
import { registerAssist } from './handlers/assist.js';
import { registerAtCursor } from './handlers/at-cursor.js';
import { registerChange } from './handlers/change.js';
import { type AskedClause, clauseRange } from './handlers/clause-range.js';
import { registerFiles } from './handlers/files.js';
import { registerHierarchy } from './handlers/hierarchy.js';
import { registerInlayHints } from './handlers/inlay-hints.js';
import { registerLenses } from './handlers/lenses.js';
import { registerNavigation } from './handlers/navigation.js';
import { noteServiceRules, registerResults } from './handlers/results.js';
import { registerStructure } from './handlers/structure.js';
import { registerTests } from './handlers/tests.js';
import type { Host } from './host.js';
import { registerRefusals } from './lifecycle.js';
import { queryKindOf } from './query-kind.js';
import { abilitiesOf, Session } from './session.js';
import { runsTests, settingsOf, sourceOf } from './settings.js';

/** Mistakes are reported after so long even if files of the workspace are still being read. */
const MOST_WAIT_MS = 3000;

/** Serves one client over a connection, until it goes. */
export function serve(connection: Connection, host: Host): void {
  const session = new Session(connection, host, {
    data: () => refresh(),
    matches: () => {
      refreshHints();
      refreshDiagnostics();
    },
    diagnostics: () => refreshDiagnostics(),
    rules: (rules) => noteServiceRules(session, rules),
  });
  const publisher = new DiagnosticPublisher(session);
  /** Answers may have changed: notifies those that asked. */
  const refresh = (): void => {
    refreshDiagnostics();
    if (session.abilities.refreshesLenses) void connection.sendRequest(CodeLensRefreshRequest.type);
    refreshHints();
  };
  const refreshDiagnostics = (): void => {
    publisher.schedule();
    if (session.abilities.refreshesDiagnostics) connection.languages.diagnostics.refresh();
  };
  const refreshHints = (): void => {
    if (session.abilities.refreshesHints) void connection.languages.inlayHint.refresh();
  };
  /** Files that are not open have changed. */
  const rulesRead = (): void => {
    refresh();
    void connection.sendNotification('betrace/rulesRead');
  };
  const readFiles = async (): Promise<void> => {
    const reading = (async () => {
      for await (const { uri, text } of host.ruleFiles(folders)) documents.setOnDisk(uri, text);
    })().catch((error: unknown) =>
      connection.console.warn(`files of the workspace cannot be read: ${String(error)}`),
    );
    session.read = within(reading, MOST_WAIT_MS);
    await reading;
    lists.look();
  };
  const configure = async (sent: unknown): Promise<void> => {
    // Neovim and Helix can be asked for a section, and have none where settings came with the first message.
    const section = session.abilities.changesConfiguration
      ? ((await connection.workspace.getConfiguration('betrace')) as unknown)
      : undefined;
    session.settings = settingsOf(section ?? sent ?? initial);
    const source = sourceOf(session.settings, host);
    session.matches.use(source);
    session.live.use(source);
    session.narrowed.use(source);
  };
  let initial: unknown;
  const { documents } = session;
  const lists = new ListFiles(documents, session.analysis, {
    read: (uri) => host.readFile(uri),
    watch: (uri) => {
      if (session.abilities.watchesFiles)
        void connection.client.register(DidChangeWatchedFilesNotification.type, {
          watchers: [{ globPattern: `**/${decodeURIComponent(uri.slice(uri.lastIndexOf('/') + 1))}` }],
        });
    },
    changed: () => refresh(),
  });
  const used = new UsedFiles(documents, session.analysis, {
    read: (uri) => host.readFile(uri),
    found: () => rulesRead(),
  });
  let folders: readonly string[] = [];

  registerRefusals(connection);
  connection.onInitialize((params): InitializeResult => {
    session.abilities = abilitiesOf(params);
    session.reference = host.reference;
    initial = params.initializationOptions;
    session.runsTests = runsTests(initial);
    folders = foldersOf(params);
    return { capabilities: CAPABILITIES, serverInfo: { name: 'betrace', version: host.version } };
  });

  connection.onInitialized(async () => {
    if (session.abilities.watchesFiles)
      void connection.client.register(DidChangeWatchedFilesNotification.type, {
        watchers: [{ globPattern: '**/*.betrace' }],
      });
    if (session.abilities.changesFolders)
      connection.workspace.onDidChangeWorkspaceFolders(async ({ added, removed }) => {
        const gone = removed.map(({ uri }) => `${uri.replace(/\/$/u, '')}/`);
        folders = [
          ...folders.filter((uri) => !removed.some((folder) => folder.uri === uri)),
          ...added.map(({ uri }) => uri),
        ];
        for (const uri of documents.uris)
          if (gone.some((folder) => uri.startsWith(folder))) documents.setOnDisk(uri, undefined);
        await readFiles();
        rulesRead();
      });
    await readFiles();
    rulesRead();
    await configure(initial);
  });
  connection.onDidChangeConfiguration(({ settings }) => {
    session.configured = configure((settings as { betrace?: unknown } | null)?.betrace);
  });
  // After a replay there are new counts to show.
  connection.onNotification('betrace/refresh', () => session.live.refresh());
  connection.onRequest('betrace/queryKind', (text: string) => queryKindOf(text) ?? null);
  connection.onRequest('betrace/clauseRange', (asked: AskedClause) => clauseRange(session, asked) ?? null);
  connection.onRequest('betrace/selfContained', (uri: string) => {
    const [view] = documents.viewsOf(uri);
    return (view === undefined ? undefined : selfContained(session.analysis, view.path)) ?? null;
  });
  connection.onShutdown(() => {
    session.live.stop();
    session.narrowed.stop();
    session.typing.stop();
  });

  connection.onDidChangeWatchedFiles(async ({ changes }) => {
    for (const { uri, type } of changes)
      if (!lists.reread(uri))
        documents.setOnDisk(uri, type === FileChangeType.Deleted ? undefined : await host.readFile(uri));
    lists.look();
    rulesRead();
  });

  const open = new TextDocuments(TextDocument);
  open.onDidChangeContent(({ document }) => {
    session.typing.note(document.uri, document.getText());
    documents.setOpen(document);
    lists.look();
    used.look();
    publisher.schedule();
  });
  open.onDidClose(async ({ document: { uri } }) => {
    session.typing.forget(uri);
    documents.setClosed(uri);
    publisher.schedule();
    // From here on it is what is on disk, whether or not anybody spoke of that.
    const text = await host.readFile(uri).catch(() => undefined);
    if (text === undefined) return;
    documents.setOnDisk(uri, text);
    publisher.schedule();
  });
  open.listen(connection);

  registerAssist(session);
  registerNavigation(session);
  registerStructure(session);
  registerFiles(session);
  registerChange(session);
  registerDiagnostics(session);
  registerLenses(session);
  registerHierarchy(session);
  registerInlayHints(session);
  registerResults(session, () => refresh());
  registerTests(session);
  registerAtCursor(session);
  connection.listen();
}

/** Older clients know one folder only. */
function foldersOf({ workspaceFolders, rootUri, rootPath }: InitializeParams): readonly string[] {
  if (workspaceFolders !== undefined && workspaceFolders !== null)
    return workspaceFolders.map(({ uri }) => uri);
  if (rootUri !== null && rootUri !== undefined) return [rootUri];
  return typeof rootPath === 'string' ? [new URL(`file://${encodeURI(rootPath)}`).href] : [];
}

/** Ends with the promise, which never rejects, or after so long. */
async function within(promise: Promise<void>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}

const CAPABILITIES: InitializeResult['capabilities'] = {
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
  completionProvider: { triggerCharacters: [...TRIGGER_CHARACTERS] },
  hoverProvider: true,
  signatureHelpProvider: { triggerCharacters: ['(', ','], retriggerCharacters: [','] },
  definitionProvider: true,
  referencesProvider: true,
  documentHighlightProvider: true,
  renameProvider: { prepareProvider: true },
  linkedEditingRangeProvider: true,
  documentSymbolProvider: true,
  workspaceSymbolProvider: true,
  foldingRangeProvider: true,
  selectionRangeProvider: true,
  semanticTokensProvider: {
    legend: { tokenTypes: [...TOKEN_TYPES], tokenModifiers: [...TOKEN_MODIFIERS] },
    full: { delta: true },
    range: true,
  },
  codeActionProvider: {
    codeActionKinds: [CodeActionKind.QuickFix, CodeActionKind.SourceFixAll, CodeActionKind.Refactor],
  },
  codeLensProvider: {},
  documentLinkProvider: {},
  workspace: {
    workspaceFolders: { supported: true, changeNotifications: true },
    fileOperations: {
      willRename: {
        filters: [{ pattern: { glob: '**/*.betrace' } }, { pattern: { glob: '**/*', matches: 'folder' } }],
      },
    },
  },
  callHierarchyProvider: true,
  inlayHintProvider: true,
  documentFormattingProvider: true,
  documentRangeFormattingProvider: true,
  documentOnTypeFormattingProvider: { firstTriggerCharacter: '}' },
  diagnosticProvider: { interFileDependencies: true, workspaceDiagnostics: true, identifier: 'betrace' },
};
