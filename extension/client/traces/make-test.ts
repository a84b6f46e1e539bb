import { type TextDocument, type Uri, workspace } from 'vscode';
import type { Explanation } from '../../service/answers.js';
import type { FoundViolation } from '../../service/judged.js';
import { boundsOf, type Span } from '../../service/trace.js';
import { spansForTest } from '../../tests/evidence-spans.js';
import { testText } from '../../tests/write-test.js';
import { itemsOf } from '../items.js';
import type { Parts } from '../parts.js';
import { appendText } from './append-text.js';
import { minimised } from './minimise.js';

interface Violated {
  readonly uri: Uri;
  readonly rule: string;
  readonly found: FoundViolation;
}

/** Writes what a violation needs of its traces as a test behind the rule and its other tests, and shows it. */
export async function makeTest(
  parts: Parts,
  { uri, rule, found }: Violated,
  traces: readonly { readonly traceId: string; readonly spans: readonly Span[] }[],
): Promise<void> {
  const document = await workspace.openTextDocument(uri);
  const evidence = new Set(found.evidence.map(({ spanId }) => spanId));
  const inTime = traces.toSorted((a, b) => (boundsOf(a.spans).start < boundsOf(b.spans).start ? -1 : 1));
  // Nothing else has this title, so that the program takes no other test for it.
  const unique = crypto.randomUUID();
  const whole = testText({
    title: unique,
    rule,
    expectation: `violation of ${found.clause}`,
    traces: inTime.map(({ spans }) => spansForTest(spans, evidence)),
    keep: keeping(await explanationOf(parts, document, rule)),
  });
  const small = await minimised(parts, document, { title: unique, rule, text: whole });
  const text = small.replace(unique, `as in trace ${(traces[0]?.traceId ?? '').slice(0, 8)}`);
  const own = (await itemsOf(uri)).filter((item) => (item.kind === 'rule' ? item.name : item.rule) === rule);
  await appendText(document, own.at(-1)?.range.end.line ?? document.lineCount - 1, text);
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
