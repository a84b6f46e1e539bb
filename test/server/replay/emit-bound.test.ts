/** Of one rule a replay sends so many violations at the most. What it leaves out it says, and its exit code does. */
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { FIXTURES, runHere } from '../cli/support.js';
import { startReceiver } from '../live/receiver.js';
import { temporaryDirectory } from '../service/support.js';

/** 100,001 violations would take half a minute; the bound is as good a bound when it is lower. */
const BOUND = 1;
vi.mock('../../../server/cli/replay/emit.js', async (importOriginal) => ({
  ...(await importOriginal<typeof import('../../../server/cli/replay/emit.js')>()),
  MOST_EMITTED: BOUND,
}));
afterEach(() => vi.unstubAllEnvs());

interface Json {
  readonly rules: readonly { readonly violated: number; readonly violations: readonly unknown[] }[];
}

it('exits with 3 where a rule has more violations than it sends, and counts them all', async () => {
  const directory = temporaryDirectory();
  vi.stubEnv('BETRACE_STATE', join(directory, 'state'));
  const receiver = await startReceiver();
  const shop = ['queries/shop', '--rule', 'double-charge', '--blocks', join(FIXTURES, 'shop-v5')];
  const out = ['--format', 'json', '--limit', '0', '--cache', join(directory, 'cache')];
  const { code, out: text, err } = await runHere('replay', ...shop, ...out, '--emit', receiver.url);
  const [rule] = (JSON.parse(text) as Json).rules;
  expect(rule!.violated).toBeGreaterThan(BOUND);
  expect(rule!.violations).toHaveLength(0);
  expect(receiver.spans.size).toBe(BOUND);
  expect(err).toContain(`only the first ${BOUND} of ${rule!.violated} violations of double-charge are sent`);
  expect(code).toBe(3);
});
