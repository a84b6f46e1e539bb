import { type ListText, MOST_LIST_BYTES } from '../../engine/language/scope/lists.js';
import type { Analysis } from './analysis.js';
import { pathOfUri } from './document-path.js';
import type { Documents } from './documents.js';

/** What the files of lists need of the place that the server runs in. */
export interface ListHost {
  /** Undefined where there is none (any more). */
  readonly read: (uri: string) => Promise<string | undefined>;
  /** Asks for a call when the file changes. */
  readonly watch: (uri: string) => void;
  /** A list was read, so that rules may mean something else. */
  readonly changed: () => void;
}

/** Reads the files that `list from "path"` names, once some rule file names them, and again when they change. */
export class ListFiles {
  /** URIs that were asked for. */
  private readonly known = new Set<string>();

  constructor(
    private readonly documents: Documents,
    private readonly analysis: Analysis,
    private readonly host: ListHost,
  ) {}

  /** Reads what is named and was not read yet. */
  look(): void {
    for (const { from, path } of this.analysis.listFiles) {
      const document = this.documents.byPath(from);
      const uri = document === undefined ? undefined : relativeUri(document.uri, path);
      if (uri === undefined || this.known.has(uri)) continue;
      this.known.add(uri);
      this.host.watch(uri);
      void this.read(uri);
    }
  }

  /** Reads a file again; false where no list is in it. */
  reread(uri: string): boolean {
    if (!this.known.has(uri)) return false;
    void this.read(uri);
    return true;
  }

  private async read(uri: string): Promise<void> {
    const text = await this.host.read(uri).catch(() => undefined);
    this.analysis.setList(pathOfUri(uri), textOf(text));
    this.host.changed();
  }
}

/** The URI of a path relative to a document; undefined for a path from a root, and where there are no folders. */
export function relativeUri(uri: string, path: string): string | undefined {
  if (path === '' || path.startsWith('/') || /^[A-Za-z][\w+.-]*:/u.test(path)) return undefined;
  try {
    return new URL(path.split('/').map(encodeURIComponent).join('/'), uri).href;
  } catch {
    return undefined; // a document of a scheme without folders
  }
}

function textOf(text: string | undefined): ListText {
  if (text === undefined) return { kind: 'missing' };
  if (text.length > MOST_LIST_BYTES) return { kind: 'large' };
  // What is not UTF-8 has been replaced on the way.
  return /[\0\ufffd]/u.test(text) ? { kind: 'binary' } : { kind: 'text', text };
}
