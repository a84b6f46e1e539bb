import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type {
  CodeAction,
  CompletionList,
  DocumentSymbol,
  FoldingRange,
  Hover,
  Location,
  SelectionRange,
  SemanticTokens,
  SignatureHelp,
  TextEdit,
  WorkspaceEdit,
  WorkspaceSymbol,
} from 'vscode-languageserver';
import { applied, atCursor, LspClient } from './client.js';

let folder: string;
let client: LspClient;
let documents = 0;
let open: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'betrace-lsp-'));
  await writeFile(join(folder, 'shared.betrace'), 'export let charge = { name = "pay" }\n');
  client = await LspClient.start({ workspaceFolders: [{ uri: pathToFileURL(folder).href, name: 'rules' }] });
});
afterEach(async () => {
  for (const uri of open) await client.close(uri);
  open = [];
});
afterAll(async () => {
  expect(await client.stop()).toBe(0);
  expect(client.errors).toEqual([]);
  await rm(folder, { recursive: true });
});

/** Opens a new document with the text, `‸` marking the cursor. */
async function opened(marked: string, name = `doc-${documents++}.betrace`) {
  const { text, position } = atCursor(marked.includes('‸') ? marked : `${marked}‸`);
  const uri = pathToFileURL(join(folder, name)).href;
  open.push(uri);
  await client.open(uri, text, name.endsWith('.md') ? 'markdown' : 'betrace');
  return { uri, text, position, at: { textDocument: { uri }, position } };
}

async function completions(marked: string): Promise<readonly string[]> {
  const { at } = await opened(marked);
  const { items } = await client.request<CompletionList>('textDocument/completion', at);
  return items.toSorted((a, b) => (a.sortText! < b.sortText! ? -1 : 1)).map(({ label }) => label);
}

