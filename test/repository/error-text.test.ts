/** What something that was thrown says is found in one place, `engine/shared/message-of.ts`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const OWN_TEXT = /instanceof Error \? \w+\.message : String\(/;

// The client of the extension takes nothing of the engine.
it.each(['engine', 'server', 'lsp'])('and not once more in %s', (folder) => {
  const found = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('shared/message-of.ts'))
    .filter((name) => OWN_TEXT.test(readFileSync(join(root, folder, name), 'utf8')));
  expect(found).toEqual([]);
});
