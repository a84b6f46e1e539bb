import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Range } from '../../engine/language/tree/ast.js';
import type { Analysis } from './analysis.js';
import { pathOfUri } from './document-path.js';
import { fencesOf } from './regions.js';

/** A text of one language inside a document, at the offsets it has there. */
export interface View {
  readonly document: TextDocument;
  /** How the analysis knows it. */
  readonly path: string;
  readonly language: 'betrace' | 'traceql';
  /** As long as the document; blank where the document has something else. */
  readonly text: string;
  /** The part of the document that is this text. */
  readonly range: Range;
}

/** The texts of a workspace: what the editor has open wins over what is on disk. */
export class Documents {
  private readonly onDisk = new Map<string, TextDocument>();
  private readonly open = new Map<string, TextDocument>();
  private readonly views = new Map<string, readonly View[]>();

  constructor(private readonly analysis: Analysis) {}

  /** A file that is not open, or not any more. Undefined: it is gone. */
  setOnDisk(uri: string, text: string | undefined): void {
    if (text === undefined) this.onDisk.delete(uri);
    else this.onDisk.set(uri, TextDocument.create(uri, languageOf(uri), 0, text));
    if (!this.open.has(uri)) this.refresh(uri);
  }

  setOpen(document: TextDocument): void {
    this.open.set(document.uri, document);
    this.refresh(document.uri);
  }

  setClosed(uri: string): void {
    this.open.delete(uri);
    this.refresh(uri);
  }

  isOpen(uri: string): boolean {
    return this.open.has(uri);
  }

  /** URIs of all documents that have something of ours in them. */
  get uris(): readonly string[] {
    return [...this.views.keys()];
  }

  /** Those that the editor has open. */
  get openUris(): readonly string[] {
    return [...this.open.keys()];
  }

  documentOf(uri: string): TextDocument | undefined {
    return this.open.get(uri) ?? this.onDisk.get(uri);
  }

  viewsOf(uri: string): readonly View[] {
    return this.views.get(uri) ?? [];
  }

  viewAt(uri: string, offset: number): View | undefined {
    return this.viewsOf(uri).find(({ range }) => range.start <= offset && offset <= range.end);
  }

  /** The document that a path of the analysis is in. */
  byPath(path: string): TextDocument | undefined {
    const uri = [...this.views].find(([, views]) => views.some((view) => view.path === path))?.[0];
    return uri === undefined ? undefined : this.documentOf(uri);
  }

  private refresh(uri: string): void {
    const document = this.documentOf(uri);
    const views = document === undefined ? [] : viewsIn(document);
    const paths = new Set(views.map(({ path }) => path));
    for (const { path } of this.viewsOf(uri)) if (!paths.has(path)) this.analysis.remove(path);
    if (views.length === 0) this.views.delete(uri);
    else this.views.set(uri, views);
    for (const { path, language, text } of views)
      if (language === 'betrace') this.analysis.setText(path, text);
      else this.analysis.setQuery(path, text);
  }
}

function viewsIn(document: TextDocument): readonly View[] {
  const text = document.getText();
  const path = pathOfUri(document.uri);
  switch (languageOf(document.uri, document.languageId)) {
    case 'betrace':
      return [{ document, path, language: 'betrace', text, range: { start: 0, end: text.length } }];
    case 'traceql':
      return [{ document, path, language: 'traceql', text, range: { start: 0, end: text.length } }];
    case 'markdown':
      return fencesOf(text).map(({ start, end, ...region }, n) => ({
        document,
        path: `${path}#${n + 1}`,
        ...region,
        range: { start, end },
      }));
    default:
      return [];
  }
}

function languageOf(uri: string, languageId = ''): string {
  if (/\.betrace$/iu.test(uri)) return 'betrace';
  if (/\.traceql$/iu.test(uri)) return 'traceql';
  if (/\.(?:md|markdown)$/iu.test(uri)) return 'markdown';
  return languageId;
}
