/** The server in a worker of a browser; what is in files, the client reads for it. */
import {
  BrowserMessageReader,
  BrowserMessageWriter,
  createConnection,
  ProposedFeatures,
} from 'vscode-languageserver/browser';
import { clientHost } from './client-host.js';
import { connectionOptions } from './connection-options.js';
import { serve } from './server.js';

type Port = ConstructorParameters<typeof BrowserMessageReader>[0];

const port = globalThis as unknown as Port;
const connection = createConnection(
  ProposedFeatures.all,
  new BrowserMessageReader(port),
  new BrowserMessageWriter(port),
  connectionOptions(),
);
serve(connection, clientHost(connection));
