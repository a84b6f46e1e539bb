/** Members that are nobody else's are `private` everywhere: one way to say it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

it.each(['engine', 'server', 'lsp', 'extension'])('no class of %s has a member with a #', (folder) => {
  const found = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .flatMap((name) =>
      readFileSync(join(root, folder, name), 'utf8')
        .split('\n')
        .flatMap((line, n) => (/^ +(?:static |readonly |async )*#\w/.test(line) ? [`${name}:${n + 1}`] : [])),
    );
  expect(found).toEqual([]);
});
