import { Uri, workspace } from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';

const MOST_FILES = 5000;
const MOST_BYTES = 4 * 1024 * 1024;

/** Reads files for a server that cannot. */
export function answerFiles(client: BaseLanguageClient): void {
  client.onRequest('betrace/ruleFiles', async () =>
    (await workspace.findFiles('**/*.betrace', '**/node_modules/**', MOST_FILES)).map((uri) =>
      uri.toString(),
    ),
  );
  client.onRequest('betrace/readFile', async (uri: string) => {
    // The server is asked about what it found here, and about nothing else.
    const file = Uri.parse(uri, true);
    if (workspace.getWorkspaceFolder(file) === undefined || !file.path.endsWith('.betrace')) return null;
    try {
      if ((await workspace.fs.stat(file)).size > MOST_BYTES) return null;
      return new TextDecoder().decode(await workspace.fs.readFile(file));
    } catch {
      return null; // it went
    }
  });
}
