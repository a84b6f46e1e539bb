import { type Disposable, type ExtensionContext, Uri, ViewColumn, type WebviewPanel, window } from 'vscode';
import type { Html } from '../views/html.js';
import { page } from '../views/page.js';

/** What a page sends: the name of what was clicked and its data, all texts. */
export type PageMessage = Readonly<Record<string, string>> & { readonly message: string };

type Listener = (message: PageMessage) => void | Promise<void>;
export type ViewKind = 'results' | 'trace' | 'query';

/** The webviews, one of each kind, next to the text. */
export class Views implements Disposable {
  private readonly panels = new Map<ViewKind, { readonly panel: WebviewPanel; listener: Listener }>();

  constructor(private readonly context: ExtensionContext) {}

  /** Shows a page in the view of its kind; what is clicked there goes to the listener. */
  show(kind: ViewKind, title: string, body: Html, listener: Listener): void {
    const { panel } = this.open(kind, listener);
    panel.title = title;
    const uri = (name: string): string =>
      panel.webview.asWebviewUri(Uri.joinPath(this.context.extensionUri, 'media', name)).toString();
    panel.webview.html = page(title, body, {
      cspSource: panel.webview.cspSource,
      nonce: nonce(),
      styleUri: uri('view.css'),
      scriptUri: uri('view.js'),
    });
    panel.reveal(undefined, true);
  }

  /** Puts a part into a page that is shown already. */
  async fill(kind: ViewKind, id: string, body: Html): Promise<void> {
    await this.panels.get(kind)?.panel.webview.postMessage({ fill: id, html: body.text });
  }

  dispose(): void {
    for (const { panel } of this.panels.values()) panel.dispose();
  }

  private open(kind: ViewKind, listener: Listener) {
    const known = this.panels.get(kind);
    if (known !== undefined) {
      known.listener = listener;
      return known;
    }
    // All are in one column, as tabs.
    const [other] = this.panels.values();
    const column = other?.panel.viewColumn ?? ViewColumn.Beside;
    const panel = window.createWebviewPanel(
      `betrace.${kind}`,
      'BeTrace',
      { viewColumn: column, preserveFocus: true },
      {
        enableScripts: true,
        enableFindWidget: true,
        retainContextWhenHidden: true,
        localResourceRoots: [Uri.joinPath(this.context.extensionUri, 'media')],
      },
    );
    panel.iconPath = Uri.joinPath(this.context.extensionUri, 'media', 'file.svg');
    const entry = { panel, listener };
    this.panels.set(kind, entry);
    panel.webview.onDidReceiveMessage((sent: unknown) => {
      const message = messageOf(sent);
      if (message !== undefined) void entry.listener(message);
    });
    panel.onDidDispose(() => this.panels.delete(kind));
    return entry;
  }
}

function messageOf(sent: unknown): PageMessage | undefined {
  if (typeof sent !== 'object' || sent === null || !('message' in sent)) return undefined;
  return Object.values(sent).every((value) => typeof value === 'string') ? (sent as PageMessage) : undefined;
}

function nonce(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
