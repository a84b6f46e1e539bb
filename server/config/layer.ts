/** One source of configuration: a file, the environment, or the command line. */
import type { ConfigPath } from './paths.js';
import type { Tree } from './tree.js';

export interface Layer {
  readonly tree: Tree;
  /** Where the value at a path (or what comes nearest to it) was written, as a reader finds it: `betrace.yaml:4:9`. */
  placeOf(path: ConfigPath): string;
}

/** What is wrong with the configuration, and where. */
export interface ConfigProblem {
  /** Absent where nothing was written: something is missing. */
  readonly place?: string;
  /** `http.port`; absent where it is no value of the schema. */
  readonly path?: string;
  readonly message: string;
}

/** Names everything that is wrong, one problem a line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly ConfigProblem[]) {
    super(problems.map(problemText).join('\n'));
  }
}

function problemText({ place, path, message }: ConfigProblem): string {
  return [...(place === undefined ? [] : [place]), ...(path ? [path] : []), message].join(': ');
}
