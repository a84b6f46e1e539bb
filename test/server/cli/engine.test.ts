/** `--engine` where it cannot be asked: what is wrong is said before anything is read. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SHOP_RULES } from '../replay/support.js';
import { FIXTURES, runHere } from './support.js';

const BLOCKS = ['--blocks', join(FIXTURES, 'shop-v5')];
const ENGINE = ['--engine', 'clickhouse://127.0.0.1:9'];
const RANGE = ['--from', '2026-11-20', '--to', '2026-11-21'];

it.each([
  [
    ['replay', SHOP_RULES, ...BLOCKS, ...RANGE, '--shard', '1/2', ...ENGINE],
    '--engine and --shard exclude one another',
  ],
  [['replay', SHOP_RULES, ...BLOCKS, '--estimate', ...ENGINE], '--engine and --estimate exclude one another'],
  [['replay', SHOP_RULES, '--otlp', '-', ...ENGINE], '--otlp and --engine exclude one another'],
  [['discover', ...BLOCKS, ...ENGINE], 'BT3017'],
  [
    ['query', '{ }', ...BLOCKS, '--engine', 'postgres://host'],
    'this is no address such as clickhouse://HOST:8123',
  ],
  [['query', '{ }', ...BLOCKS, '--engine', 'clickhouse://me:secret@host'], 'holds no password'],
  [
    ['query', '{ }', ...BLOCKS, '--engine', 'clickhouse://a,b?cluster=c'],
    'a cluster is asked by one of its hosts',
  ],
  [
    ['query', '{ }', ...BLOCKS, '--engine', 'clickhouse://a?join_use_nulls=0'],
    'join_use_nulls is not for an address to say',
  ],
  [['query', '{ }', ...BLOCKS, ...ENGINE], 'BT3017'],
])('%j is refused', async (args, message) => {
  const { code, out, err } = await runHere(...args);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(message);
});
