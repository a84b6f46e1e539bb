import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { MAIN } from '../support/command.js';

const DOCUMENT = { uri: 'file:///p/early.betrace', languageId: 'betrace', version: 1, text: 'rule r {' };

it('a session is what is between `initialize` and `shutdown`', async () => {
  const child = spawn(process.execPath, [MAIN, 'lsp', '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.listen();
  const symbols = () =>
    connection.sendRequest('textDocument/documentSymbol', { textDocument: { uri: DOCUMENT.uri } });
  const open = () => connection.sendNotification('textDocument/didOpen', { textDocument: DOCUMENT });

  await open();
  await expect(symbols()).rejects.toMatchObject({ code: -32002 });
  await expect(connection.sendRequest('shutdown')).rejects.toMatchObject({ code: -32002 });

  await connection.sendRequest('initialize', { processId: null, rootUri: null, capabilities: {} });
  await connection.sendNotification('initialized', {});
  // What was opened before is not there.
  expect(await symbols()).toEqual([]);
  await open();
  expect(await symbols()).toMatchObject([{ name: 'r' }]);

  await connection.sendRequest('shutdown');
  await expect(symbols()).rejects.toMatchObject({ code: -32600 });
  await connection.sendNotification('exit');
  expect(await ended).toEqual([0, null]);
});
