import { type TextDocument, WorkspaceEdit, window, workspace } from 'vscode';
import { UntrustedError } from '../backend.js';
import { itemsOf } from '../items.js';
import type { Parts } from '../parts.js';
import { withProgress } from '../progress.js';
import { settings } from '../settings.js';
import { showError } from '../show-error.js';

/** Replaces the test at the cursor by what its verdict needs of it. */
export async function minimiseAtCursor(parts: Parts): Promise<void> {
  const { processes } = parts;
  const editor = window.activeTextEditor;
  if (editor === undefined || processes === undefined) return;
  if (!workspace.isTrusted) throw new UntrustedError();
  const { document, selection } = editor;
  const items = await itemsOf(document.uri);
  const test = items.find(({ kind, range }) => kind === 'test' && range.contains(selection.active));
  if (test === undefined) {
    await showError('Put the cursor into a test first.');
    return;
  }
  const { name: title, rule, range } = test;
  const text = await withProgress('Minimising the test', async (_, signal) => {
    const whole = await selfContained(parts, document);
    return await processes.minimiseTest(settings().path, whole, { title, rule }, signal);
  });
  if (text === undefined) {
    void window.showInformationMessage('BeTrace: the test stays as it is, as it does not pass.');
    return;
  }
  const edit = new WorkspaceEdit();
  edit.replace(document.uri, range, text);
  if (!(await workspace.applyEdit(edit))) throw new Error('the file could not be changed');
}

/** The test without what its verdict does not need, in the place of the whole; the whole, where there is nobody to ask. */
export async function minimised(
  parts: Parts,
  document: TextDocument,
  { title, rule, text }: { readonly title: string; readonly rule: string; readonly text: string },
): Promise<string> {
  const { processes } = parts;
  if (processes === undefined || !workspace.isTrusted) return text;
  const found = await withProgress('Minimising the test', async (_, signal) => {
    const whole = `${await selfContained(parts, document)}\n\n${text}`;
    return await processes.minimiseTest(settings().path, whole, { title, rule }, signal);
  });
  return found ?? text;
}

async function selfContained({ language }: Parts, document: TextDocument): Promise<string> {
  return (await language.selfContained(document.uri.toString())) ?? document.getText();
}
