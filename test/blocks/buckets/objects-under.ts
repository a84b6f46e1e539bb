import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The files of a folder by the keys that they have in a bucket. */
export function objectsUnder(folder: string, prefix: string): ReadonlyMap<string, Uint8Array> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    files
      .filter((file) => statSync(join(folder, file)).isFile())
      .map((file) => [`${prefix}/${file}`, readFileSync(join(folder, file))] as const),
  );
}
