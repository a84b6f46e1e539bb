import { EventEmitter, type ExtensionContext, languages, Uri, ViewColumn, window, workspace } from 'vscode';
import type { Explanation } from '../service/answers.js';
import type { Parts } from './parts.js';
import { withProgress } from './progress.js';

const SCHEME = 'betrace-explain';
const texts = new Map<string, string>();
const changed = new EventEmitter<Uri>();

/** Explanations are texts that cannot be changed, so that they are searched, folded and copied like any other. */
export function registerExplanations(context: ExtensionContext): void {
  context.subscriptions.push(
    changed,
    workspace.registerTextDocumentContentProvider(SCHEME, {
      onDidChange: changed.event,
      provideTextDocumentContent: (uri) => texts.get(uri.path) ?? '',
    }),
    workspace.onDidCloseTextDocument(({ uri }) => {
      if (uri.scheme === SCHEME) texts.delete(uri.path);
    }),
  );
}

/** Shows what the rule becomes, next to its text. */
export async function explain({ backend, language }: Parts, uri: Uri, rule: string): Promise<void> {
  const document = await workspace.openTextDocument(uri);
  const explained = await withProgress(`Explaining ${rule}`, async (_, signal) => {
    const service = await backend.service(signal);
    const text = (await language.selfContained(uri.toString())) ?? document.getText();
    const path = uri.scheme === 'file' ? uri.fsPath : uri.path;
    const found = (await service.explain(text, path, signal)).find(({ id }) => id === rule);
    if (found === undefined) throw new Error(`the service says nothing about ${rule}`);
    return found;
  });
  if (explained === undefined) return;
  const target = Uri.from({ scheme: SCHEME, path: `/${rule}.sql` });
  texts.set(target.path, explanationText(explained));
  changed.fire(target);
  const shown = await workspace.openTextDocument(target);
  await languages.setTextDocumentLanguage(shown, 'sql').then(undefined, () => undefined);
  await window.showTextDocument(shown, { viewColumn: ViewColumn.Beside, preserveFocus: true, preview: true });
}

function explanationText({ id, plan, decidable, needs, attributes, sql }: Explanation): string {
  const lines = [
    `-- ${id}`,
    '--',
    ...plan.rules.flatMap(({ clauses = [] }) =>
      clauses.map(({ text = '' }) => `-- ${text.replace(/\s+/gu, ' ')}`),
    ),
    '--',
    `-- A verdict is final ${decidable.why}`,
    '--',
    `-- Reads of each span: ${needs.spans.join(', ')}`,
    ...attributes.map(
      ({ scope, key, types }) =>
        `-- Reads the ${scope} attribute ${key} (${types.length > 4 ? 'of any type' : types.join(', ')})`,
    ),
    ...Object.entries(sql).flatMap(([name, statement]) => ['', `-- ${name}`, `${statement};`]),
  ];
  return `${lines.join('\n')}\n`;
}
