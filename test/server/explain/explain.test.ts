/**
 * The SQL of a few rules of the shop, held by golden files. After a change that is meant:
 * `npx vitest run test/server/explain --update`, and read the difference.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FIXTURES, runHere } from '../cli/support.js';
import { SHOP_RULES, temporary } from '../replay/support.js';

const FLOW_RULES = join(SHOP_RULES, '../flows');

// One of each kind: order against a bound span, a pipeline, a count of descendants, a bound field in a filter, presence.
const GOLDEN = [
  'fraud-check-required',
  'double-charge',
  'n-plus-one',
  'tenant-isolation',
  'pii-requires-audit',
];

test.each(GOLDEN)('%s', async (rule) => {
  const { code, out, err } = await runHere('explain', SHOP_RULES, '--rule', rule);
  expect([code, err]).toEqual([0, '']);
  await expect(out).toMatchFileSnapshot(`golden/${rule}.txt`);
});

test('the types that occur in blocks make the SQL smaller', async () => {
  const rule = ['explain', SHOP_RULES, '--rule', 'fraud-check-required'];
  const any = await runHere(...rule);
  const blocks = ['--blocks', join(FIXTURES, 'shop-v5'), '--cache', await temporary('cache')];
  const known = await runHere(...rule, ...blocks);
  expect(known.code).toBe(0);
  expect(any.out).toContain('span attribute amount: any type');
  expect(any.out).toContain('span_amount_li');
  expect(known.out).toContain('span attribute amount: int, double');
  expect(known.out).not.toContain('span_amount_li');
});

test('JSON holds the plan, the needs, the class and the SQL', async () => {
  const { code, out } = await runHere('explain', SHOP_RULES, '--rule', 'n-plus-one', '--format', 'json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    rules: [
      {
        id: 'n-plus-one',
        decidable: { kind: 'now', why: expect.stringMatching(/^now: /) },
        needs: { spans: expect.arrayContaining(['name', 'nested_left']) },
        plan: { version: 1, rules: [{ settings: { skewNs: '0' } }] },
        sql: { scan: expect.stringMatching(/^CREATE /), verdicts: expect.any(String) },
      },
    ],
  });
});

test('a rule across traces is explained by its flows, which a service judges too', async () => {
  const { code, out } = await runHere('explain', FLOW_RULES, '--rule', 'message-consumed');
  expect(code).toBe(0);
  expect(out).toContain('a case is a trace and those linked with it');
  expect(out).toContain('once the traces of its spans are whole: each case as soon as no span');
});

test('all rules are explained, and one that is not there is asked back', async () => {
  const { out } = await runHere('explain', SHOP_RULES);
  expect(out.match(/^decidable$/gm)).toHaveLength(12);
  const wrong = await runHere('explain', SHOP_RULES, '--rule', 'double-chrage');
  expect([wrong.code, wrong.out]).toEqual([2, '']);
  expect(wrong.err).toContain('no rule is called "double-chrage". Did you mean "double-charge"?');
});
