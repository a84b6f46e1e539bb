/** What is read from files, such as certificates and tokens, and read again when they change: nobody has to restart a service for them. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { messageOf } from '../../engine/shared/message-of.js';
import type { Logger } from './log.js';
import type { ServiceMetrics } from './metrics.js';
import { StartError } from './start-error.js';
import { systemErrorText } from './system-error.js';

/** By content and not by a time: a mounted secret is a link that leads to another file from one moment to the next. */
const EVERY_MS = 5_000;

export interface FromFiles<T> {
  /** Of the files as they were last sound. */
  readonly current: T;
  /** Called with each value that follows, until the function that comes back is called. */
  onChange(listener: (value: T) => void): () => void;
  close(): void;
}

export interface FilesOptions<T> {
  /** What the files are, as logs and metrics name it: `otlp.tls`. */
  readonly what: string;
  readonly paths: readonly string[];
  /** Throws where the texts, in the order of the paths, are not sound together. */
  readonly parse: (texts: readonly Buffer[]) => T | Promise<T>;
  readonly log: Logger;
  readonly reloads: ServiceMetrics['fileReloads'];
  readonly everyMs?: number;
}

/**
 * Rejects with `StartError` BT5045 where the files cannot be used. Later ones that cannot be leave those before in force, are logged and counted
 * once for each state.
 */
export async function fromFiles<T>(options: FilesOptions<T>): Promise<FromFiles<T>> {
  const { what, paths, parse, log, reloads } = options;
  const read = async (): Promise<readonly Buffer[]> =>
    await Promise.all(paths.map(async (path) => await readFile(path)));
  const names = paths.map((path) => `"${path}"`).join(', ');
  const problemOf = (error: unknown): string =>
    `${what}: ${names} cannot be used: ${systemErrorText(error) ?? messageOf(error)}`;
  let seen: string;
  let current: T;
  try {
    const texts = await read();
    seen = hashOf(texts);
    current = await parse(texts);
  } catch (error) {
    throw new StartError('BT5045', problemOf(error), { cause: error });
  }
  for (const outcome of ['taken', 'broken'] as const) reloads.inc({ what, outcome }, 0);
  const listeners = new Set<(value: T) => void>();
  const check = async (): Promise<void> => {
    let now = '';
    try {
      const texts = await read();
      now = hashOf(texts);
      if (now === seen) return;
      current = await parse(texts);
      for (const listener of listeners) listener(current);
      reloads.inc({ what, outcome: 'taken' });
      log.info({ what }, 'files have changed and are in force');
    } catch (error) {
      reloads.inc({ what, outcome: 'broken' });
      // Each state once: it may last.
      if (now !== seen)
        log.error({ reason: problemOf(error) }, 'files have changed, and those before stay in force');
    }
    seen = now;
  };
  let turn: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    turn = turn.then(check);
  }, options.everyMs ?? EVERY_MS);
  timer.unref();
  return {
    get current() {
      return current;
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => clearInterval(timer),
  };
}

function hashOf(texts: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}\n`).update(text);
  return hash.digest('hex');
}
