import type { Connection } from 'vscode-languageserver';
import type { Host } from './host.js';

/**
 * Without files of its own: asks the client by `betrace/ruleFiles` (answer: URIs) and `betrace/readFile` (answer: the text, or null
 * where there is none).
 */
export function clientHost(connection: Connection): Host {
  const readFile = async (uri: string): Promise<string | undefined> =>
    (await connection.sendRequest<string | null>('betrace/readFile', uri)) ?? undefined;
  return {
    version: '',
    async *ruleFiles() {
      for (const uri of await connection.sendRequest<readonly string[]>('betrace/ruleFiles')) {
        const text = await readFile(uri);
        if (text !== undefined) yield { uri, text };
      }
    },
    readFile,
  };
}
