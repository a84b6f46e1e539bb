import type { BaseLanguageClient, LanguageClientOptions } from 'vscode-languageclient';
import type { Processes } from '../processes/port.js';

/** What differs between a process of Node and a worker of a browser. */
export interface Platform {
  createClient(options: LanguageClientOptions): BaseLanguageClient;
  /** Absent where no process can be started. */
  readonly processes?: Processes;
}
