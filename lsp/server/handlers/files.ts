import type { DocumentLink, TextEdit, WorkspaceEdit } from 'vscode-languageserver';
import { fileLinks } from '../../features/links.js';
import { movedFileEdits } from '../../features/moved-files.js';
import { pathOfUri } from '../../workspace/document-path.js';
import { relativeUri } from '../../workspace/list-files.js';
import { rangeOf, textEditOf } from '../convert.js';
import type { Session } from '../session.js';

/** Files that texts name: links to them, and what becomes of these when they move. */
export function registerFiles(session: Session): void {
  const { connection, analysis, documents } = session;

  connection.onDocumentLinks(({ textDocument }) =>
    documents.viewsOf(textDocument.uri).flatMap((view): DocumentLink[] =>
      fileLinks(analysis.syntaxOf(view.path)?.file.items ?? []).flatMap(({ path, isRules }) => {
        const { value } = path;
        const target = relativeUri(
          textDocument.uri,
          isRules && !value.endsWith('.betrace') ? `${value}.betrace` : value,
        );
        return target === undefined ? [] : [{ range: rangeOf(view.document, path.range), target }];
      }),
    ),
  );

  connection.workspace.onWillRenameFiles(({ files }): WorkspaceEdit => {
    const moves = files.map(({ oldUri, newUri }) => ({ from: pathOfUri(oldUri), to: pathOfUri(newUri) }));
    const changes: Record<string, TextEdit[]> = {};
    for (const [path, edits] of movedFileEdits(analysis, moves)) {
      const document = documents.byPath(path);
      if (document !== undefined) changes[document.uri] = edits.map((edit) => textEditOf(document, edit));
    }
    return { changes };
  });
}
