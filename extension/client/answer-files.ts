import { FileType, Uri, workspace } from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';

const MOST_FILES = 5000;
const MOST_BYTES = 4 * 1024 * 1024;

/** Reads files for a server that cannot. */
export function answerFiles(client: BaseLanguageClient): void {
  client.onRequest('betrace/ruleFiles', async () => {
    const found: string[] = [];
    for (const { uri } of workspace.workspaceFolders ?? []) await collect(uri, found);
    return found;
  });
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

const SKIPPED = new Set(['node_modules', '.git', 'dist']);

/** Not every place that an editor in a browser opens can be searched, but each can be walked through. */
async function collect(folder: Uri, found: string[]): Promise<void> {
  const entries = await workspace.fs.readDirectory(folder).then(
    (found) => found,
    () => [], // what cannot be read is left out
  );
  for (const [name, type] of entries) {
    if (found.length >= MOST_FILES) return;
    const uri = Uri.joinPath(folder, name);
    if (type === FileType.File && name.endsWith('.betrace')) found.push(uri.toString());
    else if (type === FileType.Directory && !SKIPPED.has(name)) await collect(uri, found);
  }
}
