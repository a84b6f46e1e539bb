import { type Disposable, MarkdownString, StatusBarAlignment, ThemeColor, window } from 'vscode';

/** One item: which service, what is known of its traces, what the last replay found. */
export class StatusBar implements Disposable {
  private readonly item = window.createStatusBarItem('betrace', StatusBarAlignment.Left, 10);
  private where = 'no service';
  private known = 'not asked yet';
  private failed = false;
  private replayed: string | undefined;
  private busy: string | undefined;

  constructor() {
    this.item.name = 'BeTrace';
    this.item.command = 'betrace.showMenu';
    this.show();
    this.item.show();
  }

  service(url: string | undefined, own: boolean): void {
    this.busy = undefined;
    this.where = url === undefined ? 'no service' : own ? `own service at ${url}` : url;
    this.show();
  }

  starting(): void {
    this.busy = 'starting';
    this.show();
  }

  catalogue(state: 'ready' | 'failed', reason: string): void {
    this.failed = state === 'failed';
    this.known = reason;
    this.show();
  }

  /** Undefined: it is over. */
  working(text: string | undefined): void {
    this.busy = text;
    this.show();
  }

  replay(text: string): void {
    this.replayed = text;
    this.busy = undefined;
    this.show();
  }

  dispose(): void {
    this.item.dispose();
  }

  private show(): void {
    const { item, busy, failed, replayed } = this;
    const icon = busy === undefined ? (failed ? '$(warning)' : '$(pulse)') : '$(sync~spin)';
    item.text = `${icon} BeTrace${busy === undefined ? (replayed === undefined ? '' : `: ${replayed}`) : `: ${busy}`}`;
    item.backgroundColor = failed ? new ThemeColor('statusBarItem.warningBackground') : undefined;
    const tooltip = new MarkdownString();
    const line = (name: string, text: string): void => {
      tooltip.appendMarkdown(`**${name}** `).appendText(text).appendMarkdown('\n\n');
    };
    line('Service', this.where);
    line('Catalogue', this.known);
    line('Last replay', replayed ?? 'none yet');
    item.tooltip = tooltip;
    item.accessibilityInformation = {
      label: `BeTrace. Service ${this.where}. Catalogue ${this.known}. Last replay ${replayed ?? 'none yet'}`,
    };
  }
}
