import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Diagnostic, SymbolInformation } from 'vscode-languageserver';
import { LspClient } from './client.js';

/** A client that tells nothing of files, of a folder that it names as older clients do. */
const folder = mkdtempSync(join(tmpdir(), 'betrace-files-'));
const uriOf = (name: string): string => pathToFileURL(join(folder, name)).href;
const uri = uriOf('rules.betrace');
const TEXT = 'use "lib/names"\n\nrule r { never charge }\n';
let client: LspClient;
beforeAll(async () => {
  writeFileSync(join(folder, 'there.betrace'), 'rule there { never { } }\n');
  client = await LspClient.start({ rootUri: pathToFileURL(folder).href });
});
afterAll(async () => {
  await client.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function codes(): Promise<readonly string[]> {
  const { items } = await client.request<{ items: Diagnostic[] }>('textDocument/diagnostic', {
    textDocument: { uri },
  });
  return items.map(({ code }) => String(code));
}

async function ruleNames(query: string): Promise<readonly string[]> {
  const found = await client.request<SymbolInformation[]>('workspace/symbol', { query });
  return found.map(({ name }) => name);
}

it('a folder given as `rootUri` is the workspace', async () => {
  await expect.poll(() => ruleNames('there')).toContain('there');
});

it('a file that nobody announced is found when it is used', async () => {
  await client.open(uri, TEXT);
  expect(await codes()).toContain('BT2014');
  mkdirSync(join(folder, 'lib'));
  writeFileSync(join(folder, 'lib/names.betrace'), 'use "more"\nexport let charge = { name = "charge" }\n');
  writeFileSync(join(folder, 'lib/more.betrace'), 'rule more { never { } }\n');
  await client.change(uri, 2, [{ text: `${TEXT}\n` }]);
  await expect.poll(codes).not.toContain('BT2014');
  await expect.poll(() => ruleNames('more')).toContain('more');
});

it('a file that was open and unknown stays known when it is closed, as it is on disk', async () => {
  writeFileSync(join(folder, 'late.betrace'), 'rule late { never { } }\n');
  await client.open(uriOf('late.betrace'), 'rule unsaved { never { } }\n');
  await client.close(uriOf('late.betrace'));
  await expect.poll(() => ruleNames('late')).toContain('late');
  expect(await ruleNames('unsaved')).not.toContain('unsaved');
});
