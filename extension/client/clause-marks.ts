import {
  type Disposable,
  OverviewRulerLane,
  type Range,
  ThemeColor,
  type Uri,
  window,
  workspace,
} from 'vscode';
import type { LanguageService } from './language-service.js';
import { rangeFrom } from './ranges.js';

/** Marks the clause that a violation broke in the text of its rule, until the text changes or another violation is shown. */
export class ClauseMarks implements Disposable {
  private readonly decoration = window.createTextEditorDecorationType({
    backgroundColor: new ThemeColor('diffEditor.removedTextBackground'),
    overviewRulerColor: new ThemeColor('editorOverviewRuler.errorForeground'),
    overviewRulerLane: OverviewRulerLane.Right,
  });
  private marked: { readonly uri: string; readonly range: Range; readonly why: string } | undefined;
  private readonly listeners: readonly Disposable[];

  constructor(private readonly language: LanguageService) {
    this.listeners = [
      window.onDidChangeVisibleTextEditors(() => this.show()),
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0 && document.uri.toString() === this.marked?.uri) this.clear();
      }),
    ];
  }

  async mark(uri: Uri, rule: string, clause: string): Promise<void> {
    const range = await this.language.clauseRange(uri.toString(), rule, clause);
    this.clear();
    if (range === undefined) return;
    this.marked = {
      uri: uri.toString(),
      range: rangeFrom(range),
      why: `${clause} is broken in the trace that is shown.`,
    };
    this.show();
  }

  dispose(): void {
    this.decoration.dispose();
    for (const listener of this.listeners) listener.dispose();
  }

  private clear(): void {
    this.marked = undefined;
    this.show();
  }

  private show(): void {
    const { marked } = this;
    for (const editor of window.visibleTextEditors) {
      const isMarked = marked !== undefined && editor.document.uri.toString() === marked.uri;
      editor.setDecorations(
        this.decoration,
        isMarked ? [{ range: marked.range, hoverMessage: marked.why }] : [],
      );
    }
  }
}
