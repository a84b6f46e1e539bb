import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  CompletionList,
  Diagnostic,
  DocumentSymbol,
  Hover,
  SemanticTokens,
  TextEdit,
} from 'vscode-languageserver';
import { CancellationTokenSource } from 'vscode-languageserver/node';
import { applied, atCursor, LspClient } from './client.js';

let client: LspClient;
beforeAll(async () => {
  client = await LspClient.start();
});
afterAll(async () => {
  expect(await client.stop()).toBe(0);
  expect(client.errors).toEqual([]);
});

const LARGE = Array.from(
  { length: 2000 },
  (_, n) => `rule large-${n} {\n  when { name = "a${n}" } as c\n  never { name = "b" } before c\n}\n`,
).join('\n');

async function pulled(uri: string): Promise<readonly Diagnostic[]> {
  const report = await client.request<{ items: Diagnostic[] }>('textDocument/diagnostic', {
    textDocument: { uri },
  });
  return report.items;
}

it('names the other place where a rule is defined', async () => {
  await client.open('file:///p/one.betrace', 'rule twice { never { } }\n');
  await client.open('file:///p/two.betrace', '\nrule twice { never { } }\n');
  const found = [...(await pulled('file:///p/one.betrace')), ...(await pulled('file:///p/two.betrace'))];
  const related = found.flatMap(({ relatedInformation = [] }) => relatedInformation);
  expect(related.length).toBeGreaterThan(0);
  expect(related[0]!.location.uri).toMatch(/file:\/\/\/p\/(one|two)\.betrace/);
  for (const name of ['one', 'two']) await client.close(`file:///p/${name}.betrace`);
});

it('lays out the rule that was just closed, and none before it', async () => {
  const uri = 'file:///p/typed.betrace';
  const { text, position } = atCursor('rule a{ never{ } }\n\nrule b {\n    never   {  }\n}‸\n');
  await client.open(uri, text);
  const edits = await client.request<TextEdit[]>('textDocument/onTypeFormatting', {
    textDocument: { uri },
    position,
    ch: '}',
    options: { tabSize: 2, insertSpaces: true },
  });
  expect(applied(text, edits)).toBe('rule a{ never{ } }\n\nrule b {\n  never { }\n}\n');
  await client.close(uri);
});

describe('broken text', () => {
  it.each([
    'rule broken { when { name = ',
    'rule broken { never { name = "x ',
    'rule broken {{{ ((',
    'rule { } test "',
    'let = = =',
    '/* never closed ',
  ])('leaves every feature working in the rest of the file: %s', async (broken) => {
    const uri = 'file:///p/broken.betrace';
    const { text, position } = atCursor(
      `rule whole { when { name = "a" } as c nev‸er { } before c }\n${broken}`,
    );
    await client.open(uri, text);
    const place = { textDocument: { uri }, position };
    const hover = await client.request<Hover>('textDocument/hover', place);
    expect((hover.contents as { value: string }).value).toContain('never');
    const symbols = await client.request<DocumentSymbol[]>('textDocument/documentSymbol', place);
    expect(symbols[0]).toMatchObject({ name: 'whole', children: [{ name: 'when' }, { name: 'never' }] });
    const tokens = await client.request<SemanticTokens>('textDocument/semanticTokens/full', place);
    expect(tokens.data.length / 5).toBeGreaterThan(8);
    expect((await pulled(uri)).map(({ range }) => range.start.line)).not.toContain(0);
    await client.close(uri);
  });

  it('is completed at the cursor by what the grammar waits for', async () => {
    const uri = 'file:///p/unfinished.betrace';
    const { text, position } = atCursor(
      'rule r { when { name = "a" } as c always { } ‸\n\nrule other { never { } }',
    );
    await client.open(uri, text);
    const { items } = await client.request<CompletionList>('textDocument/completion', {
      textDocument: { uri },
      position,
    });
    const labels = items.map(({ label }) => label);
    expect(labels).toEqual(expect.arrayContaining(['before', 'after', 'then', 'always', 'never']));
    expect(labels).not.toContain('severity');
    await client.close(uri);
  });
});

it('takes back requests that are cancelled while they wait, and answers the next one', async () => {
  const uri = 'file:///p/cancelled.betrace';
  await client.open(uri, LARGE);
  const params = { textDocument: { uri } };
  const sources = Array.from({ length: 30 }, () => new CancellationTokenSource());
  const waiting = sources.map(({ token }) =>
    client.connection
      .sendRequest('textDocument/semanticTokens/full', params, token)
      .then(() => 'answered')
      .catch(({ code }: { code: number }) => code),
  );
  // The first one keeps the server busy.
  for (const source of sources.slice(1)) source.cancel();
  const REQUEST_CANCELLED = -32800;
  expect(await Promise.all(waiting)).toContain(REQUEST_CANCELLED);
  const { data } = await client.request<SemanticTokens>('textDocument/semanticTokens/full', params);
  expect(data.length).toBeGreaterThan(0);
  await client.close(uri);
});

it('answers in a file of 2,000 rules', async () => {
  const uri = 'file:///p/large.betrace';
  await client.open(uri, LARGE);
  expect(await pulled(uri)).toEqual([]);
  const line = 5 * 1000 + 2;
  await client.change(uri, 2, [
    { range: { start: { line, character: 2 }, end: { line, character: 7 } }, text: 'nvr' },
  ]);
  await expect.poll(async () => (await pulled(uri)).map(({ range }) => range.start.line)).toEqual([line]);
  const symbols = await client.request<DocumentSymbol[]>('textDocument/documentSymbol', {
    textDocument: { uri },
  });
  expect(symbols).toHaveLength(2000);
  await client.close(uri);
});

it('answers for the whole workspace at once', async () => {
  await client.open('file:///p/ok.betrace', 'rule fine { never { name = "x" } }');
  await client.open('file:///p/wrong.betrace', 'rule wrong { }');
  const report = await client.request<{ items: { uri: string; items: Diagnostic[] }[] }>(
    'workspace/diagnostic',
    {
      previousResultIds: [],
    },
  );
  const counts = report.items.map(({ uri, items }) => `${uri.split('/').at(-1)} ${items.length}`);
  expect(counts).toEqual(expect.arrayContaining(['ok.betrace 0', 'wrong.betrace 1']));
});
