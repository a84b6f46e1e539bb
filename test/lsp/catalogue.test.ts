import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompletionList, Hover } from 'vscode-languageserver';
import { atCursor, LspClient } from './client.js';
import { FixedService, SCHEMA } from './service.js';

const blocks = fileURLToPath(new URL('../fixtures/blocks/shop-v5/blocks', import.meta.url));

async function ready(client: LspClient): Promise<{ state: string; reason: string }> {
  return await new Promise((resolve) => {
    client.connection.onNotification('betrace/catalogue', resolve);
  });
}

async function completions(client: LspClient, marked: string): Promise<CompletionList['items']> {
  const { text, position } = atCursor(marked);
  const uri = 'file:///rules/x.betrace';
  await client.open(uri, text);
  const { items } = await client.request<CompletionList>('textDocument/completion', {
    textDocument: { uri },
    position,
  });
  await client.close(uri);
  return items.toSorted((a, b) => (a.sortText! < b.sortText! ? -1 : 1));
}

describe('over a folder of blocks', () => {
  let client: LspClient;
  beforeAll(async () => {
    client = await LspClient.start({ initializationOptions: { blocks } });
    expect(await ready(client)).toMatchObject({ state: 'ready' });
  });
  afterAll(async () => {
    await client.stop();
  });

  it('completes attributes that the spans carry, with type and share', async () => {
    const [first] = await completions(client, 'rule r { never { span.amo‸ } }');
    expect(first).toMatchObject({
      label: 'span.amount',
      detail: expect.stringMatching(/float \| int · [\d.]+ % of spans/),
    });
  });

  it('completes values, in the quotes that are there', async () => {
    const bare = await completions(client, 'rule r { never { span.processor = ‸ } }');
    expect(
      bare
        .slice(0, 3)
        .map(({ label }) => label)
        .sort(),
    ).toEqual(['"adyen"', '"square"', '"stripe"']);
    const quoted = await completions(client, 'rule r { never { resource.service.name in ("cache", "‸") } }');
    expect(quoted[0]).toMatchObject({
      label: '"postgres"',
      textEdit: { newText: '"postgres"', range: { start: { character: 52 }, end: { character: 54 } } },
    });
  });

  it('completes rare values, and only those that go with the rest of the filter', async () => {
    const labels = async (marked: string): Promise<readonly string[]> =>
      (await completions(client, marked)).map(({ label }) => label);
    // What is not there soon is there for the next key.
    const asked = 'rule r { never { resource.service.name = "fraud" && name = "‸" && status != error } }';
    await expect.poll(() => labels(asked)).toEqual(['"fraud.check"']);
    await expect
      .poll(() => labels('rule r { never { name = "fraud.check" && resource.service.name = "‸" } }'))
      .toEqual(['"fraud"']);
  });

  it('has the names of spans, services and rules in snippets', async () => {
    const items = await completions(client, '‸');
    const text = (label: string): string =>
      String(items.find((item) => item.label === label)?.textEdit?.newText);
    expect(text('rule: A before B')).toMatch(/when {3}\{ name = "\$\{4\|[\w. ]+,[^}]*\}" \} as b/u);
    expect(text('rule: across traces')).toMatch(/across span\.\$\{4[|:]/u);
    expect(text('test: violation')).toMatch(/\$\{3\|[\w-]+,.*\|\} "\$\{4\|/u);
  });

  it('completes inside quoted and dotted names and in every kind of quotes, and replaces the whole word', async () => {
    for (const [marked, label, start, end] of [
      ['rule r { never { span."ten‸" = 1 } }', 'span.tenant.id', 17, 27],
      ['rule r { never { span."ten‸', 'span.tenant.id', 17, 26],
      ['rule r { never { span.tenant.i‸d = 1 } }', 'span.tenant.id', 17, 31],
      ['rule r { never { span.processor = `str‸` } }', '`stripe`', 34, 39],
      ['rule r { never { span.processor = "str‸', '"stripe"', 34, 38],
    ] as const) {
      const found = (await completions(client, marked)).find((item) => item.label === label);
      const range = { start: { line: 0, character: start }, end: { line: 0, character: end } };
      expect(found?.textEdit, marked).toEqual({ range, newText: label });
    }
  });

  it('completes span names, also in tests', async () => {
    const named = await completions(client, 'rule r { never { name = "‸" } }');
    expect(named.map(({ label }) => label)).toContain('"payment.charge_card"');
    const tested = await completions(client, 'test "t" of r { payment "‸" }');
    expect(tested.map(({ label }) => label)).toContain('"payment.charge_card"');
  });

  it('shows share and frequent values of an attribute, and warns of one that no span has', async () => {
    const { text, position } = atCursor('rule r { never { span.proc‸essor = "x" && span.procesor = "y" } }');
    const uri = 'file:///rules/hover.betrace';
    await client.open(uri, text);
    const hover = await client.request<Hover>('textDocument/hover', { textDocument: { uri }, position });
    expect(hover.contents).toMatchObject({
      value: expect.stringMatching(/Frequent values:\n- `(stripe|square)` \d+ %/),
    });
    const found = await client.diagnostics(uri, (all) => all.some(({ code }) => code === 'BT2501'));
    expect(found.map(({ message }) => message).join()).toContain('did you mean `span.processor`');
  });
});

describe('over a running service', () => {
  const service = new FixedService(SCHEMA);
  let client: LspClient;
  beforeAll(async () => {
    const url = await service.start();
    client = await LspClient.start({
      initializationOptions: { service: { url: `${url}/`, token: 'secret', tenant: 'team-a' } },
    });
    await ready(client);
  });
  afterAll(async () => {
    await client.stop();
    service.stop();
  });

  it('goes by the first message where a client that can be asked has no such section', async () => {
    const another = new FixedService(SCHEMA);
    const url = await another.start();
    const other = await LspClient.start({
      capabilities: { workspace: { configuration: true } },
      initializationOptions: { service: { url } },
    });
    expect(await ready(other)).toMatchObject({ state: 'ready' });
    await other.stop();
    another.stop();
  });

  it('asks as the user and tenant of the settings', () => {
    expect(service.asked.length).toBeGreaterThan(0);
    for (const request of service.asked) expect(request).toMatch(/ Bearer secret team-a$/);
  });

  it('answers with what it knows, and with more once that is fetched', async () => {
    const first = await completions(client, 'rule r { never { span.tier = ‸ } }');
    expect(first[0]!.label).toBe('"gold"');
    const labels = async () =>
      (await completions(client, 'rule r { never { span.tier = ‸ } }')).map(({ label }) => label);
    await expect.poll(labels).toContain('"tin"');
  });
});

it('says that a service does not answer, and continues without', async () => {
  const client = await LspClient.start({ initializationOptions: { service: { url: 'http://127.0.0.1:1' } } });
  expect(await ready(client)).toMatchObject({ state: 'failed' });
  const found = await completions(client, 'rule r { never { status = ‸ } }');
  expect(found.map(({ label }) => label)).toContain('error');
  await client.stop();
});
