import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CompletionList, FileChangeType, type Hover, type WorkspaceEdit } from 'vscode-languageserver';
import { atCursor, LspClient } from './client.js';

let folder: string;
let client: LspClient;
let documents = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'betrace-lets-'));
  await writeFile(join(folder, 'eu.txt'), 'DE\nFR\n');
  client = await LspClient.start({ workspaceFolders: [{ uri: pathToFileURL(folder).href, name: 'rules' }] });
});
afterAll(async () => {
  expect(await client.stop()).toBe(0);
  expect(client.errors).toEqual([]);
  await rm(folder, { recursive: true });
});

async function opened(marked: string) {
  const { text, position } = atCursor(marked);
  const uri = pathToFileURL(join(folder, `doc-${documents++}.betrace`)).href;
  await client.open(uri, text);
  return { uri, at: { textDocument: { uri }, position } };
}

async function completions(marked: string): Promise<readonly string[]> {
  const { at } = await opened(marked);
  return (await client.request<CompletionList>('textDocument/completion', at)).items.map(
    ({ label }) => label,
  );
}

async function habove(marked: string): Promise<string> {
  const { at } = await opened(marked);
  const found = await client.request<Hover | null>('textDocument/hover', at);
  return JSON.stringify(found?.contents ?? null);
}

const OVER = 'let above(limit) = { name = "charge" && span.amount > limit }\n';

describe('completion', () => {
  it('offers lists behind in, and nowhere else', async () => {
    const list = 'let eu = ("DE", "FR")\n';
    expect(await completions(`${list}rule r { never { span.a in ‸ } }`)).toContain('eu');
    expect(await completions(`${list}rule r { never { span.a not in e‸ } }`)).toContain('eu');
    expect(await completions(`${list}rule r { never { ‸ } }`)).not.toContain('eu');
    expect(await completions(`${list}rule r { never ‸ }`)).not.toContain('eu');
  });

  it('offers parameters where their let has a value, and nowhere else', async () => {
    expect(await completions('let above(limit) = { span.amount > ‸ }')).toContain('limit');
    expect(await completions('let above(lim‸')).not.toContain('limit');
    expect(await completions(`${OVER}rule r { never { span.amount > ‸ } }`)).not.toContain('limit');
  });

  it('offers functions where a value is expected, and list from where a let begins', async () => {
    const functions = ['lower', 'length', 'hour', 'weekday', 'date'];
    expect(await completions('rule r { never { ‸ } }')).toEqual(expect.arrayContaining(functions));
    expect(await completions('rule r { when { } as c  always ‸ }')).toEqual(
      expect.arrayContaining(functions),
    );
    expect(await completions('rule r { ‸ }')).not.toContain('hour');
    expect(await completions('rule r { never { } | ‸ }')).not.toContain('hour');
    expect(await completions('let eu = ‸')).toContain('list from');
    expect(await completions('rule r { never ‸ }')).not.toContain('list from');
  });
});

describe('hover', () => {
  it('shows the pattern as it is filled in', async () => {
    const shown = await habove(`${OVER}rule r { never abo‸ve(1000) }`);
    expect(shown).toContain('span.amount > 1000');
    expect(shown).toContain('let above(limit) =');
  });

  it('shows the values of a list, and what a parameter is', async () => {
    expect(await habove('let eu = ("DE", "FR")\nrule r { never { span.a in e‸u } }')).toContain('2 values');
    expect(await habove('let above(limit) = { span.amount > lim‸it }')).toContain('parameter of `above`');
  });
});

it('renames a parameter in its let alone', async () => {
  const { uri, at } = await opened(`${OVER.replace('above(limit)', 'above(lim‸it)')}let limit = { }`);
  const { changes } = await client.request<WorkspaceEdit>('textDocument/rename', { ...at, newName: 'most' });
  expect(changes?.[uri]).toHaveLength(2);
});

it('reads the file of a list, and again when it changes', async () => {
  const rule = (path: string): string => `let it = list from "${path}"\nrule r { never { span.a in it } }‸`;
  const { uri } = await opened(rule('missing.txt'));
  const isMissing = ({ code }: { readonly code?: unknown }): boolean => code === 'BT2742';
  await client.diagnostics(uri, (found) => found.some(isMissing));
  const file = join(folder, 'missing.txt');
  await writeFile(file, 'DE\n');
  await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
    changes: [{ uri: pathToFileURL(file).href, type: FileChangeType.Created }],
  });
  await client.diagnostics(uri, (found) => !found.some(isMissing));
  const shown = await habove(rule('eu.txt').replace('in it', 'in i‸t').replace(/‸$/, ''));
  expect(shown).toContain('list from');
});
