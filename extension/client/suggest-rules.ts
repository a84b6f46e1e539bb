import { window, workspace } from 'vscode';
import { windowBack } from '../service/window.js';
import type { Parts } from './parts.js';
import { withProgress } from './progress.js';
import { settings } from './settings.js';

/** Asks the service for what stored traces nearly always keep, and shows it as a new file of rules with tests. */
export async function suggestRules(parts: Parts): Promise<void> {
  const service = await window.showInputBox({
    title: 'Suggest rules from stored traces',
    prompt: 'Only rules about spans of this service; empty for all',
  });
  if (service === undefined) return;
  const asked = windowBack(settings().range, Date.now());
  const found = await withProgress('Looking for what stored traces keep', async (_, signal) => {
    const backend = await parts.backend.service(signal);
    const name = service.trim();
    return await backend.discover({ ...asked, ...(name === '' ? {} : { service: name }) }, signal);
  });
  if (found === undefined) return;
  if (found.rules.length === 0) {
    void window.showInformationMessage('Stored traces show no invariant that has not been written down.');
    return;
  }
  const document = await workspace.openTextDocument({ language: 'betrace', content: found.file });
  await window.showTextDocument(document);
}
