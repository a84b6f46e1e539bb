import { type QuickPickItem, window, workspace } from 'vscode';
import type { Span } from '../../service/trace.js';
import { type RuleChoice, ruleChoices, ruleFileText } from '../../tests/write-rule.js';
import { ruleIds } from '../items.js';
import { lastEditor } from '../last-editor.js';
import { showError } from '../show-error.js';
import { appendText } from './append-text.js';

/** Writes a rule that the chosen spans keep, with a test that passes and one that violates it, where rules were edited last. */
export async function makeRule(traces: readonly (readonly Span[])[], chosen: readonly Span[]): Promise<void> {
  const choices = ruleChoices(traces, chosen);
  if (choices.length === 0) {
    await showError('These spans are of several traces, and no attribute and no link holds those together.');
    return;
  }
  const choice = choices.length === 1 ? choices[0] : await pick(choices);
  if (choice === undefined) return;
  const editor = lastEditor();
  const document =
    editor?.document.languageId === 'betrace'
      ? editor.document
      : await workspace.openTextDocument({ language: 'betrace', content: '' });
  const taken = await ruleIds();
  const text = ruleFileText(choice, traces, taken);
  await appendText(document, document.lineCount - 1, text);
}

async function pick(choices: readonly RuleChoice[]): Promise<RuleChoice | undefined> {
  const items = choices.map((choice): QuickPickItem & { readonly choice: RuleChoice } => ({
    label: `When there is ${choice.trigger.name}`,
    ...(choice.key === undefined ? {} : { description: choice.key.text }),
    detail: choice.clauses.map(({ text }) => text).join('; '),
    choice,
  }));
  return (await window.showQuickPick(items, { title: 'What is the rule about?' }))?.choice;
}
