import { type ConnectionOptions, LSPErrorCodes } from 'vscode-languageserver';
import { lifecycle } from './lifecycle.js';

/** How a new connection is served. A request that is taken back while it waits for others is not worked on. */
export function connectionOptions(): ConnectionOptions {
  return {
    connectionStrategy: {
      cancelUndispatched: ({ jsonrpc }) => ({
        jsonrpc,
        // Filled in by the connection.
        id: null,
        error: { code: LSPErrorCodes.RequestCancelled, message: 'cancelled' },
      }),
    },
    messageStrategy: lifecycle(),
  };
}
