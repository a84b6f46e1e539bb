import { env, type TextEditor, WorkspaceEdit, window, workspace } from 'vscode';
import type { Span } from '../../service/trace.js';
import { conditionText } from '../../tests/write-test.js';
import { lastEditor } from '../last-editor.js';
import type { Parts } from '../parts.js';
import { rangeFrom } from '../ranges.js';

/** Makes the filter where the cursor was last ask for an attribute of a span, with its value. */
export async function addAttribute(
  parts: Parts,
  span: Span,
  scope: 'span' | 'resource',
  key: string,
): Promise<void> {
  const attributes = scope === 'span' ? span.attributes : span.resource;
  const value = attributes.find((attribute) => attribute.key === key)?.value;
  const condition = value && conditionText(scope, key, value);
  if (condition === undefined) {
    void window.showInformationMessage(`BeTrace: a filter cannot ask for the value of ${scope}.${key}.`);
    return;
  }
  const editor = lastEditor();
  if (editor === undefined || !(await addedTo(parts, editor, condition))) {
    await env.clipboard.writeText(condition);
    void window.showInformationMessage(
      `BeTrace: copied ${condition}. Put the cursor into a filter { … }, and it is added there.`,
    );
  }
}

/** False where the cursor is in nothing that can ask for it. */
async function addedTo(parts: Parts, editor: TextEditor, condition: string): Promise<boolean> {
  const { document, selection } = editor;
  const found = await parts.language.addToFilter(document.uri.toString(), selection.active, condition);
  if (found === undefined) return false;
  if (found.length === 0) {
    window.setStatusBarMessage(`${condition} is in the filter already`, 3000);
    return true;
  }
  const edit = new WorkspaceEdit();
  for (const { range, newText } of found) edit.replace(document.uri, rangeFrom(range), newText);
  if (!(await workspace.applyEdit(edit))) throw new Error('the file could not be changed');
  window.setStatusBarMessage(`Added ${condition}`, 3000);
  return true;
}
