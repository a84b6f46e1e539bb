import { type Disposable, type ExtensionContext, Uri, ViewColumn, type WebviewPanel, window } from 'vscode';
import { page } from '../views/page.js';
import type { ViewData, ViewMessage } from '../views/view-data.js';
import { showError } from './show-error.js';

type Listener = (message: ViewMessage) => Promise<void>;
type ViewKind = ViewData['kind'];

/** The webviews, one of each kind, next to the text. */
export class Views implements Disposable {
  private readonly panels = new Map<ViewKind, { readonly panel: WebviewPanel; listener: Listener }>();

  constructor(private readonly context: ExtensionContext) {}

  /** Shows a page in the view of its kind; what the user wants there goes to the listener, which may fail. */
  show(title: string, data: ViewData, listener: Listener): void {
    const { panel } = this.open(data.kind, listener);
    panel.title = title;
    const uri = (name: string): string =>
      panel.webview.asWebviewUri(Uri.joinPath(this.context.extensionUri, 'media', name)).toString();
    panel.webview.html = page(title, data, {
      cspSource: panel.webview.cspSource,
      nonce: nonce(),
      styleUri: uri('style.css'),
      scriptUri: uri('view.js'),
    });
    panel.reveal(undefined, true);
  }

  /** Whether the view of a kind is open and in front. */
  isSeen(kind: ViewKind): boolean {
    return this.panels.get(kind)?.panel.visible === true;
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
      if (message !== undefined) entry.listener(message).catch(showError);
    });
    panel.onDidDispose(() => this.panels.delete(kind));
    return entry;
  }
}

/** Only our own script runs in a page, and what it sends are names and ids to look up. */
function messageOf(sent: unknown): ViewMessage | undefined {
  return typeof sent === 'object' && sent !== null && 'message' in sent ? (sent as ViewMessage) : undefined;
}

function nonce(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
