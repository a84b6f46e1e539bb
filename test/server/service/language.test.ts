/** What the language server knows of a query, over HTTP. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { QueryHelpJson } from '../../../engine/answers/language.js';
import { ApiClient } from './openapi-client.js';
import { type Running, SHOP_RULES, startKept } from './support.js';

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
