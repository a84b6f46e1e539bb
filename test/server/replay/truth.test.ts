/** Every rule of the shop finds exactly the traces in which its violation was planted. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { FIXTURES } from '../cli/support.js';
import { replayed, temporary, truthOf, violatingTraces } from './support.js';

test.each(['shop-v5', 'shop-v4'])('none missing, none extra: %s', async (fixture) => {
  const folder = join(FIXTURES, fixture);
  const { code, err, json } = await replayed(folder, await temporary('cache'));
  expect([code, err]).toEqual([1, '']);
  const truth = await truthOf(folder);
  expect(Object.keys(truth)).toHaveLength(12);
  expect(violatingTraces(json)).toEqual(truth);
  expect(json.traces).toBe(3000);
  expect(json.blocks).toEqual({ read: 2, unread: [], warnings: [] });
});

const SHARED = process.env.BETRACE_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
const BENCH = join(SHARED, 'blocks', 'bench-v5');

test.skipIf(!existsSync(join(BENCH, 'truth.json')))(
  'none missing, none extra: bench-v5, too large to be carried along',
  async () => {
    const { code, json } = await replayed(BENCH, await temporary('cache'));
    expect(code).toBe(1);
    expect(violatingTraces(json)).toEqual(await truthOf(BENCH));
  },
);

test('a bound on memory changes nothing but the time', async () => {
  const folder = join(FIXTURES, 'shop-v5');
  const { json } = await replayed(folder, await temporary('cache'), ['--memory', '128MiB']);
  expect(violatingTraces(json)).toEqual(await truthOf(folder));
});
