import { commands, window } from 'vscode';
import { NoServiceError, UntrustedError } from './backend.js';

/** Says why something did not work, with a way on where there is one. */
export async function showError(error: unknown): Promise<void> {
  if (error instanceof Error && error.name === 'AbortError') return;
  const message = error instanceof Error ? causeText(error) : String(error);
  const ways = waysOn(error);
  if (ways.length === 0) {
    await window.showErrorMessage(`BeTrace: ${message}`);
    return;
  }
  const title = await window.showWarningMessage(`BeTrace: ${message}`, ...ways.map((way) => way.title));
  const chosen = ways.find((way) => way.title === title);
  if (chosen !== undefined) await commands.executeCommand(chosen.command, ...chosen.args);
}

/** A setting is not there that is needed; the message says what for. */
export class NoSettingError extends Error {
  constructor(
    readonly setting: string,
    purpose: string,
  ) {
    super(`Set ${setting} ${purpose}.`);
  }
}

interface WayOn {
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
}

function waysOn(error: unknown): readonly WayOn[] {
  if (error instanceof NoServiceError)
    return [
      { title: 'Open Settings', command: 'workbench.action.openSettings', args: ['betrace'] },
      { title: 'Try It on Example Traces', command: 'betrace.openSample', args: [] },
    ];
  if (error instanceof NoSettingError)
    return [{ title: 'Open Settings', command: 'workbench.action.openSettings', args: [error.setting] }];
  if (error instanceof UntrustedError)
    return [{ title: 'Manage Workspace Trust', command: 'workbench.trust.manage', args: [] }];
  return [];
}

/** `fetch` hides the reason behind "fetch failed". */
function causeText({ message, cause }: Error): string {
  return cause instanceof Error && cause.message !== '' ? `${message}: ${cause.message}` : message;
}
