import { localItems } from '../../engine/language/link/local-items.js';
import type { Analysis } from './analysis.js';
import type { Documents } from './documents.js';
import { relativeUri } from './list-files.js';

/** What the files that others use need of the place that the server runs in. */
export interface UsedFilesHost {
  /** Undefined where there is none. */
  readonly read: (uri: string) => Promise<string | undefined>;
  /** A file was found, so that names mean something. */
  readonly found: () => void;
}

/**
 * Looks on disk for a file that `use` names and nobody has spoken of: watchers miss what comes with a new folder, and some clients
 * have none.
 */
export class UsedFiles {
  private readonly reading = new Set<string>();

  constructor(
    private readonly documents: Documents,
    private readonly analysis: Analysis,
    private readonly host: UsedFilesHost,
  ) {}

  /** Looks for what open documents use. */
  look(): void {
    for (const uri of this.documents.openUris) this.lookFrom(uri);
  }

  private lookFrom(uri: string): void {
    for (const { path, language } of this.documents.viewsOf(uri)) {
      const file = language === 'betrace' ? this.analysis.syntaxOf(path) : undefined;
      for (const item of file === undefined ? [] : localItems(file)) {
        if (item.kind !== 'use') continue;
        const used = item.path.value;
        const target = relativeUri(uri, used.endsWith('.betrace') ? used : `${used}.betrace`);
        if (target !== undefined) void this.read(target);
      }
    }
  }

  private async read(uri: string): Promise<void> {
    if (this.documents.documentOf(uri) !== undefined || this.reading.has(uri)) return;
    this.reading.add(uri);
    const text = await this.host.read(uri).catch(() => undefined);
    this.reading.delete(uri);
    if (text === undefined) return;
    this.documents.setOnDisk(uri, text);
    this.host.found();
    this.lookFrom(uri);
  }
}
