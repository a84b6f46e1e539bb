import {
  Position,
  Range,
  type TextDocument,
  type Uri,
  ViewColumn,
  WorkspaceEdit,
  window,
  workspace,
} from 'vscode';
import type { Explanation } from '../service/answers.js';
import type { FoundViolation } from '../service/judged.js';
import type { Span } from '../service/trace.js';
import { spansForTest } from '../tests/evidence-spans.js';
import { testText } from '../tests/write-test.js';
import { itemsOf } from './items.js';
import type { Parts } from './parts.js';

interface Violated {
  readonly uri: Uri;
  readonly rule: string;
  readonly found: FoundViolation;
}

/** Writes the trace as a test behind the rule and its other tests, and shows it. */
export async function makeTest(
  parts: Parts,
  violated: Violated,
  traceId: string,
  spans: readonly Span[],
): Promise<void> {
  const { uri, rule, found } = violated;
  const document = await workspace.openTextDocument(uri);
  const evidence = new Set(found.evidence.map(({ spanId }) => spanId));
  const text = testText({
    title: `as in trace ${traceId.slice(0, 8)}`,
    rule,
    expectation: `violation of ${found.clause}`,
    spans: spansForTest(spans, evidence),
    keep: keeping(await explanationOf(parts, document, rule)),
  });
  const own = (await itemsOf(uri)).filter((item) => (item.kind === 'rule' ? item.name : item.rule) === rule);
  const last = own.at(-1)?.range.end ?? document.lineAt(document.lineCount - 1).range.end;
  const line = document.lineAt(last.line).range.end;
  const edit = new WorkspaceEdit();
  edit.insert(uri, line, `\n\n${text.trimEnd()}`);
  if (!(await workspace.applyEdit(edit))) throw new Error('the file could not be changed');
  const start = new Position(line.line + 2, 0);
  const shown = window.visibleTextEditors.find((editor) => editor.document === document);
  await window.showTextDocument(document, {
    viewColumn: shown?.viewColumn ?? ViewColumn.One,
    selection: new Range(start, start),
  });
}

async function explanationOf(
  parts: Parts,
  document: TextDocument,
  rule: string,
): Promise<Explanation | undefined> {
  try {
    const { signal } = new AbortController();
    const service = await parts.backend.service(signal);
    const { uri } = document;
    const text = (await parts.language.selfContained(uri.toString())) ?? document.getText();
    return (await service.explain(text, uri.fsPath, signal)).find(({ id }) => id === rule);
  } catch {
    return undefined; // then all attributes are kept
  }
}

/** What the rule reads is kept, the rest would only hide it. */
function keeping(explained: Explanation | undefined): ((scope: string, key: string) => boolean) | undefined {
  if (explained === undefined) return undefined;
  const read = new Set(explained.attributes.map(({ scope, key }) => `${scope}.${key}`));
  return (scope, key) => read.has(`${scope}.${key}`) || read.has(`any.${key}`);
}
