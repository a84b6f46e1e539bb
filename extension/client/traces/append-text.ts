import { Position, Range, type TextDocument, ViewColumn, WorkspaceEdit, window, workspace } from 'vscode';

/** Puts a text behind a line of a document, with an empty line before it, and shows it. */
export async function appendText(document: TextDocument, line: number, text: string): Promise<void> {
  const { end } = document.lineAt(line).range;
  const isEmpty = document.getText().trim() === '';
  const edit = new WorkspaceEdit();
  edit.insert(document.uri, end, `${isEmpty ? '' : '\n\n'}${text.trimEnd()}`);
  if (!(await workspace.applyEdit(edit))) throw new Error('the file could not be changed');
  const start = new Position(isEmpty ? line : line + 2, 0);
  const shown = window.visibleTextEditors.find((editor) => editor.document === document);
  await window.showTextDocument(document, {
    viewColumn: shown?.viewColumn ?? ViewColumn.One,
    selection: new Range(start, start),
  });
}
