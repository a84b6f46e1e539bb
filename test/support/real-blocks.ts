/** Stored blocks twice: as the engine asks them, and as plain traces for the oracle. */
import { fileURLToPath } from 'node:url';
import type { Trace } from '../../engine/otlp/model.js';
import type { StoredTraces } from '../../engine/spans/stored-run.js';
import { storedBlocks } from '../blocks/flatten/fixtures.js';
import { mergeTraces } from './oracle/index.js';
import { openStored } from './stored.js';
import { readPlainTraces } from './stored-traces.js';

export interface RealBlocks {
  readonly stored: StoredTraces;
  /** Whole, as the oracle merges them: one of `every`, chosen by id. */
  readonly traces: readonly Trace[];
  close(): Promise<void>;
}

export async function openRealBlocks(name: string, every: number): Promise<RealBlocks> {
  const { stored, close } = await openStored(
    fileURLToPath(new URL(`../fixtures/blocks/${name}`, import.meta.url)),
  );
  return { stored, close, traces: mergeTraces(await storedFragments(name, every)) };
}

/** What the blocks of a fixture hold: one of `every` traces, those in several blocks in as many parts. */
export async function storedFragments(name: string, every: number): Promise<readonly Trace[]> {
  const fragments: Trace[] = [];
  for (const block of storedBlocks(name)) {
    const path = block.storage.localPath?.(block.meta.dataPath);
    if (path === undefined) throw new Error('blocks of tests are files');
    fragments.push(...(await readPlainTraces(path, block.meta, every)));
  }
  return fragments;
}

/** Lines that are neither empty nor comments. */
export function queryLines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('# '));
}
