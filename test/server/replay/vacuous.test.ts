/** Rules none of whose clauses could have failed over stored blocks are not green in any format. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { ReplayJson } from '../../../engine/answers/replay.js';
import { FIXTURES, runHere } from '../cli/support.js';
import { ruleOf, temporary } from './support.js';

const SHOP = join(FIXTURES, 'shop-v5');
const AI_RULES = fileURLToPath(new URL('../../../queries/ai', import.meta.url));

const VACUOUS = `rule model-is-the-one-asked-for {
  when { name = "payment.charge_card" } as c
  never { span.gen_ai.response.model != c.name }
}
`;

async function replay(rules: string, ...more: readonly string[]) {
  const folder = await temporary('vacuous');
  const file = join(folder, 'r.betrace');
  await writeFile(file, rules);
  return await runHere('replay', file, '--blocks', SHOP, '--cache', join(folder, 'cache'), ...more);
}

test('the text says why, counts it apart, and the exit code is not that of success', async () => {
  const { code, out } = await replay(VACUOUS);
  expect(code).toBe(4);
  expect(out).toContain('? model-is-the-one-asked-for');
  expect(out).toContain('738 applicable · 738 vacuous\n');
  expect(out).toContain('never#1 could not have failed: no span has span.gen_ai.response.model\n');
  expect(out).toMatch(/\n1 rule: 1 vacuous\n$/);
});

test('JSON, Markdown and CSV tell the same', async () => {
  const json = JSON.parse((await replay(VACUOUS, '--format', 'json')).out) as ReplayJson;
  expect(ruleOf(json, 'model-is-the-one-asked-for')).toMatchObject({
    applicable: 738,
    passed: 0,
    vacuous: 738,
    violated: 0,
    cannotTell: 0,
    clauses: [{ clause: 'never#1', vacuous: true, missing: ['span.gen_ai.response.model'] }],
  });
  const { out: md } = await replay(VACUOUS, '--format', 'md');
  expect(md).toContain('| model-is-the-one-asked-for | medium | 738 | 0 | 0 | 0 | 738 |');
  expect(md).toContain('no span has span.gen\\_ai.response.model');
  const { out: csv } = await replay(VACUOUS, '--format', 'csv');
  expect(csv).toContain('vacuous,single-tenant,model-is-the-one-asked-for');
});

test('a rule over many traces is vacuous where nothing that it counts can be there', async () => {
  const rule = `rule r { over 1h
    when { kind = server } | rate() by (resource.service.name) > 0
    never { span.gone = 1 } | count_over_time() by (resource.service.name) > 5 }`;
  const { out } = await replay(
    rule,
    '--format',
    'json',
    '--from',
    '2026-11-20T00:00:00Z',
    '--to',
    '2026-11-21T00:00:00Z',
  );
  const [found] = (JSON.parse(out) as ReplayJson).overRules;
  expect(found).toMatchObject({
    passed: 0,
    violated: 0,
    clauses: [{ vacuous: true, missing: ['span.gone'] }],
  });
  const { out: calm } = await replay(
    rule.replace('never', 'always { name = "x" } | rate() by (resource.service.name) < 5 never'),
    '--format',
    'json',
  );
  expect((JSON.parse(calm) as ReplayJson).overRules[0]).toMatchObject({
    vacuous: 0,
    clauses: [{ vacuous: false, unmatched: ['{ name = "x" }'] }, { vacuous: true }],
  });
});

test('idle accepts it, and what was wanting is still reported', async () => {
  const { code, out } = await replay(VACUOUS.replace('when', 'idle = true when'));
  expect(code).toBe(0);
  expect(out).toContain('738 applicable · 738 passed\n');
  expect(out).toContain('no span has span.gen_ai.response.model');
});

test('one clause that could have failed makes the cases pass', async () => {
  const { code, out } = await replay(VACUOUS.replace('never', 'never { name = "payment.bypas" } never'));
  expect(code).toBe(0);
  expect(out).toContain('? model-is-the-one-asked-for');
  expect(out).toContain('never#2 could not have failed');
  expect(out).toContain('nothing matched { name = "payment.bypas" }\n');
});

test('rules about what no span carries are not kept: the packs for AI over blocks of a shop', async () => {
  const cache = await temporary('cache');
  const args = [
    'replay',
    AI_RULES,
    '--blocks',
    join(FIXTURES, 'conf-v5'),
    '--cache',
    cache,
    '--format',
    'json',
  ];
  const { out } = await runHere(...args);
  const json = JSON.parse(out) as ReplayJson;
  expect(ruleOf(json, 'agent-does-not-repeat-itself')).toMatchObject({
    applicable: 132,
    passed: 0,
    vacuous: 132,
    clauses: [{ vacuous: true, missing: ['span.gen_ai.tool.call.arguments'] }],
  });
  // One of its two clauses could have failed: its cases pass, and it is not green either.
  expect(ruleOf(json, 'agent-is-not-refused')).toMatchObject({
    applicable: 132,
    passed: 132,
    vacuous: 0,
    clauses: [{ vacuous: false }, { vacuous: true, missing: ['span.authz.decision'] }],
  });
  const { out: text } = await runHere(...args.slice(0, -2));
  expect(text).toContain('? agent-is-not-refused');
  expect(text).toMatch(/19 rules: .*1 vacuous, 10 never applied, 3 passed in part, 2 passed\n$/);
});
