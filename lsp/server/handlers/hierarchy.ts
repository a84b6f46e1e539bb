import type { CallHierarchyItem } from 'vscode-languageserver';
import { type NamedItem, namedItemAt, nameOf, usersOf, usesOf } from '../../workspace/uses.js';
import { rangeOf, SYMBOL_KINDS } from '../convert.js';
import type { Session } from '../session.js';
import { viewAt } from './place.js';

/** What editors show each item as. */
const KINDS = { rule: 'rule', 'over rule': 'rule', let: 'let', list: 'let', test: 'test' } as const;

/** "Patterns used by", as what editors know as the hierarchy of calls: lets, rules and tests, across files. */
export function registerHierarchy(session: Session): void {
  const { connection, analysis, documents } = session;
  const entryOf = (named: NamedItem): CallHierarchyItem | undefined => {
    const document = documents.byPath(named.path);
    if (document === undefined) return undefined;
    const { text, range } = nameOf(named);
    const kind = KINDS[named.item.kind];
    return {
      name: text === '' ? '(no name)' : text,
      kind: SYMBOL_KINDS[kind],
      detail: `${kind}, ${named.path.slice(named.path.lastIndexOf('/') + 1)}`,
      uri: document.uri,
      range: rangeOf(document, named.item.range),
      selectionRange: rangeOf(document, range),
    };
  };
  const namedAt = (
    uri: string,
    position: CallHierarchyItem['selectionRange']['start'],
  ): NamedItem | undefined => {
    const place = viewAt(session, uri, position);
    return place === undefined ? undefined : namedItemAt(analysis, place.view.path, place.offset);
  };

  connection.languages.callHierarchy.onPrepare(({ textDocument, position }) => {
    const named = namedAt(textDocument.uri, position);
    const entry = named === undefined ? undefined : entryOf(named);
    return entry === undefined ? null : [entry];
  });
  connection.languages.callHierarchy.onIncomingCalls(({ item }) => {
    const named = namedAt(item.uri, item.selectionRange.start);
    if (named === undefined) return [];
    return usersOf(analysis, named).flatMap(({ other, ranges }) => {
      const from = entryOf(other);
      const document = documents.byPath(other.path);
      return from === undefined || document === undefined
        ? []
        : [{ from, fromRanges: ranges.map((range) => rangeOf(document, range)) }];
    });
  });
  connection.languages.callHierarchy.onOutgoingCalls(({ item }) => {
    const named = namedAt(item.uri, item.selectionRange.start);
    const document = documents.documentOf(item.uri);
    if (named === undefined || document === undefined) return [];
    return usesOf(analysis, named).flatMap(({ other, ranges }) => {
      const to = entryOf(other);
      return to === undefined ? [] : [{ to, fromRanges: ranges.map((range) => rangeOf(document, range)) }];
    });
  });
}
