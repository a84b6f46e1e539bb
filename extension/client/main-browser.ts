/** The extension in VS Code for the Web: no processes, and the language server in a worker. */
import { type ExtensionContext, Uri } from 'vscode';
import { LanguageClient } from 'vscode-languageclient/browser';
import { answerFiles } from './answer-files.js';
import { startExtension, stopExtension } from './extension.js';

/** The one thing of a browser that is used here. */
declare const Worker: new (url: string) => ConstructorParameters<typeof LanguageClient>[2];

export async function activate(context: ExtensionContext): Promise<void> {
  const script = Uri.joinPath(context.extensionUri, 'out', 'web', 'server.js');
  await startExtension(context, {
    createClient: (options) => {
      const client = new LanguageClient('betrace', 'BeTrace', new Worker(script.toString(true)), options);
      answerFiles(client);
      return client;
    },
  });
}

export async function deactivate(): Promise<void> {
  await stopExtension();
}
