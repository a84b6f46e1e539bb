import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  CodeAction,
  CompletionList,
  Diagnostic,
  Hover,
  Location,
  SelectionRange,
  SemanticTokens,
  TextEdit,
  WorkspaceEdit,
} from 'vscode-languageserver';
import { applied, atCursor, LspClient } from './client.js';

const RULES = 'file:///queries/rules.betrace';
const TEXT = 'rule double-charge { summary = "Charged once" never { name = "pay" } }\n';
let client: LspClient;
let documents = 0;
beforeAll(async () => {
  client = await LspClient.start();
  await client.open(RULES, TEXT);
});
afterAll(() => client.stop());

/** In a file of TraceQL, and in a fence of Markdown. */
const PLACES = [
  ['a file', 'traceql', (query: string) => query, 0],
  ['a fence', 'md', (query: string) => `# Notes\n\n\`\`\`traceql\n${query}\n\`\`\`\n`, 3],
] as const;

describe.each(PLACES)('TraceQL in %s', (_, extension, wrapped, line) => {
  async function opened(marked: string) {
    const { text, position } = atCursor(wrapped(marked.includes('‸') ? marked : `${marked}‸`));
    const uri = `file:///queries/q${documents++}.${extension}`;
    await client.open(uri, text, extension === 'md' ? 'markdown' : 'traceql');
    return { uri, text, at: { textDocument: { uri }, position } };
  }
  async function labels(marked: string): Promise<readonly string[]> {
    const { at } = await opened(marked);
    const { items } = await client.request<CompletionList>('textDocument/completion', at);
    return items.map((item) => item.label);
  }

  it('has mistakes, with fixes', async () => {
    const { uri, text } = await opened('{ nme = "x" }');
    const { items } = await client.request<{ items: Diagnostic[] }>('textDocument/diagnostic', {
      textDocument: { uri },
    });
    expect(items.map(({ range }) => range.start)).toEqual([{ line, character: 2 }]);
    const [fix] = await client.request<CodeAction[]>('textDocument/codeAction', {
      textDocument: { uri },
      range: items[0]!.range,
      context: { diagnostics: [] },
    });
    expect(applied(text, fix!.edit!.changes![uri]!)).toContain('{ name = "x" }');
  });

  it('is completed: fields, stages, rules by their id, spans that a rule binds', async () => {
    expect(await labels('{ dur‸ }')).toContain('duration');
    expect(await labels('{ } | ‸')).toEqual(expect.arrayContaining(['rate', 'by', 'count']));
    expect(await labels('violations of ‸')).toEqual(['double-charge']);
    expect(await labels('when { } as c never { span.a = c.‸ }')).toContain('c.duration');
  });

  it('says what its words and names mean', async () => {
    for (const [marked, expected] of [
      ['{ } | ra‸te()', 'per second'],
      ['violations of double-‸charge', 'Charged once'],
      ['when { name = "a" } as c never { span.a = c‸.span.b }', '{ name = "a" } as c'],
    ] as const) {
      const { contents } = await client.request<Hover>('textDocument/hover', (await opened(marked)).at);
      expect((contents as { value: string }).value).toContain(expected);
    }
  });

  it('leads from a rule to its place, and back', async () => {
    const { uri, at } = await opened('violations of double-‸charge');
    const [place] = await client.request<Location[]>('textDocument/definition', at);
    expect(place).toMatchObject({ uri: RULES, range: { start: { line: 0, character: 5 } } });
    const mentions = await client.request<Location[]>('textDocument/references', {
      textDocument: { uri: RULES },
      position: place!.range.start,
      context: { includeDeclaration: false },
    });
    expect(mentions.map((mention) => mention.uri)).toContain(uri);
    const edit = await client.request<WorkspaceEdit>('textDocument/rename', {
      ...at,
      newName: 'charged-once',
    });
    expect(Object.keys(edit.changes!)).toEqual(expect.arrayContaining([uri, RULES]));
  });

  it('has colours, and is selected from the inside out', async () => {
    const { at } = await opened('{ name = "‸x" } | rate()');
    const { data } = await client.request<SemanticTokens>('textDocument/semanticTokens/full', at);
    expect(data.length / 5).toBeGreaterThan(4);
    const [selection] = await client.request<SelectionRange[]>('textDocument/selectionRange', {
      ...at,
      positions: [at.position],
    });
    expect(selection!.parent?.parent).toBeDefined();
  });
});

it('lays out a file of TraceQL, clause by clause where it is a rule', async () => {
  const uri = 'file:///queries/untidy.traceql';
  const text = '// a question\nwhen   {name="a"} as c   never{ name = "b" }   before c\n';
  await client.open(uri, text, 'traceql');
  const edits = await client.request<TextEdit[]>('textDocument/formatting', {
    textDocument: { uri },
    options: { tabSize: 2, insertSpaces: true },
  });
  const tidy = '// a question\nwhen { name = "a" } as c\nnever { name = "b" } before c\n';
  expect(applied(text, edits)).toBe(tidy);
});
