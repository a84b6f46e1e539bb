/** `betrace replay --shard` and `betrace merge`: in every format what one replay says, and no sum of what does not belong together. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { ReplayJson } from '../../../engine/answers/replay.js';
import { FORMAT_NAMES } from '../../../server/cli/replay/formats.js';
import { FIXTURES, runHere } from '../cli/support.js';
import { keptCache, SHOP_RULES, temporary } from './support.js';

const SHOP = join(FIXTURES, 'shop-v5');
const DAY = ['--from', '2026-11-20', '--to', '2026-11-21'];
const ARGS = [SHOP_RULES, '--blocks', SHOP, '--cache', keptCache()];

const share = (shard: string, more: readonly string[] = DAY) =>
  runHere('replay', ...ARGS, ...more, '--shard', shard);

/** What takes another time each time. */
function timeless(text: string): string {
  return text
    .replaceAll(/[\d.]+ m?s, \S+ spans\/s/g, 'TIME')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)? UTC/g, 'NOW');
}

describe('shares of a replay', () => {
  let texts: readonly string[];
  beforeAll(async () => {
    const made = [await share('1/2'), await share('2/2')];
    expect(made.map(({ code, err }) => [code, err])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    texts = made.map(({ out }) => out);
  });

  async function files(): Promise<readonly string[]> {
    const folder = await temporary('shares');
    return await Promise.all(
      texts.map(async (text, n) => {
        const file = join(folder, `${n + 1}.json`);
        await writeFile(file, text);
        return file;
      }),
    );
  }

  it.each(FORMAT_NAMES)('merge into what one replay says as %s', async (format) => {
    const merged = await runHere('merge', ...(await files()), '--format', format);
    const whole = await runHere('replay', ...ARGS, ...DAY, '--format', format);
    expect(timeless(merged.out)).toBe(timeless(whole.out));
    expect(merged.code).toBe(whole.code);
    expect(merged.err.replaceAll('betrace merge', 'betrace replay')).toBe(whole.err);
  });

  it('list as many violations as are asked for, and no fewer in silence', async () => {
    const [first, second] = await files();
    const { out } = await runHere('merge', first!, second!, '--format', 'json', '--limit', '2');
    const { rules } = JSON.parse(out) as ReplayJson;
    for (const { violations, violationsLeftOut, violated } of rules)
      expect(violations.length + violationsLeftOut).toBe(violated);
    expect(Math.max(...rules.map(({ violations }) => violations.length))).toBe(2);
    const few = await Promise.all(['1/2', '2/2'].map((shard) => share(shard, [...DAY, '--limit', '1'])));
    await Promise.all(few.map(async (made, n) => await writeFile([first!, second!][n]!, made.out)));
    const refused = await runHere('merge', first!, second!, '--format', 'json');
    expect([refused.code, refused.out]).toEqual([2, '']);
    expect(refused.err).toContain(
      'BT3013: the shares list 1 violations of each rule, of which there are more',
    );
    expect((await runHere('merge', first!, second!, '--format', 'json', '--limit', '1')).code).toBe(1);
  });

  it('are refused where one is missing, damaged or no share', async () => {
    const [first, second] = await files();
    const refusal = async (...given: readonly string[]): Promise<string> => {
      const { code, out, err } = await runHere('merge', ...given);
      expect([code, out]).toEqual([2, '']);
      return err;
    };
    expect(await refusal(first!)).toContain('BT3014: of 2 shares there is no share 2.');
    expect(await refusal(first!, first!)).toContain('BT3014');
    expect(await refusal()).toContain('no share given');
    expect(await refusal(first!, '/nowhere/2.json')).toContain('BT3012: /nowhere/2.json cannot be read');
    await writeFile(second!, (await readFile(second!, 'utf8')).slice(0, -100));
    expect(await refusal(first!, second!)).toMatch(/BT3012: .*2\.json is not JSON/);
  });
});

describe('betrace replay --shard', () => {
  it.each([
    [['--shard', '5/4', ...DAY], '--shard: "5/4" is no share. Write 1/4 for the first of four'],
    [['--shard', '0/4', ...DAY], '--shard: "0/4" is no share'],
    [['--shard', 'half', ...DAY], '--shard: "half" is no share'],
    [['--shard', 'job/4', ...DAY], 'it is not set here'],
    [['--shard', '1/2', '--to', '2026-11-21'], 'BT3015: --shard needs --from as a time'],
    [['--shard', '1/2', '--from', '24h', '--to', '2026-11-21'], 'BT3015: --shard needs --from as a time'],
    [['--shard', '1/2', ...DAY, '--why'], 'BT3015: --shard and --why exclude one another'],
    [
      ['--shard', '1/2', ...DAY, '--emit', 'http://tempo:4317'],
      'BT3015: --shard and --emit exclude one another',
    ],
    [['--shard', '1/2', ...DAY, '--format', 'html'], 'BT3015: a share is JSON for betrace merge'],
  ] as const)('refuses %j', async (args, message) => {
    const { code, out, err } = await runHere('replay', ...ARGS, ...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  it('takes its number from a Kubernetes Job, which counts from 0', async () => {
    vi.stubEnv('JOB_COMPLETION_INDEX', '1');
    const rule = ['--rule', 'double-charge'];
    const { out } = await share('job/2', [...DAY, ...rule]);
    vi.stubEnv('JOB_COMPLETION_INDEX', '2');
    const beyond = await share('job/2', [...DAY, ...rule]);
    vi.unstubAllEnvs();
    expect(JSON.parse(out)).toMatchObject({ kind: 'betrace replay share', share: 2, shares: 2 });
    expect(beyond.err).toContain('"job/2", which is 3/2 here, is no share');
  });
});
