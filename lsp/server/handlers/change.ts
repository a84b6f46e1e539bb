import { type CodeAction, CodeActionKind, type TextEdit as LspTextEdit } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Diagnostic, Fix } from '../../../engine/language/problems/diagnostic.js';
import type { Range } from '../../../engine/language/tree/ast.js';
import { layoutEdits } from '../../features/layout-edits.js';
import { diagnosticOf, offsetsOf, textEditOf } from '../convert.js';
import { diagnosticsOfView } from '../diagnostics.js';
import type { Session } from '../session.js';

/** Changes to the text: fixes and formatting. */
export function registerChange(session: Session): void {
  const { connection, documents } = session;

  connection.onCodeAction(({ textDocument, range, context }) => {
    const document = documents.documentOf(textDocument.uri);
    if (document === undefined) return [];
    const asked = offsetsOf(document, range);
    const wanted = (kind: string): boolean =>
      context.only === undefined || context.only.some((only) => kind === only || kind.startsWith(`${only}.`));
    const actions: CodeAction[] = [];
    const all: Diagnostic[] = [];
    for (const view of documents.viewsOf(textDocument.uri)) {
      const diagnostics = diagnosticsOfView(session, view);
      all.push(...diagnostics);
      if (!wanted(CodeActionKind.QuickFix)) continue;
      for (const diagnostic of diagnostics) {
        if (diagnostic.range.end < asked.start || diagnostic.range.start > asked.end) continue;
        const described = diagnosticOf(document, diagnostic, { locate: (path) => documents.byPath(path) });
        for (const [n, fix] of (diagnostic.fixes ?? []).entries())
          actions.push({
            title: fix.title,
            kind: CodeActionKind.QuickFix,
            diagnostics: [described],
            isPreferred: n === 0,
            edit: { changes: { [document.uri]: fix.edits.map((edit) => textEditOf(document, edit)) } },
          });
      }
    }
    const together = compatibleFixes(all);
    if (together.length > 0 && wanted(CodeActionKind.SourceFixAll))
      actions.push({
        title: 'Fix all that can be fixed',
        kind: CodeActionKind.SourceFixAll,
        edit: {
          changes: {
            [document.uri]: together.flatMap(({ edits }) => edits.map((edit) => textEditOf(document, edit))),
          },
        },
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

/** The first fix of each diagnostic, as many as do not touch one another. */
function compatibleFixes(diagnostics: readonly Diagnostic[]): readonly Fix[] {
  const chosen: Fix[] = [];
  const taken: { readonly start: number; readonly end: number }[] = [];
  for (const { fixes } of diagnostics) {
    const fix = fixes?.[0];
    if (fix === undefined) continue;
    const ranges = fix.edits.map(({ range }) => range);
    if (ranges.some((range) => taken.some((other) => range.start <= other.end && other.start <= range.end)))
      continue;
    taken.push(...ranges);
    chosen.push(fix);
  }
  return chosen;
}

/** From the start of the item that an offset is in to the offset. */
function itemAround({ analysis, documents }: Session, uri: string, offset: number): Range {
  const items = documents.viewsOf(uri).flatMap(({ path }) => analysis.syntaxOf(path)?.file.items ?? []);
  const item = items.find(({ range }) => range.start <= offset && offset <= range.end);
  return { start: item?.range.start ?? offset, end: offset };
}
