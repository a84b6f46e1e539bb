import {
  type DocumentSymbol,
  type FoldingRange,
  FoldingRangeKind,
  type SelectionRange,
  SemanticTokensBuilder,
  type SymbolInformation,
} from 'vscode-languageserver';
import { foldsOf } from '../../features/folding.js';
import { type OutlineEntry, outlineOf, workspaceSymbols } from '../../features/outline.js';
import { selectionsAt } from '../../features/selection.js';
import { semanticTokens, TOKEN_TYPES } from '../../features/semantic-tokens.js';
import type { View } from '../../workspace/documents.js';
import { rangeOf, SYMBOL_KINDS } from '../convert.js';
import type { Session } from '../session.js';
import { viewAt } from './place.js';

/** What the text is made of: outline, symbols, folding, selection, colours. */
export function registerStructure(session: Session): void {
  const { connection, analysis, documents } = session;

  connection.onDocumentSymbol(({ textDocument }): DocumentSymbol[] | SymbolInformation[] => {
    const views = documents.viewsOf(textDocument.uri);
    const outline = views.flatMap((view) =>
      outlineOf(analysis.syntaxOf(view.path)?.file.items ?? []).map((entry) => ({ view, entry })),
    );
    if (session.abilities.hierarchicalSymbols) return outline.map(({ view, entry }) => symbolOf(view, entry));
    return outline.map(({ view, entry }) => ({
      name: entry.name,
      kind: SYMBOL_KINDS[entry.kind],
      location: { uri: view.document.uri, range: rangeOf(view.document, entry.range) },
    }));
  });

  connection.onWorkspaceSymbol(({ query }) =>
    workspaceSymbols(analysis, query).flatMap(({ name, kind, path, selection, detail }) => {
      const document = documents.byPath(path);
      if (document === undefined) return [];
      const location = { uri: document.uri, range: rangeOf(document, selection) };
      return [
        { name, kind: SYMBOL_KINDS[kind], location, ...(detail === '' ? {} : { containerName: detail }) },
      ];
    }),
  );

  connection.onFoldingRanges(({ textDocument }) =>
    documents.viewsOf(textDocument.uri).flatMap((view) => {
      const file = analysis.syntaxOf(view.path)?.file;
      return file === undefined ? [] : foldsOf(file).flatMap((fold) => foldingOf(view, fold, session));
    }),
  );

  connection.onSelectionRanges(({ textDocument, positions }) =>
    positions.map((position): SelectionRange => {
      const place = viewAt(session, textDocument.uri, position);
      const path = place?.view.path ?? '';
      const tree = analysis.syntaxOf(path)?.file ?? analysis.queryOf(path);
      const nothing: SelectionRange = { range: { start: position, end: position } };
      if (place === undefined || tree === undefined) return nothing;
      const ranges = selectionsAt(tree, place.offset).map((range) => rangeOf(place.view.document, range));
      return (
        ranges.reduceRight<SelectionRange | undefined>(
          (parent, range) => ({ range, ...(parent === undefined ? {} : { parent }) }),
          undefined,
        ) ?? nothing
      );
    }),
  );

  const pushTokens = (
    builder: SemanticTokensBuilder,
    uri: string,
    first = 0,
    last = Number.POSITIVE_INFINITY,
  ): void => {
    for (const view of documents.viewsOf(uri)) {
      const { document, path, text } = view;
      for (const { start, end, type, declaration } of semanticTokens(analysis, path, text)) {
        if (end < first || start > last) continue;
        // A token may go over several lines, which the protocol does not know.
        let next = start;
        for (const part of text.slice(start, end).split('\n')) {
          const { line, character } = document.positionAt(next);
          if (part.length > 0)
            builder.push(line, character, part.length, TOKEN_TYPES.indexOf(type), declaration ? 1 : 0);
          next += part.length + 1;
        }
      }
    }
  };
  /** What was sent last of open documents, from which differences are worked out. */
  const builders = new Map<string, SemanticTokensBuilder>();
  const builderOf = (uri: string): SemanticTokensBuilder => {
    for (const known of builders.keys()) if (!documents.isOpen(known)) builders.delete(known);
    const builder = builders.get(uri) ?? new SemanticTokensBuilder();
    builders.set(uri, builder);
    return builder;
  };
  connection.languages.semanticTokens.on(({ textDocument: { uri } }) => {
    builders.delete(uri);
    const builder = builderOf(uri);
    pushTokens(builder, uri);
    return builder.build();
  });
  connection.languages.semanticTokens.onDelta(({ textDocument: { uri }, previousResultId }) => {
    const builder = builderOf(uri);
    builder.previousResult(previousResultId);
    pushTokens(builder, uri);
    return builder.buildEdits();
  });
  connection.languages.semanticTokens.onRange(({ textDocument, range }) => {
    const document = documents.documentOf(textDocument.uri);
    if (document === undefined) return { data: [] };
    const builder = new SemanticTokensBuilder();
    pushTokens(builder, textDocument.uri, document.offsetAt(range.start), document.offsetAt(range.end));
    return builder.build();
  });
}

function symbolOf(
  view: View,
  { name, detail, kind, range, selection, children }: OutlineEntry,
): DocumentSymbol {
  return {
    name,
    detail,
    kind: SYMBOL_KINDS[kind],
    range: rangeOf(view.document, range),
    selectionRange: rangeOf(view.document, selection),
    children: children.map((child) => symbolOf(view, child)),
  };
}

function foldingOf(
  { document }: View,
  fold: { readonly start: number; readonly end: number; readonly kind?: 'comment' },
  { abilities }: Session,
): readonly FoldingRange[] {
  const { start, end } = rangeOf(document, fold);
  // Where only whole lines fold, the line with the closing brace stays.
  const endLine = abilities.lineFoldingOnly && fold.kind === undefined ? end.line - 1 : end.line;
  if (endLine <= start.line) return [];
  return [
    {
      startLine: start.line,
      endLine,
      ...(abilities.lineFoldingOnly ? {} : { startCharacter: start.character, endCharacter: end.character }),
      ...(fold.kind === 'comment' ? { kind: FoldingRangeKind.Comment } : {}),
    },
  ];
}
