import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { nodeHost } from './node-host.js';
import { serve } from './server.js';

/** Serves one client over standard input and output. The process ends with the client. */
export async function serveStdio(version: string, reference?: string): Promise<void> {
  const connection = createConnection(ProposedFeatures.all, process.stdin, process.stdout);
  serve(connection, nodeHost(version, reference));
  await new Promise<void>((resolve) => {
    connection.onExit(() => resolve());
    process.stdin.once('close', () => resolve());
  });
}