describe('diagnostics', () => {
  it('come with code, range and a link, and go when the mistake is mended', async () => {
    const { uri } = await opened('rule r { severity = hihg always { name = "a" } }');
    const [found] = await client.diagnostics(uri, ({ length }) => length > 0);
    expect(found).toMatchObject({ code: 'BT2103', source: 'betrace', severity: 1 });
    expect(found!.range.start).toEqual({ line: 0, character: 20 });
    expect(found!.codeDescription?.href).toMatch(/engine\/language\/README\.md#diagnostics$/);
    await client.change(uri, 2, [
      { range: { start: { line: 0, character: 20 }, end: { line: 0, character: 24 } }, text: 'high' },
    ]);
    expect(await client.diagnostics(uri, (all, version) => version === 2 && all.length === 0)).toEqual([]);
  });

  it('of one broken rule leave the others alone', async () => {
    const { uri } = await opened(
      'rule a { when { name = } }\nrule b { always { name = "x" } before nosuch }',
    );
    const found = await client.diagnostics(uri, ({ length }) => length > 1);
    expect(found.map(({ range }) => range.start.line)).toContain(1);
  });

  it('follow what another file exports', async () => {
    const user = await opened('use "./exporter"\nrule user { never thing }', 'importer.betrace');
    await client.diagnostics(user.uri, (all) => all.length > 0);
    await opened('export let thing = { name = "t" }', 'exporter.betrace');
    expect(await client.diagnostics(user.uri, (all) => all.length === 0)).toEqual([]);
  });

  it('are found in the fences of Markdown, where they stand', async () => {
    const { uri } = await opened(
      '# Rules\n\n```betrace\nrule x { nver { } }\n```\n\n```sh\nrule y {\n```\n',
      'notes.md',
    );
    const found = await client.diagnostics(uri, ({ length }) => length > 0);
    expect(found.map(({ range }) => range.start.line)).toEqual(found.map(() => 3));
  });

  it('can be pulled too', async () => {
    const { uri } = await opened('rule r { }');
    const report = await client.request<{
      kind: string;
      items: readonly { code: string }[];
      resultId: string;
    }>('textDocument/diagnostic', {
      textDocument: { uri },
    });
    expect(report.items.map(({ code }) => code)).toEqual(['BT2301']);
    const again = await client.request<{ kind: string }>('textDocument/diagnostic', {
      textDocument: { uri },
      previousResultId: report.resultId,
    });
    expect(again.kind).toBe('unchanged');
  });
});

describe('quick fixes', () => {
  it('mend the text', async () => {
    const { uri, text } = await opened('rule r { severity = hihg never { span.a = 1 } }');
    await client.diagnostics(uri, ({ length }) => length > 0);
    const actions = await client.request<CodeAction[]>('textDocument/codeAction', {
      textDocument: { uri },
      range: { start: { line: 0, character: 21 }, end: { line: 0, character: 21 } },
      context: { diagnostics: [], only: ['quickfix'] },
    });
    const [fix] = actions;
    expect(fix!.title).toBe('Change to `high`');
    expect(applied(text, fix!.edit!.changes![uri]!)).toContain('severity = high never');
  });

  it('can be applied all at once', async () => {
    const { uri, text } = await opened('rule r { severity = hihg ennabled = true never { span.a = 1 } }');
    const actions = await client.request<CodeAction[]>('textDocument/codeAction', {
      textDocument: { uri },
      range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
      context: { diagnostics: [], only: ['source.fixAll'] },
    });
    expect(applied(text, actions[0]!.edit!.changes![uri]!)).toContain('severity = high enabled = true');
  });
});

describe('completion', () => {
  it('offers items and whole rules at the top', async () => {
    const found = await completions('‸');
    expect(found).toEqual(
      expect.arrayContaining(['rule', 'let', 'use', 'test', 'rule: A before B', 'rule: same tenant']),
    );
  });

  it('offers settings and clauses in a rule, and no setting after a clause', async () => {
    expect(await completions('rule r {\n  ‸')).toEqual(
      expect.arrayContaining(['severity', 'summary', 'when', 'always', 'never']),
    );
    const late = await completions('rule r { never { }\n  ‸');
    expect(late).toContain('always');
    expect(late).not.toContain('severity');
  });

  it('offers the values of a setting', async () => {
    expect(await completions('rule r { severity = ‸')).toEqual(expect.arrayContaining(['critical', 'info']));
  });

  it('offers patterns and bound spans by name, also from used files', async () => {
    const found = await completions('use "./shared"\nlet own = { }\nrule r { when own as c always ‸ }');
    expect(found).toEqual(expect.arrayContaining(['own', 'charge', 'c', 'count', 'not']));
  });

  it('offers the fields of a bound span after its dot, with the whole word replaced', async () => {
    const { at } = await opened('rule r { when { } as c always c.dur‸ation > 1s }');
    const { items } = await client.request<CompletionList>('textDocument/completion', at);
    const item = items.find(({ label }) => label === 'c.duration');
    expect(item?.textEdit).toMatchObject({ range: { start: { character: 30 }, end: { character: 40 } } });
    expect(items.map(({ label }) => label)).toContain('c.start');
  });

  it('offers the relations after a pattern', async () => {
    const found = await completions('rule r { when { } as c always { name = "a" } ‸');
    expect(found).toEqual(expect.arrayContaining(['before', 'after', 'starts before', 'within'].slice(0, 3)));
  });

  it('offers the words of rules over many traces', async () => {
    expect(await completions('rule r {\n  over 5m ‸')).toContain('every');
    const sides = ['({ } | rate() by (span.a, span.b)) / ', ' ({ } | rate() by (span.a)) > 1'];
    const matching = await completions(`rule r { over 5m never ${sides[0]}‸`);
    expect(matching).toEqual(expect.arrayContaining(['on', 'ignoring']));
  });

  it('offers statuses where a status is compared, and nothing in a comment', async () => {
    expect((await completions('rule r { never { status = ‸ } }')).slice(0, 3).sort()).toEqual([
      'error',
      'ok',
      'unset',
    ]);
    expect(await completions('// rule ‸')).toEqual([]);
  });

  it('offers rule ids for tests and files for use', async () => {
    expect(await completions('rule my-rule { never { } }\ntest "t" of ‸')).toContain('my-rule');
    expect(await completions('use "‸')).toContain('"./shared"');
  });

  it('inserts a rule that has no mistakes', async () => {
    const { at } = await opened('‸');
    const { items } = await client.request<CompletionList>('textDocument/completion', at);
    for (const { label, textEdit } of items.filter(({ kind }) => kind === 15)) {
      const text = textEdit!.newText
        .replace(/\$\{\d+\|([^,|]*)[^}]*\}/g, '$1')
        .replace(/\$\{\d+:([^}]*)\}/g, '$1')
        .replace(/\$\{?\d+\}?/g, '');
      const whole = label.startsWith('test')
        ? `rule rule-id { never { } }\n${text}`
        : label.startsWith('let')
          ? `${text}rule r { never pattern-name }`
          : text;
      const { uri } = await opened(whole);
      const report = await client.request<{ items: { severity: number; message: string }[] }>(
        'textDocument/diagnostic',
        { textDocument: { uri } },
      );
      expect(
        report.items.filter(({ severity }) => severity === 1),
        label,
      ).toEqual([]);
      await client.close(uri);
    }
  });
});

