import { commands, type ExtensionContext, window, workspace } from 'vscode';
import { Backend } from './backend.js';
import { ClauseMarks } from './clause-marks.js';
import { registerCommands } from './commands.js';
import { LanguageService } from './language-service.js';
import { followEditors } from './last-editor.js';
import type { Platform } from './platform.js';
import { ReplayHistory } from './replay-history.js';
import { StatusBar } from './status-bar.js';
import { registerTests } from './test-explorer.js';
import { Views } from './views.js';

let running: { stop(): Promise<void> } | undefined;

/** Starts what the workspace may have; what it may not have without trust is added when trust is given. */
export async function startExtension(context: ExtensionContext, platform: Platform): Promise<void> {
  const output = window.createOutputChannel('BeTrace', { log: true });
  const status = new StatusBar();
  const backend = new Backend(context, platform, output, status);
  const language = new LanguageService(platform, backend, output, status);
  const views = new Views(context);
  const marks = new ClauseMarks(language);
  const history = new ReplayHistory();
  context.subscriptions.push(output, status, backend, views, marks, followEditors());
  running = {
    stop: async () => {
      backend.dispose();
      await language.stop();
    },
  };
  registerCommands(context, platform, {
    ...{ backend, language, views, status, output, history, marks },
    processes: platform.processes,
  });
  registerTests(context, platform, language);
  const mayDo = async (): Promise<void> => {
    const { isTrusted } = workspace;
    await commands.executeCommand('setContext', 'betrace.canAsk', isTrusted);
    await commands.executeCommand(
      'setContext',
      'betrace.canTest',
      isTrusted && platform.processes !== undefined,
    );
  };
  await mayDo();
  context.subscriptions.push(
    workspace.onDidGrantWorkspaceTrust(async () => {
      await mayDo();
      await language.restart();
    }),
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('betrace')) backend.reset();
    }),
  );
  await language.start();
}

export async function stopExtension(): Promise<void> {
  await running?.stop();
  running = undefined;
}
