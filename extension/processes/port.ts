import type { TestReport } from '../tests/test-report.js';

/** A service over the blocks of this machine, for this window. */
export interface LocalService {
  readonly url: string;
  stop(): void;
}

/** What needs processes of Node. */
export interface Processes {
  startService(program: string, options: ServiceOptions, signal: AbortSignal): Promise<LocalService>;
  runTests(program: string, files: readonly string[], signal: AbortSignal): Promise<TestReport>;
  minimiseTest(
    program: string,
    text: string,
    test: { readonly title: string; readonly rule: string },
    signal: AbortSignal,
  ): Promise<string | undefined>;
  sampleOf(program: string, signal: AbortSignal): Promise<Sample>;
}

/** What comes with the program to try it on: paths of folders. */
export interface Sample {
  readonly rules: string;
  readonly blocks: string;
}

export interface ServiceOptions {
  readonly blocks: string;
  readonly rules: readonly string[];
  readonly tenant: string | undefined;
  readonly log: (line: string) => void;
}
