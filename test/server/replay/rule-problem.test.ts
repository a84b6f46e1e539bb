/** A rule that cannot be judged to the end costs the others nothing, and the result says so everywhere. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { replayJson } from '../../../engine/replay/result-json.js';
import { csvReport } from '../../../server/cli/replay/csv.js';
import { markdownReport } from '../../../server/cli/replay/markdown.js';
import { betrace } from '../cli/support.js';
import { result, ruleResult, START, violatedAt } from './made-results.js';
import { copyOfBlocks, temporary } from './support.js';

const PROBLEM = { code: 'BT3006', message: 'took longer than 60 s over one part of the traces' } as const;

const SLOW = 'rule slow { never { } then { } then { } then { } then { } then { } then { } within 1ns }';
const OVER_MANY = 'rule windows { over 1s  never { } | count_over_time() > 1e9 }';
const SOUND = 'rule sound { when { name = "payment.charge_card" } never { status = error } }';

test('a slow rule and one with too many windows are named, and the others are judged', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'betrace-slow-'));
  await writeFile(join(folder, 'r.betrace'), `${SLOW}\n${OVER_MANY}\n${SOUND}\n`);
  const { root } = await copyOfBlocks('shop-v5');
  const cache = await temporary('cache');
  const args = [
    'replay',
    folder,
    '--blocks',
    root,
    '--cache',
    cache,
    '--rule-timeout',
    '2s',
    '--from',
    '2026-11-08',
    '--to',
    '2026-11-22',
  ];
  const { code, out, err } = await betrace([...args, '--format', 'json']);
  expect(code).toBe(3);
  const json = JSON.parse(out) as ReturnType<typeof replayJson>;
  expect(json.partial).toBe(true);
  const sound = json.rules.find(({ id }) => id === 'sound');
  expect(sound?.problem).toBeNull();
  expect(sound?.applicable).toBe(736);
  expect(json.rules.find(({ id }) => id === 'slow')).toMatchObject({
    applicable: 0,
    problem: { code: 'BT3006', reason: 'took longer than 2 s over one part of the traces' },
  });
  expect(json.overRules[0]?.problem).toMatchObject({ code: 'BT3002' });
  expect(err).toContain('not judged slow: BT3006: took longer than 2 s over one part of the traces\n');
  expect(err).toContain('betrace replay: partial, 2 rules not judged to the end\n');
});

test('a time that is none is refused', async () => {
  const { code, err } = await betrace(['replay', 'r', '--blocks', 'b', '--rule-timeout', 'soon']);
  expect([code, err]).toEqual([2, expect.stringContaining('--rule-timeout: "soon" is not a duration')]);
});

test('every format names the rule', () => {
  const found = result([{ ...violatedAt(START), problem: PROBLEM }]);
  expect(csvReport(found)).toContain(`\r\nnot judged,shop,r,,,,,,,,,,,,BT3006: ${PROBLEM.message},\r\n`);
  const md = markdownReport(found, 3);
  expect(md).toContain('**Partial, 1 rule not judged to the end:**');
  expect(md).toContain(`- rule \`r\` BT3006: ${PROBLEM.message}`);
  expect(md).toContain('**1**');
  expect(replayJson(found)).toMatchObject({ partial: true, rules: [{ violated: 1 }] });
  const none = markdownReport(result([ruleResult({ problem: PROBLEM })]), 3);
  expect(none).toContain('| r | medium | not judged |');
});
