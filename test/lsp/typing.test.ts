import { describe, expect, it } from 'vitest';
import type { Diagnostic } from 'vscode-languageserver';
import { LspClient } from './client.js';

const uri = 'file:///typing/rules.betrace';
const RULE = 'rule r {\n  when { name = "a" } as c\n  always { name = "b" } before c\n}\n';

async function typing(run: (client: LspClient, type: (text: string) => Promise<void>) => Promise<void>) {
  const client = await LspClient.start();
  let version = 1;
  await client.open(uri, RULE);
  await client.request('textDocument/diagnostic', { textDocument: { uri } });
  await run(client, (text) => client.change(uri, ++version, [{ text }]));
  expect(await client.stop()).toBe(0);
}

async function pulled(client: LspClient): Promise<readonly string[]> {
  const report = await client.request<{ items: Diagnostic[] }>('textDocument/diagnostic', {
    textDocument: { uri },
  });
  return report.items.map(({ range }) => `line ${range.start.line}`);
}

describe('mistakes while somebody types', () => {
  it('are reported at once elsewhere, and where it is typed once that pauses', async () => {
    await typing(async (client, type) => {
      await type(RULE.replace('as c', 'as cc'));
      expect(await pulled(client)).toEqual(['line 2']);
      await type(RULE);
      await type(RULE.replace('{ name = "a" }', '{ name = }'));
      expect(await pulled(client)).toEqual([]);
      await expect.poll(() => pulled(client)).toEqual(['line 1']);
    });
  });

  it('are sent by themselves then, to a client that does not ask', async () => {
    await typing(async (client, type) => {
      await type(RULE.replace('{ name = "a" }', '{ name = }'));
      const found = await client.diagnostics(uri, ({ length }) => length > 0);
      expect(found.map(({ range }) => range.start.line)).toEqual([1]);
    });
  });

  it('do not go and come back while the same mistake stays', async () => {
    await typing(async (client, type) => {
      const broken = RULE.replace('{ name = "a" }', '{ name = }');
      await type(broken);
      await expect.poll(() => pulled(client)).toEqual(['line 1']);
      await type(broken.replace('name = }', 'name =  }'));
      expect(await pulled(client)).toEqual(['line 1']);
    });
  });
});
