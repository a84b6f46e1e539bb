/** The language server as the extension of VS Code starts it, in a process of its own. Arguments: version, command of `betrace`. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { connectionOptions } from '../../lsp/server/connection-options.js';
import { nodeHost } from '../../lsp/server/node-host.js';
import { serve } from '../../lsp/server/server.js';
import { classOf } from '../explain/rule-class.js';

const [, , version = '', command = '[]'] = process.argv;
const connection = createConnection(ProposedFeatures.all, connectionOptions());
const betrace = JSON.parse(command) as readonly string[];
serve(connection, nodeHost({ version, command: betrace, ruleClass: (rule) => classOf(rule).why }));
