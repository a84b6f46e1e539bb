/** What a workspace of several files and folders can be asked: who reads an attribute, links, files that move, folders that come and go. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type {
  DocumentLink,
  Location,
  SemanticTokens,
  SemanticTokensDelta,
  SymbolInformation,
  WorkspaceEdit,
} from 'vscode-languageserver';
import { applied, atCursor, LspClient } from './client.js';

const root = mkdtempSync(join(tmpdir(), 'betrace-workspace-'));
const uriOf = (name: string): string => pathToFileURL(join(root, name)).href;
const folderOf = (name: string) => ({ uri: uriOf(name), name });
const NAMES = 'export let charge = { span.tenant.id != nil }\n';
const RULES =
  'use "./lib/names"\nlet eu = list from "eu.txt"\n\nrule r {\n  when charge as c\n  never { .tenant.id != c.span.tenant.id && span.tenant.ident in eu }\n}\n';

let client: LspClient;
beforeAll(async () => {
  for (const name of ['one/lib', 'two']) mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, 'one/lib/names.betrace'), NAMES);
  writeFileSync(join(root, 'one/rules.betrace'), RULES);
  writeFileSync(join(root, 'two/other.betrace'), 'rule other { never { } }\n');
  client = await LspClient.start({
    workspaceFolders: [folderOf('one')],
    capabilities: { workspace: { workspaceFolders: true } },
  });
  await client.open(uriOf('one/rules.betrace'), RULES);
});
afterAll(async () => {
  await client.stop();
  rmSync(root, { recursive: true, force: true });
});

const textDocument = { uri: uriOf('one/rules.betrace') };

async function ruleNames(): Promise<readonly string[]> {
  const found = await client.request<SymbolInformation[]>('workspace/symbol', { query: 'other' });
  return found.map(({ name }) => name);
}

it('who reads an attribute, whatever span it is read from', async () => {
  const { position } = atCursor(RULES.replace('c.span.tenant.id', 'c.span.ten‸ant.id'));
  const params = { textDocument, position, context: { includeDeclaration: true } };
  const readers = async (): Promise<readonly string[]> =>
    (await client.request<Location[]>('textDocument/references', params)).map(
      ({ uri, range: { start, end } }) =>
        `${uri.slice(uriOf('').length)} ${start.line}:${start.character}-${end.character}`,
    );
  // The other file may not have been read yet.
  await expect
    .poll(readers)
    .toEqual(['/one/rules.betrace 5:10-20', '/one/rules.betrace 5:26-40', '/one/lib/names.betrace 0:22-36']);
});

it('links to the files that a text names', async () => {
  const links = await client.request<DocumentLink[]>('textDocument/documentLink', { textDocument });
  expect(links.map(({ target }) => target)).toEqual([uriOf('one/lib/names.betrace'), uriOf('one/eu.txt')]);
});

it('a file or a folder that is renamed is renamed in every `use`', async () => {
  const moved = async (oldName: string, newName: string): Promise<string> => {
    const { changes } = await client.request<WorkspaceEdit>('workspace/willRenameFiles', {
      files: [{ oldUri: uriOf(oldName), newUri: uriOf(newName) }],
    });
    return applied(RULES, changes?.[textDocument.uri] ?? []).split('\n')[0]!;
  };
  expect(await moved('one/lib/names.betrace', 'one/lib/shared.betrace')).toBe('use "./lib/shared"');
  expect(await moved('one/lib', 'one/patterns')).toBe('use "./patterns/names"');
  expect(await moved('one/rules.betrace', 'one/deep/rules.betrace')).toBe('use "../lib/names"');
  expect(await moved('one', 'three')).toBe('use "./lib/names"');
});

it('colours are sent as differences', async () => {
  const first = await client.request<SemanticTokens>('textDocument/semanticTokens/full', { textDocument });
  await client.change(textDocument.uri, 2, [{ text: `${RULES}\nrule s { never { } }\n` }]);
  const { edits } = await client.request<SemanticTokensDelta>('textDocument/semanticTokens/full/delta', {
    textDocument,
    previousResultId: first.resultId,
  });
  const data = [...first.data];
  for (const { start, deleteCount, data: added = [] } of edits.toReversed())
    data.splice(start, deleteCount, ...added);
  expect(edits.flatMap(({ data: added = [] }) => added).length).toBeLessThan(first.data.length / 2);
  const all = await client.request<SemanticTokens>('textDocument/semanticTokens/full', { textDocument });
  expect(data).toEqual(all.data);
});

it('folders come and go', async () => {
  const change = async (event: object): Promise<void> =>
    await client.connection.sendNotification('workspace/didChangeWorkspaceFolders', { event });
  expect(await ruleNames()).toEqual([]);
  await change({ added: [folderOf('two')], removed: [] });
  await expect.poll(ruleNames).toEqual(['other']);
  await change({ added: [], removed: [folderOf('two')] });
  await expect.poll(ruleNames).toEqual([]);
});
