import {
  CompletionItemKind,
  DiagnosticSeverity,
  type Diagnostic as LspDiagnostic,
  type Range as LspRange,
  type TextEdit as LspTextEdit,
  SymbolKind,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Diagnostic, TextEdit } from '../../engine/language/problems/diagnostic.js';
import type { Range } from '../../engine/language/tree/ast.js';
import type { CompletionKind } from '../../engine/language/words/completion-kind.js';
import type { OutlineEntry } from '../features/outline.js';

/** Offsets to what the protocol wants, and back. Both count in UTF-16 code units. */

export function rangeOf(document: TextDocument, { start, end }: Range): LspRange {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}

export function offsetsOf(document: TextDocument, { start, end }: LspRange): Range {
  return { start: document.offsetAt(start), end: document.offsetAt(end) };
}

export function textEditOf(document: TextDocument, { range, newText }: TextEdit): LspTextEdit {
  return { range: rangeOf(document, range), newText };
}

const SEVERITIES = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  hint: DiagnosticSeverity.Hint,
} as const;

export interface DiagnosticContext {
  /** The document of another path, for related places. */
  readonly locate: (path: string) => TextDocument | undefined;
  /** Where the language reference explains its codes; a URI. */
  readonly reference?: string;
}

export function diagnosticOf(
  document: TextDocument,
  diagnostic: Diagnostic,
  { locate, reference }: DiagnosticContext,
): LspDiagnostic {
  const related = (diagnostic.related ?? []).flatMap(({ message, path, range }) => {
    const where = path === undefined ? document : locate(path);
    return where === undefined
      ? []
      : [{ message, location: { uri: where.uri, range: rangeOf(where, range) } }];
  });
  return {
    range: rangeOf(document, diagnostic.range),
    severity: SEVERITIES[diagnostic.severity],
    code: diagnostic.code,
    ...(reference === undefined ? {} : { codeDescription: { href: `${reference}#diagnostics` } }),
    source: 'betrace',
    message: diagnostic.message,
    ...(related.length === 0 ? {} : { relatedInformation: related }),
  };
}

export const COMPLETION_KINDS: Readonly<Record<CompletionKind, CompletionItemKind>> = {
  keyword: CompletionItemKind.Keyword,
  operator: CompletionItemKind.Operator,
  function: CompletionItemKind.Function,
  field: CompletionItemKind.Field,
  pattern: CompletionItemKind.Variable,
  'bound span': CompletionItemKind.Reference,
  setting: CompletionItemKind.Property,
  value: CompletionItemKind.Value,
  rule: CompletionItemKind.Class,
  snippet: CompletionItemKind.Snippet,
  file: CompletionItemKind.File,
};

export const SYMBOL_KINDS: Readonly<Record<OutlineEntry['kind'], SymbolKind>> = {
  rule: SymbolKind.Class,
  let: SymbolKind.Variable,
  test: SymbolKind.Method,
  use: SymbolKind.Module,
  clause: SymbolKind.Property,
};
