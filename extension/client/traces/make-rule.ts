import { type QuickPickItem, window, workspace } from 'vscode';
import type { Span } from '../../service/trace.js';
import { type RuleChoice, ruleChoices, ruleFileText } from '../../tests/write-rule.js';
import type { SpanPlace } from '../../views/view-data.js';
import { ruleIds } from '../items.js';
import { lastEditor } from '../last-editor.js';
import { appendText } from './append-text.js';

interface ShownTrace {
  readonly traceId: string;
  readonly spans: readonly Span[];
}

/** Writes a rule that the chosen spans keep, with a test that passes and one that violates it, where rules were edited last. */
export async function makeRule({ traceId, spans }: ShownTrace, places: readonly SpanPlace[]): Promise<void> {
  const ids = new Set(places.filter((place) => place.traceId === traceId).map(({ spanId }) => spanId));
  const choices = ruleChoices(
    spans,
    spans.filter(({ spanId }) => ids.has(spanId)),
  );
  const choice = choices.length === 1 ? choices[0] : await pick(choices);
  if (choice === undefined) return;
  const editor = lastEditor();
  const document =
    editor?.document.languageId === 'betrace'
      ? editor.document
      : await workspace.openTextDocument({ language: 'betrace', content: '' });
  const taken = await ruleIds();
  const text = ruleFileText(choice, { spans, traceId, taken });
  await appendText(document, document.lineCount - 1, text);
}

async function pick(choices: readonly RuleChoice[]): Promise<RuleChoice | undefined> {
  const items = choices.map((choice): QuickPickItem & { readonly choice: RuleChoice } => ({
    label: `When there is ${choice.trigger.name}`,
    detail: choice.clauses.map(({ text }) => text).join('; '),
    choice,
  }));
  return (await window.showQuickPick(items, { title: 'What is the rule about?' }))?.choice;
}
