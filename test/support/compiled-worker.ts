import { pathToFileURL } from 'node:url';

/** In place of `engine/blocks/flatten/worker-entry.ts`: tests compile the sources first, and a thread that compiles them anew starts three times as slowly. */
export function workerEntry(): URL {
  return new URL('dist/engine/blocks/flatten/worker.js', pathToFileURL(`${process.cwd()}/`));
}
