import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openFlatCache } from '../../../engine/blocks/cache/cache.js';
import { FLAT_FORMAT_VERSION } from '../../../engine/blocks/cache/cache-key.js';
import { blockMeta, directoryOf, needs, writeFlat } from './support.js';

const SCRIPT = fileURLToPath(new URL('cache-process.ts', import.meta.url));

function start(directory: string, ...mode: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', SCRIPT, directory, ...mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function output(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code).toBe(0);
  return text;
}

test('two processes that build the same block at once both get it, and one entry stays', async () => {
  const directory = await directoryOf({});
  const texts = await Promise.all(['build', 'build'].map((mode) => output(start(directory, mode))));
  for (const text of texts) expect(text.trim().split('\n').at(-1)).toBe('spans');
  expect(texts.join('')).toContain('building');
  expect(await readdir(join(directory, 'tmp'))).toEqual([]);
  const blocks = join(directory, `f${FLAT_FORMAT_VERSION}`);
  const [block = ''] = await readdir(blocks);
  expect(await readdir(join(blocks, block))).toHaveLength(1);
});

test('a kill in the middle of a write leaves no entry, and the next process builds', async () => {
  const directory = await directoryOf({});
  const child = start(directory, 'hang');
  await once(child.stdout ?? child, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(await readdir(join(directory, 'tmp'))).toHaveLength(1);
  const lease = await openFlatCache({ directory }).acquire(blockMeta({}), needs({}), (paths) =>
    writeFlat(paths, 'whole'),
  );
  expect(await readFile(lease.block.spans, 'utf8')).toBe('whole');
});

test('processes that add columns to one entry at once both get theirs, and a kill meanwhile costs nobody anything', async () => {
  const directory = await directoryOf({});
  await output(start(directory, 'column', 'name'));
  const killed = start(directory, 'column', 'start_ns');
  const others = ['kind', 'status'].map((column) => output(start(directory, 'column', column)));
  await once(killed.stdout ?? killed, 'data');
  killed.kill('SIGKILL');
  const last = (await Promise.all(others)).map((text) => text.trim().split('\n').at(-1));
  expect(last[0]).toMatch(/^kind,name(,status)? [12]$/);
  expect(last[1]).toMatch(/^(kind,)?name,status [12]$/);
  // Whoever comes after finds what was kept, and adds to the entry with the most columns.
  const after = (await output(start(directory, 'column', 'start_ns'))).trim().split('\n').at(-1);
  expect(after).toMatch(/name,start_ns(,status)? [23]$/);
});

test('processes that evict from under each other still read what they asked for', async () => {
  const directory = await directoryOf({});
  const counts = await Promise.all(['count', 'count'].map((mode) => output(start(directory, mode))));
  expect(counts.map((count) => count.trim())).toEqual(['40', '40']);
  expect(await readdir(join(directory, 'tmp'))).toEqual([]);
});
