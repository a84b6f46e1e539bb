/** The server as the extension of VS Code starts it, in a process of its own. Arguments: version, command of `betrace schema`. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { nodeHost } from './node-host.js';
import { serve } from './server.js';

const [, , version = '', command = '[]'] = process.argv;
const connection = createConnection(ProposedFeatures.all);
serve(connection, nodeHost({ version, schemaCommand: JSON.parse(command) as readonly string[] }));
