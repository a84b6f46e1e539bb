import { type InlayHint, MarkupKind } from 'vscode-languageserver';
import { inlayHintsOf } from '../../features/inlay-hints.js';
import { offsetsOf } from '../convert.js';
import type { Session } from '../session.js';
import { isWholeFile } from './place.js';

/** Only where the setting asks for them: each pattern is a question to the service. */
export function registerInlayHints(session: Session): void {
  const { connection, analysis, documents, results, matches } = session;
  connection.languages.inlayHint.on(({ textDocument, range }) => {
    if (session.settings.inlayHints !== true) return [];
    return documents.viewsOf(textDocument.uri).flatMap((view): InlayHint[] => {
      const file = analysis.syntaxOf(view.path)?.file;
      if (file === undefined || !isWholeFile(view)) return [];
      const found = inlayHintsOf(file.items, offsetsOf(view.document, range), {
        path: view.path,
        scopes: analysis.workspace.scopes,
        results,
        matches: (query, window) => matches.of(query, window),
      });
      return found.map(({ offset, label, tooltip }) => ({
        position: view.document.positionAt(offset),
        label,
        tooltip: { kind: MarkupKind.Markdown, value: tooltip },
        paddingLeft: true,
      }));
    });
  });
}
