import { type Disposable, type TextEditor, window } from 'vscode';

let last: TextEditor | undefined;

/** Notes which editor of rules or queries has the focus, since a page that is clicked takes it away. */
export function followEditors(): Disposable {
  const note = (editor: TextEditor | undefined): void => {
    if (editor !== undefined && ['betrace', 'traceql'].includes(editor.document.languageId)) last = editor;
  };
  note(window.activeTextEditor);
  return window.onDidChangeActiveTextEditor(note);
}

/** The editor of rules or queries that had the focus last, if it is still seen. */
export function lastEditor(): TextEditor | undefined {
  const seen = window.visibleTextEditors;
  const same = seen.find((editor) => editor === last || editor.document === last?.document);
  return same ?? seen.find(({ document: { languageId } }) => languageId === 'betrace');
}
