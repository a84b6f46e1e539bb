import {
  type Disposable,
  MarkdownString,
  Range,
  type TextEditor,
  ThemeColor,
  window,
  workspace,
} from 'vscode';
import { traceLink } from '../service/trace-link.js';
import { plural } from '../views/format.js';
import { askedWindow, type ClosedWindow } from './asked-window.js';
import type { MatchesAt } from './language-service.js';
import { lastEditor } from './last-editor.js';
import type { Parts } from './parts.js';
import { withProgress } from './progress.js';
import { showError } from './show-error.js';
import { showTrace } from './traces/trace-view.js';

/** The cursor moves many times a second. */
const PAUSE_MS = 400;
const MOST_TRACES = 100;
const MOST_SPANS_OF_TRACE = 20;
const MOST_NAMES = 8;

type Matches = Exclude<MatchesAt, { readonly problem: string }>;

/**
 * Says behind the line of the cursor how many stored spans the pattern there matches. Where the list of them is open, it follows the cursor.
 * No service is started for that.
 */
export class MatchesAtCursor implements Disposable {
  private readonly decoration = window.createTextEditorDecorationType({});
  private readonly listeners: readonly Disposable[];
  private pause: ReturnType<typeof setTimeout> | undefined;
  /** Each question makes those before it void. */
  private asked = new AbortController();
  /** By the address of the service: the newest day that it has. */
  private newest: { readonly url: string; readonly window: ClosedWindow | undefined } | undefined;

  constructor(private readonly parts: Parts) {
    this.listeners = [
      window.onDidChangeTextEditorSelection(({ textEditor }) => this.later(textEditor)),
      window.onDidChangeActiveTextEditor((editor) => editor && this.later(editor)),
    ];
  }

  /** Shows the list of the spans that the pattern at the cursor matches. */
  async show(): Promise<void> {
    const editor = lastEditor();
    if (editor === undefined) {
      await showError('Put the cursor into a pattern first.');
      return;
    }
    await withProgress('Looking for the spans that match', async (_, signal) => {
      // That starts one where there is none.
      await this.parts.backend.service(signal);
      const found = await this.foundAt(editor, signal);
      if (found === undefined || 'problem' in found)
        await showError(found?.problem ?? 'There is no pattern at the cursor.');
      else {
        this.decorate(editor, found);
        await this.list(found, signal);
      }
    });
  }

  dispose(): void {
    clearTimeout(this.pause);
    this.asked.abort();
    this.decoration.dispose();
    for (const listener of this.listeners) listener.dispose();
  }

  private later(editor: TextEditor): void {
    if (!['betrace', 'traceql'].includes(editor.document.languageId)) return;
    clearTimeout(this.pause);
    editor.setDecorations(this.decoration, []);
    const isWanted = workspace.getConfiguration('betrace', editor.document).get('matches.atCursor', true);
    if (!isWanted && !this.parts.views.isSeen('matches')) return;
    this.pause = setTimeout(() => void this.look(editor, isWanted), PAUSE_MS);
  }

  /** Errors are not shown: nobody has asked for anything. */
  private async look(editor: TextEditor, isWanted: boolean): Promise<void> {
    this.asked.abort();
    this.asked = new AbortController();
    const { signal } = this.asked;
    try {
      const address = await this.parts.backend.address();
      if (address === undefined || address.url === '') return;
      const found = await this.foundAt(editor, signal);
      if (signal.aborted || found === undefined || 'problem' in found) return;
      if (isWanted) this.decorate(editor, found);
      if (this.parts.views.isSeen('matches')) await this.list(found, signal);
    } catch (error) {
      if (!signal.aborted) this.parts.output.debug(`spans at the cursor: ${String(error)}`);
    }
  }

  private async foundAt(editor: TextEditor, signal: AbortSignal): Promise<MatchesAt | undefined> {
    const { document, selection } = editor;
    const when = await this.window(signal);
    return await this.parts.language.matchesAt(document.uri.toString(), selection.active, when);
  }

  private async window(signal: AbortSignal): Promise<ClosedWindow | undefined> {
    const { backend } = this.parts;
    const { range } = backend.asked;
    const url = (await backend.address())?.url ?? '';
    if (range === undefined && this.newest?.url === url) return this.newest.window;
    const found = await askedWindow(await backend.service(signal), range, signal);
    if (range === undefined) this.newest = { url, window: found };
    return found;
  }

  private decorate(editor: TextEditor, { counts, range }: Matches): void {
    const count = counts.reduce((sum, group) => sum + group.count, 0);
    const { line } = editor.selection.active;
    const { end } = editor.document.lineAt(line).range;
    const hover = new MarkdownString(undefined, true);
    hover.isTrusted = { enabledCommands: ['betrace.showMatches'] };
    for (const { name, service, count: own } of counts
      .toSorted((a, b) => b.count - a.count)
      .slice(0, MOST_NAMES))
      hover.appendText(`${name} of ${service}: ${plural(own, 'span')}\n`);
    hover.appendMarkdown('\n[Show them](command:betrace.showMatches)');
    const colour = count === 0 ? 'editorWarning.foreground' : 'editorCodeLens.foreground';
    const isOver = range.start.line <= line && line <= range.end.line;
    if (!isOver) return;
    editor.setDecorations(this.decoration, [
      {
        range: new Range(end, end),
        hoverMessage: hover,
        renderOptions: {
          after: {
            contentText:
              count === 0
                ? 'no stored span matches'
                : `${plural(count, 'span')} match${count === 1 ? 'es' : ''}`,
            color: new ThemeColor(colour),
            margin: '0 0 0 3em',
            fontStyle: 'italic',
          },
        },
      },
    ]);
  }

  private async list({ query, window: when, counts }: Matches, signal: AbortSignal): Promise<void> {
    const { views, backend } = this.parts;
    const service = await backend.service(signal);
    const limits = { limit: MOST_TRACES, spss: MOST_SPANS_OF_TRACE };
    const search = await service.search(`${query} | select(resource.service.name)`, limits, when, signal);
    if (signal.aborted) return;
    const data = { kind: 'matches', q: query, window: when, counts, search, listed: MOST_TRACES } as const;
    views.show('Matching Spans', data, async (sent) => {
      const link = sent.message === 'follow' ? traceLink(sent.href) : undefined;
      if (link === undefined) return;
      await showTrace(this.parts, { traces: link.traces, matched: new Set(link.marked) });
    });
  }
}
