import type { BaseLanguageClient, LanguageClientOptions } from 'vscode-languageclient';
import type { TestReport } from '../tests/test-report.js';

/** A service over the blocks of this machine, for this window. */
export interface LocalService {
  readonly url: string;
  stop(): void;
}

/** What differs between a process of Node and a worker of a browser. */
export interface Platform {
  createClient(options: LanguageClientOptions): BaseLanguageClient;
  /** Absent where no process can be started. */
  readonly processes?: Processes;
}

export interface Processes {
  startService(program: string, options: ServiceOptions, signal: AbortSignal): Promise<LocalService>;
  runTests(program: string, files: readonly string[], signal: AbortSignal): Promise<TestReport>;
}

export interface ServiceOptions {
  readonly blocks: string;
  readonly rules: readonly string[];
  readonly tenant: string | undefined;
  readonly log: (line: string) => void;
}
