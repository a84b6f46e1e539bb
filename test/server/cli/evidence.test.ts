import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { NOTICE } from '../../../engine/evidence/export.js';
import type { DayRecord, RuleRecord } from '../../../engine/evidence/record.js';
import { temporaryDirectory } from '../service/support.js';
import { FIXTURES, runHere } from './support.js';

async function produced(directory: string, ...args: readonly string[]): Promise<string> {
  const key = join(directory, 'k.pem');
  await runHere('evidence', 'keygen', key);
  const shop = ['queries/shop', '--blocks', join(FIXTURES, 'shop-v5'), '--cache', join(directory, 'cache')];
  const { code, out, err } = await runHere(
    'evidence',
    ...shop,
    '--from',
    '2026-11-19',
    '--to',
    '2026-11-20',
    '--key',
    key,
    ...args,
  );
  // Of the first of the two days there is no trace.
  expect([code, err]).toEqual([3, 'betrace evidence: there is nothing for 1 day; the records say so\n']);
  return out;
}

it('makes a key that only its owner reads, and never writes over one', async () => {
  const file = join(temporaryDirectory(), 'k.pem');
  const { code, out } = await runHere('evidence', 'keygen', file);
  expect(code).toBe(0);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(`${file}.pub`, 'utf8')).toContain('BEGIN PUBLIC KEY');
  expect(out).not.toContain(readFileSync(file, 'utf8').split('\n')[1]);
  expect((await runHere('evidence', 'keygen', file)).err).toContain('a key is never replaced');
});

it('produces evidence by replay that verifies, and says what is wrong once it was changed', async () => {
  const directory = temporaryDirectory();
  const text = await produced(directory);
  const file = join(directory, 'e.json');
  const verify = async (content: string): Promise<{ code: number | null; out: string }> => {
    writeFileSync(file, content);
    return await runHere('evidence', 'verify', file, '--key', join(directory, 'k.pem.pub'));
  };
  const good = await verify(text);
  expect([good.code, good.out]).toEqual([
    0,
    expect.stringMatching(/^verified: 24 records of tenant "single-tenant"/),
  ]);
  const lines = text.split('\n');
  const missing = await verify(lines.filter((_, n) => n !== 5).join('\n'));
  expect([missing.code, missing.out]).toEqual([
    1,
    expect.stringContaining('BT5033 link 6: link 5 is missing'),
  ]);
  const changed = await verify(text.replace('"violated":2', '"violated":0'));
  expect(changed.code).toBe(1);
  const cut = await verify(text.slice(0, -100));
  expect(cut.out).toContain('BT5035 the file is cut off or no JSON');
});

it('states in both forms that evidence is no certification', async () => {
  const directory = temporaryDirectory();
  const text = await produced(directory, '--format', 'md', '--rule', 'double-charge');
  expect(text).toContain(`> ${NOTICE}`);
  expect(text).toContain(
    '| 2026-11-19 | double-charge | replay | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | no spans |  | nothing was there |',
  );
  expect(text).toContain('| 2026-11-20 | double-charge | replay | 3,000 |');
  expect(text).toContain('rule double-charge {');
  expect(text).toMatch(/\| double-charge \| [0-9a-f]{16} \| .* \| \*\*violated\*\* \|/);
});

const VACUOUS = `rule whole { evidence = ["ISO42001:A.6"]
  when { span.gen_ai.operation.name = "chat" } as c
  never { span.gen_ai.response.model != "gpt-x" } }
rule in-part { when { span.gen_ai.operation.name = "chat" } never { span.gen_ai.response.model != "x" } never { name = "nobody" } }
rule accepted { idle = true when { span.gen_ai.operation.name = "chat" } never { span.gen_ai.response.model != "x" } }
rule unused { when { name = "nobody" } never { name = "x" } }
`;

it('never calls kept what could not have failed, and tells days without data apart', async () => {
  const directory = temporaryDirectory();
  const [key, rules] = [join(directory, 'k.pem'), join(directory, 'r.betrace')];
  writeFileSync(rules, VACUOUS);
  await runHere('evidence', 'keygen', key);
  const blocks = ['--blocks', join(FIXTURES, 'conf-v5'), '--cache', join(directory, 'cache')];
  const days = ['--from', '2026-11-18', '--to', '2026-11-20'];
  const { code, out } = await runHere('evidence', rules, ...blocks, ...days, '--key', key);
  expect(code).toBe(3);
  const { links } = JSON.parse(out) as { links: readonly { record: RuleRecord | DayRecord }[] };
  const records = links.flatMap(({ record }) => (record.kind === 'rule' ? [record] : []));
  const findings = records.map(({ day, rule, finding }) => `${day.slice(8)} ${rule.id}: ${finding}`);
  expect(findings).toEqual([
    ...['18 no block', '19 no spans'].flatMap((day) =>
      ['accepted', 'in-part', 'unused', 'whole'].map((id) => day.replace(' ', ` ${id}: `)),
    ),
    '20 accepted: kept',
    '20 in-part: kept in part',
    '20 unused: never applied',
    '20 whole: vacuous',
  ]);
  expect(records.map(({ completeness }) => completeness.complete)).toEqual([
    ...Array.from({ length: 8 }, () => false),
    ...Array.from({ length: 4 }, () => true),
  ]);
  expect(records.at(-1)).toMatchObject({
    version: 2,
    applicable: 428,
    passed: 0,
    vacuous: 428,
    violated: 0,
    violations: [],
    clauses: [{ clause: 'never#1', vacuous: true, missing: ['span.gen_ai.response.model'] }],
    looked: { blocks: 1, traces: 1200 },
    rule: { text: expect.stringContaining('never { span.gen_ai.response.model != "gpt-x" }') },
  });
  const file = join(directory, 'e.json');
  writeFileSync(file, out);
  expect((await runHere('evidence', 'verify', file, '--key', `${key}.pub`)).code).toBe(0);
  const { out: md } = await runHere('evidence', rules, ...blocks, ...days, '--key', key, '--format', 'md');
  expect(md).toMatch(
    /\| whole \| [0-9a-f]{16} \| ISO42001:A.6 \| 3 \| 2 \| 428 \| 0 \| 428 \| 0 \| 0 \| 0 \| \*\*vacuous\*\* \|/,
  );
  expect(md).toContain(
    '- whole never#1: could not have failed: no span has span.gen_ai.response.model (2026-11-20)',
  );
});

it.each([
  [['--to', '2026-11-20'], '--from DAY is needed'],
  [['--from', '2026-11-20', '--to', '2026-11-19'], '--from must not be after --to'],
  [['--from', '2026-11-20', '--state', '/nowhere'], 'there is no evidence in'],
  [['queries/shop', '--from', '2026-11-20'], '--key FILE is needed, once'],
  [['verify', 'x'], '--key FILE is needed'],
  [['verify'], 'evidence verify takes one file'],
])('refuses %j', async (args, message) => {
  const { code, err } = await runHere('evidence', ...args);
  expect([code, err]).toEqual([2, expect.stringContaining(message)]);
});
