import { commands, window } from 'vscode';
import { NoServiceError } from './backend.js';

/** Says why something did not work, with a way on where there is one. */
export async function showError(error: unknown): Promise<void> {
  if (error instanceof Error && error.name === 'AbortError') return;
  const message = error instanceof Error ? causeText(error) : String(error);
  if (!(error instanceof NoServiceError)) {
    await window.showErrorMessage(`BeTrace: ${message}`);
    return;
  }
  const chosen = await window.showWarningMessage(`BeTrace: ${message}`, 'Open Settings');
  if (chosen !== undefined) await commands.executeCommand('workbench.action.openSettings', 'betrace');
}

/** `fetch` hides the reason behind "fetch failed". */
function causeText({ message, cause }: Error): string {
  return cause instanceof Error && cause.message !== '' ? `${message}: ${cause.message}` : message;
}