describe('hover', () => {
  it.each([
    ['rule r { wh‸en { } never { } }', 'Where the rule applies'],
    ['rule r { never { dur‸ation > 1s } }', 'End minus start'],
    ['rule r { when { } as c always { } starts bef‸ore c }', 'A starts earlier than B starts'],
    ['rule r { never { } >‸> { } }', 'descendant'],
    ['rule r { sev‸erity = high never { } }', 'How bad a violation is'],
    ['let a = { name = "x" }\nrule r { never a‸ }', 'let a = { name = "x" }'],
    ['rule r { when { name = "y" } as c never { span.a = c‸.span.b } }', '{ name = "y" } as c'],
    ['rule r { never { span.some.ke‸y = 1 } }', 'an attribute of scope span'],
  ])('explains %s', async (marked, expected) => {
    const { at } = await opened(marked);
    const hover = await client.request<Hover>('textDocument/hover', at);
    expect(hover.contents).toMatchObject({ kind: 'markdown', value: expect.stringContaining(expected) });
  });
});

describe('navigation', () => {
  it('goes to the definition of a pattern in another file, and to the file of a use', async () => {
    const named = await opened('use "./shared"\nrule r { never cha‸rge }');
    const [place] = await client.request<Location[]>('textDocument/definition', named.at);
    expect(place).toMatchObject({
      uri: expect.stringMatching(/shared\.betrace$/),
      range: { start: { line: 0, character: 11 } },
    });
    const used = await opened('use "./sha‸red"');
    const [file] = await client.request<Location[]>('textDocument/definition', used.at);
    expect(file!.uri).toMatch(/shared\.betrace$/);
  });

  it('finds every mention of a bound span in its rule, and none in another', async () => {
    const { at } = await opened(
      'rule a { when { } as c‸ always { span.x = c.span.x } before c }\nrule b { when { } as c always { } before c }',
    );
    const places = await client.request<Location[]>('textDocument/references', {
      ...at,
      context: { includeDeclaration: true },
    });
    expect(places.map(({ range }) => [range.start.line, range.start.character])).toEqual([
      [0, 21],
      [0, 41],
      [0, 59],
    ]);
    const highlights = await client.request<unknown[]>('textDocument/documentHighlight', at);
    expect(highlights).toHaveLength(3);
    const linked = await client.request<{ ranges: unknown[] }>('textDocument/linkedEditingRange', at);
    expect(linked.ranges).toHaveLength(3);
  });

  it('renames across files, and refuses a name that means something', async () => {
    const exporter = await opened('export let old = { }', 'renamed.betrace');
    const user = await opened('use "./renamed"\nrule uses-old { never o‸ld }');
    const edit = await client.request<WorkspaceEdit>('textDocument/rename', { ...user.at, newName: 'fresh' });
    expect(applied(user.text, edit.changes![user.uri]!)).toContain('never fresh');
    expect(applied(exporter.text, edit.changes![exporter.uri]!)).toBe('export let fresh = { }');
    await expect(client.request('textDocument/rename', { ...user.at, newName: 'before' })).rejects.toThrow(
      /cannot be a name/,
    );
  });

  it('lists symbols of a document and of the workspace', async () => {
    const { uri } = await opened(
      'rule find-me { summary = "s" when { } always { } }\ntest "t" of find-me { expect pass }',
    );
    const symbols = await client.request<DocumentSymbol[]>('textDocument/documentSymbol', {
      textDocument: { uri },
    });
    expect(symbols.map(({ name, children }) => [name, children!.map((child) => child.name)])).toEqual([
      ['find-me', ['when', 'always']],
      ['t', []],
    ]);
    const all = await client.request<WorkspaceSymbol[]>('workspace/symbol', { query: 'fndme' });
    expect(all.map(({ name }) => name)).toEqual(['find-me']);
  });
});

