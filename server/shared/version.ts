import { readFile } from 'node:fs/promises';

/** The version in the package.json above this file, which is at another height in the built package. */
export async function version(): Promise<string> {
  for (const above of ['../../package.json', '../../../package.json']) {
    const text = await readFile(new URL(above, import.meta.url), 'utf8').catch(() => undefined);
    const json: unknown = text === undefined ? undefined : JSON.parse(text);
    if (
      typeof json === 'object' &&
      json !== null &&
      'name' in json &&
      json.name === 'betrace' &&
      'version' in json
    ) {
      return String(json.version);
    }
  }
  return 'unknown';
}
