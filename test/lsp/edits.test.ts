import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { EMPTY_CATALOGUE } from '../../lsp/catalogue/catalogue.js';
import { completionsAt } from '../../lsp/features/completion/complete.js';
import { foldsOf } from '../../lsp/features/folding.js';
import { hoverAt } from '../../lsp/features/hover.js';
import { layoutEdits } from '../../lsp/features/layout-edits.js';
import { outlineOf } from '../../lsp/features/outline.js';
import { selectionsAt } from '../../lsp/features/selection.js';
import { semanticTokens } from '../../lsp/features/semantic-tokens.js';
import { signatureAt } from '../../lsp/features/signature.js';
import { KnownResults } from '../../lsp/results/known-results.js';
import { Analysis } from '../../lsp/workspace/analysis.js';
import { Documents } from '../../lsp/workspace/documents.js';
import { runs } from '../support/runs.js';
import { aPartOf, aPlace, MARKS } from './arbitrary-edit.js';
import { LspClient } from './client.js';

const shop = fileURLToPath(new URL('../../queries/shop', import.meta.url));
const texts = new Map(
  readdirSync(shop)
    .filter((name) => name.endsWith('.betrace'))
    .map((name) => [`file:///shop/${name}`, readFileSync(join(shop, name), 'utf8')]),
);
const uris = [...texts.keys()];

/** Pieces that make and break syntax; what is inserted is one of them, or a part of another file. */
const PIECES = [
  ...MARKS,
  '|',
  '&&',
  '.',
  'span.',
  'c.',
  'rule x {',
  'let a = ',
  'when ',
  'never ',
  '\n',
  ' ',
  '😀',
  '\r\n',
  'over 5m',
  ', ',
  '= ',
  'as c',
];

const FACTS = { catalogue: EMPTY_CATALOGUE, results: new KnownResults() };

interface Edit {
  readonly uri: string;
  /** Shares of the text's length. */
  readonly from: number;
  readonly size: number;
  readonly text: string;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  uri: fc.constantFrom(...uris),
  from: aPlace,
  size: fc.nat(40),
  text: fc.oneof(fc.constantFrom(...PIECES), fc.constant(''), aPartOf([...texts.values()], 30)),
});

function positionsOf({ from, size }: Edit, document: TextDocument) {
  const length = document.getText().length;
  const start = Math.floor(from * length);
  return { start: document.positionAt(start), end: document.positionAt(Math.min(length, start + size)) };
}

it('answers everything after any edit, and as if the text had been read anew', () => {
  const edits = fc.sample(edit, { numRuns: runs(2500), seed: 5 });
  const analysis = new Analysis();
  const documents = new Documents(analysis);
  for (const [uri, text] of texts) documents.setOpen(TextDocument.create(uri, 'betrace', 0, text));
  for (const [n, change] of edits.entries()) {
    // Now and then from the start, or the text would end as rubble that every edit leaves rubble.
    const old =
      n % 40 === 0
        ? TextDocument.create(change.uri, 'betrace', n, texts.get(change.uri)!)
        : documents.documentOf(change.uri)!;
    const document = TextDocument.update(
      old,
      [{ range: positionsOf(change, old), text: change.text }],
      n + 1,
    );
    documents.setOpen(document);
    const [view] = documents.viewsOf(change.uri);
    const { path, text } = view!;
    const offset = Math.floor(change.from * text.length);
    completionsAt(analysis, path, text, offset, EMPTY_CATALOGUE);
    if (n % 10 !== 0) continue;
    const file = analysis.syntaxOf(path)!.file;
    hoverAt(analysis, path, text, offset, FACTS);
    signatureAt(text, offset);
    layoutEdits(text);
    foldsOf(file);
    outlineOf(file.items);
    selectionsAt(file, offset);
    const tokens = semanticTokens(analysis, path, text);
    for (const [index, token] of tokens.entries())
      expect(token.start).toBeGreaterThanOrEqual(tokens[index - 1]?.end ?? 0);
    if (n % 250 === 0) expectAsFresh(analysis);
  }
  expectAsFresh(analysis);
});

/** What was kept over edits is what is found without anything to keep. */
function expectAsFresh(analysis: Analysis): void {
  const fresh = new Analysis();
  for (const path of analysis.paths) fresh.setText(path, analysis.syntaxOf(path)!.text);
  for (const path of analysis.paths) expect(analysis.diagnosticsOf(path)).toEqual(fresh.diagnosticsOf(path));
  const [kept, anew] = [analysis.workspace, fresh.workspace];
  expect(kept.rules).toEqual(anew.rules);
  expect(kept.tests).toEqual(anew.tests);
}

it('keeps in step with a client that sends its edits one by one', async () => {
  const client = await LspClient.start();
  const uri = uris[0]!;
  let document = TextDocument.create(uri, 'betrace', 1, texts.get(uri)!);
  await client.open(uri, document.getText());
  for (const [n, next] of fc.sample(edit, { numRuns: 300, seed: 9 }).entries()) {
    const change = { range: positionsOf(next, document), text: next.text };
    document = TextDocument.update(document, [change], n + 2);
    await client.change(uri, n + 2, [change]);
  }
  const fresh = new Analysis();
  fresh.setText('/shop', document.getText());
  const messages = async () => {
    const report = await client.request<{ items: { message: string }[] }>('textDocument/diagnostic', {
      textDocument: { uri },
    });
    return report.items.map(({ message }) => message);
  };
  // What is wrong where the last edit was is reported a moment later.
  await expect.poll(messages).toEqual(fresh.diagnosticsOf('/shop').map(({ message }) => message));
  expect(await client.stop()).toBe(0);
});
