import { type ChildProcess, spawn } from 'node:child_process';
import {
  createProtocolConnection,
  type Diagnostic,
  type InitializeParams,
  type Position,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  StreamMessageReader,
  StreamMessageWriter,
  type TextEdit,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { MAIN } from '../support/command.js';

/** A client of the real server process, speaking the protocol over its standard input and output. */
export class LspClient {
  private readonly published = new Map<
    string,
    { version: number | undefined; diagnostics: readonly Diagnostic[] }
  >();
  private readonly waiting = new Set<() => void>();
  readonly errors: string[] = [];

  private constructor(
    readonly connection: ProtocolConnection,
    private readonly process: ChildProcess,
  ) {}

  /** `script`: what Node runs, with its own options before. */
  static async start(
    params: Partial<InitializeParams> = {},
    script: readonly string[] = [MAIN],
  ): Promise<LspClient> {
    const child = spawn(process.execPath, [...script, 'lsp', '--stdio'], { stdio: 'pipe' });
    const connection = createProtocolConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    const client = new LspClient(connection, child);
    child.stderr.on('data', (data: Buffer) => client.errors.push(data.toString()));
    connection.onNotification(PublishDiagnosticsNotification.type, ({ uri, version, diagnostics }) => {
      client.published.set(uri, { version, diagnostics });
      for (const wake of client.waiting) wake();
    });
    connection.onRequest('client/registerCapability', () => null);
    // Asked only where the client says that it has settings: it has none of the sections.
    connection.onRequest('workspace/configuration', ({ items }: { readonly items: readonly unknown[] }) =>
      items.map(() => null),
    );
    for (const what of ['diagnostic', 'codeLens', 'inlayHint'])
      connection.onRequest(`workspace/${what}/refresh`, () => null);
    connection.listen();
    await connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: CAPABILITIES,
      ...params,
    });
    await connection.sendNotification('initialized', {});
    return client;
  }

  get pid(): number {
    return this.process.pid!;
  }

  async open(uri: string, text: string, languageId = 'betrace'): Promise<void> {
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId, version: 1, text },
    });
  }

  async close(uri: string): Promise<void> {
    await this.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  }

  async change(uri: string, version: number, changes: readonly object[]): Promise<void> {
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: changes,
    });
  }

  /** What was last published for a document, once that satisfies the test. */
  async diagnostics(
    uri: string,
    until: (found: readonly Diagnostic[], version?: number) => boolean,
  ): Promise<readonly Diagnostic[]> {
    for (;;) {
      const found = this.published.get(uri);
      if (found !== undefined && until(found.diagnostics, found.version)) return found.diagnostics;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.waiting.delete(wake);
          resolve();
        };
        this.waiting.add(wake);
      });
    }
  }

  async request<T>(method: string, params: object): Promise<T> {
    return (await this.connection.sendRequest(method, params)) as T;
  }

  /** The exit code of the server after the two messages that end a session. */
  async stop(): Promise<number | null> {
    const exited = new Promise<number | null>((resolve) => this.process.once('exit', resolve));
    await this.connection.sendRequest('shutdown');
    await this.connection.sendNotification('exit');
    const code = await exited;
    this.connection.dispose();
    return code;
  }
}

const CAPABILITIES: InitializeParams['capabilities'] = {
  textDocument: {
    completion: { completionItem: { snippetSupport: true, documentationFormat: ['markdown'] } },
    documentSymbol: { hierarchicalDocumentSymbolSupport: true },
    publishDiagnostics: { relatedInformation: true },
    foldingRange: { lineFoldingOnly: true },
  },
  workspace: { didChangeWatchedFiles: { dynamicRegistration: true } },
};

/** A text with `‸` where the cursor is: the text without it, and the position. */
export function atCursor(marked: string): { readonly text: string; readonly position: Position } {
  const offset = marked.indexOf('‸');
  if (offset < 0) throw new Error('no ‸ in the text');
  const before = marked.slice(0, offset).split('\n');
  return {
    text: marked.replace('‸', ''),
    position: { line: before.length - 1, character: before.at(-1)!.length },
  };
}

/** A text after edits that do not touch one another. */
export function applied(text: string, edits: readonly TextEdit[]): string {
  return TextDocument.applyEdits(TextDocument.create('', '', 0, text), [...edits]);
}
