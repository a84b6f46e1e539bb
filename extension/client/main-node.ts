/** The extension in VS Code on a desktop or a remote machine. */
import { type ExtensionContext, workspace } from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import { processes } from '../processes/processes.js';
import { startExtension, stopExtension } from './extension.js';

export async function activate(context: ExtensionContext): Promise<void> {
  await startExtension(context, {
    createClient: (options) => {
      const program = workspace.isTrusted
        ? workspace.getConfiguration('betrace').get('path', 'betrace')
        : 'betrace';
      const { version } = context.extension.packageJSON as { readonly version: string };
      const server = {
        module: context.asAbsolutePath('out/server.cjs'),
        transport: TransportKind.ipc,
        args: [version, JSON.stringify([program])],
      };
      return new LanguageClient('betrace', 'BeTrace', server, options);
    },
    processes,
  });
}

export async function deactivate(): Promise<void> {
  await stopExtension();
}
