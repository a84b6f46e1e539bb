/** `engine/README.md` is the map of the engine: no folder is missing from it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const engine = fileURLToPath(new URL('../../engine', import.meta.url));
const map = readFileSync(join(engine, 'README.md'), 'utf8');

function foldersIn(path: string): readonly string[] {
  return readdirSync(join(engine, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(path, name));
}

it('links to every folder of the engine, and to those inside', () => {
  const folders = foldersIn('').flatMap((layer) => [layer, ...foldersIn(layer)]);
  expect(folders.length).toBeGreaterThan(40);
  const links = [...map.matchAll(/\]\(([\w/-]+)(?:\/README\.md)?\)/g)].map(([, path]) => path);
  expect(folders.filter((folder) => !links.includes(folder))).toEqual([]);
});
