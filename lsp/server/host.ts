import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import type { CatalogueSource } from '../catalogue/source.js';

/** What the language server needs of the place it runs in: a process on the machine of the files, or a worker of a browser. */
export interface Host {
  readonly version: string;
  /** URI of the language reference. */
  readonly reference?: string;
  /** All rule files under the folders, which are URIs. What cannot be read is left out. */
  ruleFiles(folders: readonly string[]): AsyncIterable<{ readonly uri: string; readonly text: string }>;
  /** Undefined where there is none (any more). */
  readFile(uri: string): Promise<string | undefined>;
  /**
   * When a verdict of a rule is final, for people. The compiler knows, which is not part of the language; absent where there is
   * none, and then a service is asked.
   */
  ruleClass?(rule: ResolvedRule): string;
  /** Reads a folder of Tempo blocks; absent where there are no folders. */
  blocksSource?(folder: string, tenant: string | undefined): CatalogueSource;
}
