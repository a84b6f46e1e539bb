import type { CodeLens } from 'vscode-languageserver';
import { lensesOf } from '../../features/lenses.js';
import { rangeOf } from '../convert.js';
import type { Session } from '../session.js';
import { isWholeFile } from './place.js';

/** Lenses answer at once, from what was found last. */
export function registerLenses(session: Session): void {
  const { connection, analysis, documents, results } = session;
  connection.onCodeLens(({ textDocument }) =>
    documents.viewsOf(textDocument.uri).flatMap((view): CodeLens[] => {
      if (!isWholeFile(view)) return [];
      const { path } = view;
      const items = analysis.syntaxOf(path)?.file.items ?? [];
      const {
        runsTests,
        settings: { replayRange },
      } = session;
      return lensesOf(items, { analysis, path, results, replayRange, runsTests }).map(
        ({ range, title, command, subject }) => ({
          range: rangeOf(view.document, range),
          command: { title, command, arguments: [textDocument.uri, subject] },
        }),
      );
    }),
  );
}
