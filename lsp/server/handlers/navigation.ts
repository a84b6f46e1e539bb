import {
  DocumentHighlightKind,
  ErrorCodes,
  type Location,
  type LocationLink,
  ResponseError,
  type TextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver';
import { attributeReferences } from '../../features/field-references.js';
import { rename, renameableAt } from '../../features/rename.js';
import type { Occurrence } from '../../symbols/symbol.js';
import { rangeOf, textEditOf } from '../convert.js';
import type { Session } from '../session.js';
import { type Place, viewAt } from './place.js';

/** From a name to the places that have to do with it. */
export function registerNavigation(session: Session): void {
  const { connection, analysis, documents } = session;
  const locationOf = ({ path, range }: Pick<Occurrence, 'path' | 'range'>): readonly Location[] => {
    const document = documents.byPath(path);
    return document === undefined ? [] : [{ uri: document.uri, range: rangeOf(document, range) }];
  };
  const occurrenceAt = (place: Place | undefined): Occurrence | undefined =>
    place === undefined ? undefined : analysis.occurrenceAt(place.view.path, place.offset);

  connection.onDefinition(({ textDocument, position }): Location[] | LocationLink[] => {
    const place = viewAt(session, textDocument.uri, position);
    const used = place === undefined ? undefined : usedFile(session, place);
    if (used !== undefined) return [...locationOf({ path: used, range: { start: 0, end: 0 } })];
    const occurrence = occurrenceAt(place);
    if (occurrence === undefined) return [];
    return analysis
      .occurrencesOf(occurrence.symbol)
      .filter(({ role }) => role === 'definition')
      .flatMap(locationOf);
  });

  connection.onReferences(({ textDocument, position, context }) => {
    const place = viewAt(session, textDocument.uri, position);
    const occurrence = occurrenceAt(place);
    if (place === undefined) return [];
    if (occurrence === undefined)
      return attributeReferences(analysis, place.view.text, place.offset).flatMap(locationOf);
    return analysis
      .occurrencesOf(occurrence.symbol)
      .filter(({ role }) => context.includeDeclaration || role === 'reference')
      .flatMap(locationOf);
  });

  connection.onDocumentHighlight(({ textDocument, position }) => {
    const place = viewAt(session, textDocument.uri, position);
    const occurrence = occurrenceAt(place);
    if (place === undefined || occurrence === undefined) return [];
    return analysis
      .occurrencesOf(occurrence.symbol)
      .filter(({ path }) => path === place.view.path)
      .map(({ range, role }) => ({
        range: rangeOf(place.view.document, range),
        kind: role === 'definition' ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
      }));
  });

  connection.onPrepareRename(({ textDocument, position }) => {
    const place = viewAt(session, textDocument.uri, position);
    const occurrence =
      place === undefined ? undefined : renameableAt(analysis, place.view.path, place.offset);
    return place === undefined || occurrence === undefined
      ? null
      : rangeOf(place.view.document, occurrence.range);
  });

  connection.onRenameRequest(
    ({ textDocument, position, newName }): WorkspaceEdit | ResponseError<void> | null => {
      const place = viewAt(session, textDocument.uri, position);
      if (place === undefined) return null;
      const renaming = rename(analysis, place.view.path, place.offset, newName);
      if (renaming.kind === 'refused') return new ResponseError(ErrorCodes.InvalidParams, renaming.reason);
      const changes: Record<string, TextEdit[]> = {};
      for (const [path, edits] of renaming.edits) {
        const document = documents.byPath(path);
        if (document === undefined) continue;
        changes[document.uri] = [
          ...(changes[document.uri] ?? []),
          ...edits.map((edit) => textEditOf(document, edit)),
        ];
      }
      return { changes };
    },
  );

  // While a let or a bound span is retyped, its other mentions in the rule could follow; only what is bound is surely local.
  connection.languages.onLinkedEditingRange(({ textDocument, position }) => {
    const place = viewAt(session, textDocument.uri, position);
    const occurrence = occurrenceAt(place);
    if (place === undefined || occurrence?.symbol.kind !== 'bound') return null;
    const ranges = analysis
      .occurrencesOf(occurrence.symbol)
      .map(({ range }) => rangeOf(place.view.document, range));
    return { ranges, wordPattern: '[A-Za-z_][A-Za-z0-9_-]*' };
  });
}

/** The file that a `use` under the cursor means. */
function usedFile({ analysis }: Session, { view, offset }: Place): string | undefined {
  const uses = analysis.workspace.scopes.get(view.path)?.uses ?? [];
  return uses.find(({ item }) => item.path.range.start <= offset && offset <= item.path.range.end)?.target;
}
