import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { FIXTURES, startBetrace } from '../cli/support.js';
import { replayed, SHOP_RULES, temporary } from './support.js';

const SHOP = join(FIXTURES, 'shop-v5');

// From the first temporary on, at some moments of reading and evaluating.
test.each([0, 120, 300])('interrupted after %i ms of work, nothing half done is left', async (ms) => {
  const cache = await temporary('cache');
  const child = startBetrace(['replay', SHOP_RULES, '--blocks', SHOP, '--cache', cache]);
  const ended = once(child, 'close');
  while (!existsSync(join(cache, 'tmp')) && child.exitCode === null) await sleep(2);
  await sleep(ms);
  child.kill('SIGINT');
  const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null];
  // Shells report a process that SIGINT ended as 130; a run that was done already ends with its own code.
  expect([code, signal]).toEqual(signal === null ? [1, null] : [null, 'SIGINT']);
  expect(await readdir(join(cache, 'tmp'))).toEqual([]);
  // What was finished before is sound.
  expect((await replayed(SHOP, cache)).code).toBe(1);
});
