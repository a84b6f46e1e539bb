import type { CodeLens } from 'vscode-languageserver';
import { lensesOf } from '../../features/lenses.js';
import { rangeOf } from '../convert.js';
import type { Session } from '../session.js';

/** Lenses answer at once, from the counts of the last replay. */
export function registerLenses({ connection, analysis, documents, live }: Session): void {
  connection.onCodeLens(({ textDocument }) =>
    documents.viewsOf(textDocument.uri).flatMap((view): CodeLens[] => {
      // What stands in Markdown is no rule of the workspace.
      if (view.language !== 'betrace' || view.text !== view.document.getText()) return [];
      const items = analysis.syntaxOf(view.path)?.file.items ?? [];
      return lensesOf(items, (id) => live.lastReplay(id)).map(({ range, title, command, subject }) => ({
        range: rangeOf(view.document, range),
        command: { title, command, arguments: [textDocument.uri, subject] },
      }));
    }),
  );
}