describe('structure', () => {
  it('folds rules and comments', async () => {
    const { uri } = await opened('// one\n// two\nrule r {\n  never {\n  }\n}\n');
    const folds = await client.request<FoldingRange[]>('textDocument/foldingRange', {
      textDocument: { uri },
    });
    expect(folds.map(({ startLine, endLine }) => [startLine, endLine])).toEqual([
      [2, 4],
      [0, 1],
    ]);
  });

  it('selects from the inside out', async () => {
    const { uri, position } = await opened('rule r { never { name = "‸x" } }');
    const [selection] = await client.request<SelectionRange[]>('textDocument/selectionRange', {
      textDocument: { uri },
      positions: [position],
    });
    const widths: number[] = [];
    for (let outer: SelectionRange | undefined = selection; outer; outer = outer.parent)
      widths.push(outer.range.end.character - outer.range.start.character);
    expect(widths).toEqual([...widths].sort((a, b) => a - b));
    expect(widths.length).toBeGreaterThan(3);
  });

  it('colours every word', async () => {
    const { uri } = await opened('rule r { never { span.a = "x" } }');
    const { data } = await client.request<SemanticTokens>('textDocument/semanticTokens/full', {
      textDocument: { uri },
    });
    expect(data.length / 5).toBe(6);
  });

  it('colours the words of rules over many traces as keywords', async () => {
    const marked = `rule r {
over 5m
every 1m
never ({ } | rate() by (span.a, span.b)) /
on (span.a) ({ } | rate() by (span.a)) > 1
never ({ } | rate() by (span.a, span.b)) /
ignoring (span.b) ({ } | rate() by (span.a)) > 1
}`;
    const { uri } = await opened(marked);
    const { data } = await client.request<SemanticTokens>('textDocument/semanticTokens/full', {
      textDocument: { uri },
    });
    const firsts = new Map<number, number | undefined>();
    for (let n = 0, line = 0; n < data.length; n += 5) {
      line += data[n]!;
      if (!firsts.has(line)) firsts.set(line, data[n + 3]);
    }
    // `over` and `never` are keywords everywhere.
    expect([2, 4, 6].map((line) => firsts.get(line))).toEqual([1, 3, 5].map((line) => firsts.get(line)));
    expect(firsts.get(2)).toBe(0);
  });

  it('shows the arguments of the function at hand', async () => {
    const { at } = await opened('rule r { always sum({ name = "a" }, ‸) > 3 }');
    const help = await client.request<SignatureHelp>('textDocument/signatureHelp', at);
    expect(help).toMatchObject({ activeParameter: 1, signatures: [{ label: 'sum(pattern, field)' }] });
  });
});

describe('formatting', () => {
  const untidy = 'rule a {   never {name="x"}   }\nrule b{ never{ } }';

  it('lays out the whole text as `betrace fmt` does', async () => {
    const { uri, text } = await opened(untidy);
    const edits = await client.request<TextEdit[]>('textDocument/formatting', {
      textDocument: { uri },
      options: { tabSize: 2, insertSpaces: true },
    });
    expect(applied(text, edits)).toBe(
      'rule a {\n  never { name="x" }\n}\n\nrule b {\n  never { }\n}\n'.replace('name="x"', 'name = "x"'),
    );
  });

  it('lays out the range alone', async () => {
    const { uri, text } = await opened(untidy);
    const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 31 } };
    const edits = await client.request<TextEdit[]>('textDocument/rangeFormatting', {
      textDocument: { uri },
      range,
      options: { tabSize: 2, insertSpaces: true },
    });
    expect(applied(text, edits)).toContain('rule b{ never{ } }');
  });
});
