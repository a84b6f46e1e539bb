import { type ConnectionOptions, LSPErrorCodes } from 'vscode-languageserver';

/** A request that is taken back while it waits for others is not worked on. */
export const CONNECTION_OPTIONS: ConnectionOptions = {
  connectionStrategy: {
    cancelUndispatched: ({ jsonrpc }) => ({
      jsonrpc,
      // Filled in by the connection.
      id: null,
      error: { code: LSPErrorCodes.RequestCancelled, message: 'cancelled' },
    }),
  },
};
