import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { connectionOptions } from './connection-options.js';
import { type NodeHostOptions, nodeHost } from './node-host.js';
import { serve } from './server.js';

/** Serves one client over standard input and output. The process ends with the client. */
export async function serveStdio(options: NodeHostOptions): Promise<void> {
  const connection = createConnection(
    ProposedFeatures.all,
    process.stdin,
    process.stdout,
    connectionOptions(),
  );
  serve(connection, nodeHost(options));
  await new Promise<void>((resolve) => {
    connection.onExit(() => resolve());
    process.stdin.once('close', () => resolve());
  });
}
