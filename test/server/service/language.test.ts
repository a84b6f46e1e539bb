/** What the language server knows of a query, over HTTP. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { QueryHelpJson } from '../../../engine/answers/language.js';
import type { DiagnosticJson, RuleDraftJson, RulesJson } from '../../../engine/answers/rule.js';
import { loadQuery } from '../../../engine/language/link/load-query.js';
import { ApiClient } from './openapi-client.js';
import { type Running, SHOP_RULES, start, startKept } from './support.js';

let running: Running;
let api: ApiClient;

beforeAll(async () => {
  running = await startKept({ settings: { rules: [SHOP_RULES] } });
  api = await ApiClient.of(running);
});
afterAll(() => running.stop());

/** With the cursor where `‸` is in the text of a query, or without one. */
async function help(marked: string): Promise<QueryHelpJson> {
  const offset = marked.indexOf('‸');
  const query = marked.replace('‸', '');
  const { json } = await api.ask('POST', '/language', { query, ...(offset >= 0 && { offset }) });
  return json as QueryHelpJson;
}

test.each([
  ['{ status = error }', 'search'],
  ['{ status = error } | rate()', 'metrics'],
  ['violations of double-charge', 'violations'],
  ['violations of double-charge | rate() by (resource.service.name)', 'metrics'],
  ['when { name = "a" } as x never { name = "b" } before x', 'rule'],
  ['over 1h never { status = error } | rate() > 1', 'over rule'],
] as const)('of %j it says the kind', async (query, kind) => {
  expect(await help(query)).toMatchObject({ kind, diagnostics: [], completions: [], hover: null });
});

test('mistakes have a code, a place and what stored traces have instead', async () => {
  const { diagnostics, found } = await help('{ nme = "x" }');
  expect(found.error).toBeGreaterThan(0);
  expect(diagnostics[0]).toMatchObject({
    code: expect.stringMatching(/^BT\d{4}$/),
    severity: 'error',
    range: { start: { offset: 2, line: 1, column: 3 } },
  });
  const misspelt = await help('{ span.amout > 1 }');
  expect(misspelt.diagnostics[0]).toMatchObject({ severity: 'warning', fixes: [{}] });
});

test('rules are offered after `violations of`, and attributes and values that stored traces carry', async () => {
  const labels = async (marked: string): Promise<readonly string[]> =>
    (await help(marked)).completions.map(({ label }) => label);
  expect(await labels('violations of ‸')).toContain('double-charge');
  expect(await labels('{ span.‸ }')).toContain('span.amount');
  expect(await labels('{ resource.service.name = ‸ }')).toContain('"payment"');
  const [first] = (await help('{ span.amo‸ }')).completions;
  expect(first).toMatchObject({ label: 'span.amount', range: { start: { offset: 2 }, end: { offset: 10 } } });
});

test('hover says what a rule demands and what an attribute holds', async () => {
  expect((await help('violations of double-ch‸arge')).hover?.markdown).toContain('critical');
  expect((await help('{ span.amo‸unt > 1 }')).hover).toMatchObject({
    markdown: expect.stringContaining('float'),
    range: { start: { offset: 2 }, end: { offset: 13 } },
  });
});

/** The same of a text of rules. */
async function helpWithRules(marked: string, path?: string): Promise<QueryHelpJson> {
  const offset = marked.indexOf('‸');
  const rules = marked.replace('‸', '');
  const body = { rules, ...(path !== undefined && { path }), ...(offset >= 0 && { offset }) };
  return (await api.ask('POST', '/language', body)).json as QueryHelpJson;
}

