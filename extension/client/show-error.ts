import { commands, window } from 'vscode';
import { NoServiceError, UntrustedError } from './backend.js';

/** Says why something did not work, with a way on where there is one. */
export async function showError(error: unknown): Promise<void> {
  if (error instanceof Error && error.name === 'AbortError') return;
  const message = error instanceof Error ? causeText(error) : String(error);
  const way = wayOn(error);
  if (way === undefined) {
    await window.showErrorMessage(`BeTrace: ${message}`);
    return;
  }
  const chosen = await window.showWarningMessage(`BeTrace: ${message}`, way.title);
  if (chosen !== undefined) await commands.executeCommand(way.command, ...way.args);
}

function wayOn(error: unknown): { title: string; command: string; args: readonly string[] } | undefined {
  if (error instanceof NoServiceError)
    return { title: 'Open Settings', command: 'workbench.action.openSettings', args: ['betrace'] };
  if (error instanceof UntrustedError)
    return { title: 'Manage Workspace Trust', command: 'workbench.trust.manage', args: [] };
  return undefined;
}

/** `fetch` hides the reason behind "fetch failed". */
function causeText({ message, cause }: Error): string {
  return cause instanceof Error && cause.message !== '' ? `${message}: ${cause.message}` : message;
}
