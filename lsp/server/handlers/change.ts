import { type CodeAction, CodeActionKind, type TextEdit as LspTextEdit } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Diagnostic } from '../../../engine/language/problems/diagnostic.js';
import type { Range } from '../../../engine/language/tree/ast.js';
import { fixAllEdit, offeredFixes } from '../../features/fixes.js';
import { layoutEdits } from '../../features/layout-edits.js';
import type { Refactoring } from '../../features/refactor/refactoring.js';
import { refactoringsAt } from '../../features/refactor/refactorings.js';
import { diagnosticOf, offsetsOf, textEditOf } from '../convert.js';
import { checkOfView, diagnosticsOfView } from '../diagnostics.js';
import type { Session } from '../session.js';

const REFACTOR_KINDS: Readonly<Record<Refactoring['kind'], CodeActionKind>> = {
  extract: CodeActionKind.RefactorExtract,
  inline: CodeActionKind.RefactorInline,
  rewrite: CodeActionKind.RefactorRewrite,
};

/** Changes to the text: fixes and formatting. */
export function registerChange(session: Session): void {
  const { connection, documents } = session;

  connection.onCodeAction(({ textDocument, range, context }) => {
    const document = documents.documentOf(textDocument.uri);
    if (document === undefined) return [];
    const asked = offsetsOf(document, range);
    const wanted = (kind: string): boolean =>
      context.only === undefined ||
      context.only.some(
        (only) => kind === only || kind.startsWith(`${only}.`) || only.startsWith(`${kind}.`),
      );
    const actions: CodeAction[] = [];
    const all: LspTextEdit[] = [];
    for (const view of documents.viewsOf(textDocument.uri)) {
      const check = checkOfView(session, view);
      const checked = { text: view.text, diagnostics: diagnosticsOfView(session, view) };
      const isAsked = ({ range }: Diagnostic): boolean =>
        range.end >= asked.start && range.start <= asked.end;
      if (wanted(CodeActionKind.QuickFix))
        for (const { diagnostic, fix, preferred } of offeredFixes(checked, isAsked, check))
          actions.push({
            title: fix.title,
            kind: CodeActionKind.QuickFix,
            diagnostics: [diagnosticOf(document, diagnostic, { locate: (path) => documents.byPath(path) })],
            isPreferred: preferred,
            edit: { changes: { [document.uri]: fix.edits.map((edit) => textEditOf(document, edit)) } },
          });
      if (view.language === 'betrace' && wanted(CodeActionKind.Refactor))
        for (const { title, kind, edits } of refactoringsAt(session.analysis, view.path, view.text, asked))
          actions.push({
            title,
            kind: REFACTOR_KINDS[kind],
            edit: { changes: { [document.uri]: edits.map((edit) => textEditOf(document, edit)) } },
          });
      const edit = wanted(CodeActionKind.SourceFixAll) ? fixAllEdit(view.text, check) : undefined;
      if (edit !== undefined) all.push(textEditOf(document, edit));
    }
    if (all.length > 0)
      actions.push({
        title: 'Fix all that can be fixed',
        kind: CodeActionKind.SourceFixAll,
        edit: { changes: { [document.uri]: all } },
      });
    return actions;
  });

  const layout = (uri: string, within?: (document: TextDocument) => Range | undefined): LspTextEdit[] =>
    documents.viewsOf(uri).flatMap((view) => {
      // A fence in Markdown is laid out as its writer wants it.
      if (view.text !== view.document.getText()) return [];
      const range = within?.(view.document);
      return layoutEdits(view.text, view.language)
        .filter(
          (edit) => range === undefined || (range.start <= edit.range.end && edit.range.start <= range.end),
        )
        .map((edit) => textEditOf(view.document, edit));
    });
  connection.onDocumentFormatting(({ textDocument }) => layout(textDocument.uri));
  connection.onDocumentRangeFormatting(({ textDocument, range }) =>
    layout(textDocument.uri, (document) => offsetsOf(document, range)),
  );
  // Only the item that was just closed, so that nothing moves elsewhere.
  connection.onDocumentOnTypeFormatting(({ textDocument, position }) =>
    layout(textDocument.uri, (document) =>
      itemAround(session, textDocument.uri, document.offsetAt(position)),
    ),
  );
}

/** From the start of the item that an offset is in to the offset. */
function itemAround({ analysis, documents }: Session, uri: string, offset: number): Range {
  const items = documents.viewsOf(uri).flatMap(({ path }) => analysis.syntaxOf(path)?.file.items ?? []);
  const item = items.find(({ range }) => range.start <= offset && offset <= range.end);
  return { start: item?.range.start ?? offset, end: offset };
}