test('a text of rules has the same help, and may have the ids of rules in force', async () => {
  const text =
    'rule double-charge {\n  when { name = "payment.charge_card" } as c\n  never c.span.amout > 1\n}\n';
  const { kind, found, diagnostics } = await helpWithRules(text);
  expect([kind, found]).toEqual([null, { error: 0, warning: 1, hint: 0 }]);
  expect(diagnostics[0]).toMatchObject({ message: expect.stringContaining('span.amount'), fixes: [{}] });
  const labels = (await helpWithRules(text.replace('amout', 'amo‸'))).completions.map(({ label }) => label);
  expect(labels).toContain('c.span.amount');
  expect((await helpWithRules('ru‸')).completions.map(({ label }) => label)).toContain('rule');
  expect((await helpWithRules(text.replace('payment', 'pay‸ment'))).hover).toBeNull();
  // What was asked about is in no file afterwards.
  expect(
    (await help('violations of ‸')).completions.filter(({ label }) => label === 'double-charge'),
  ).toHaveLength(1);
});

test('either text is asked about, and a query is in no file', async () => {
  for (const body of [{}, { query: '{ }', rules: '' }, { query: '{ }', path: 'x.betrace' }])
    expect((await api.ask('POST', '/language', body)).status).toBe(400);
});

test('a rule is changed in a text that knows what its file does', async () => {
  const service = await start({ settings: { rules: ['queries/ai', SHOP_RULES] } });
  const client = await ApiClient.of(service);
  const { rules } = (await client.ask('GET', '/rules')).json as RulesJson;
  expect(rules.length).toBeGreaterThan(20);
  for (const { id, revision } of rules) {
    const { text, path } = (await client.ask('GET', `/rules/${id}/draft`)).json as RuleDraftJson;
    const checked = (await client.ask('POST', '/rules/check', { text, path })).json as {
      readonly found: { readonly error: number };
      readonly rules: readonly { readonly id: string; readonly revision: string }[];
    };
    expect([id, checked.found.error]).toEqual([id, 0]);
    expect(checked.rules.map((rule) => [rule.id, rule.revision])).toEqual([[id, revision]]);
  }
  expect((await client.ask('GET', '/rules/no-such-rule/draft')).status).toBe(404);
});

test('a fix is shown only where it mends, as the editor and `betrace check` do it', async () => {
  // Without its only clause this would be no rule.
  const alone = 'rule r { when { name = "a" } never { name = "a" } }';
  const wrong = 'rule r { when { name = "a" } must { name = "b" } }';
  const titles = (help: { readonly diagnostics: readonly DiagnosticJson[] }): readonly string[] =>
    help.diagnostics.flatMap(({ fixes }) => fixes.map(({ title }) => title));
  const checked = (await api.ask('POST', '/rules/check', { text: alone })).json as QueryHelpJson;
  expect(checked.diagnostics).toMatchObject([{ code: 'BT2306' }]);
  expect(titles(checked)).toEqual([]);
  expect(titles(await helpWithRules(alone))).toEqual([]);
  const untried = loadQuery(wrong).diagnostics.flatMap(({ fixes = [] }) => fixes.map(({ title }) => title));
  const offered = titles(await help(wrong));
  expect(untried.length).toBeGreaterThan(offered.length);
  expect(untried).toEqual(expect.arrayContaining([...offered]));
});

test('a list is cut, and what is cut is counted', async () => {
  const { diagnostics, found } = await help(`{ ${'span.amout > 1 && '.repeat(300)} name = "y" }`);
  expect(diagnostics).toHaveLength(100);
  expect(found.warning).toBe(300);
});

test('a text that is too long is refused, an offset behind the end is its end', async () => {
  expect((await api.ask('POST', '/language', { query: ' '.repeat(16_385) })).status).toBe(400);
  const { json } = await api.ask('POST', '/language', { query: 'violations of ', offset: 9999 });
  expect((json as QueryHelpJson).completions.length).toBeGreaterThan(5);
});

test('a query that was asked about leaves nothing behind for the next', async () => {
  await help('when { name = "a" } as bound ‸');
  expect((await help('when { name = "b" } as other never { name = ‸')).completions).not.toContainEqual(
    expect.objectContaining({ label: 'bound.' }),
  );
});
