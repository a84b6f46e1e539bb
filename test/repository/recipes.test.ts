/** What `.github/CONTRIBUTING.md` says of each kind of change is there, and what neither compiler nor other tests would miss is held here. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const guide = read('.github/CONTRIBUTING.md');
const [introduction, ...recipes] = guide.split(/^## /m);
const { scripts } = JSON.parse(read('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** Words in backticks that look like a path. */
function pathsIn(text: string): readonly string[] {
  return [...text.matchAll(/`([.\w-]+(?:\/[.\w-]+)+)`/g)].map(([, path]) => path!);
}

describe('the recipes for changes', () => {
  it('are for the thirteen kinds that there are', () => {
    expect(recipes).toHaveLength(13);
    for (const recipe of recipes) expect(recipe).toMatch(/^To (?:add|read) /);
  });

  it.each(recipes.map((recipe) => [recipe.split('\n')[0]!, recipe] as const))(
    '%s: names files',
    (_, recipe) => {
      const paths = pathsIn(recipe);
      expect(paths.length).toBeGreaterThan(0);
      expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    },
  );

  it('name scripts and links that are there', () => {
    const named = [...guide.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
    const links = [...introduction!.matchAll(/\]\(([^)]+)\)/g)].map(([, to]) => to!);
    expect(links.filter((to) => !existsSync(join(root, '.github', to)))).toEqual([]);
  });

  it('name identifiers that the files before them have', () => {
    const said = [...guide.matchAll(/`(\w+)` of\s+`([.\w/-]+)`/g)].map(
      ([, name, path]) => [name!, path!] as const,
    );
    expect(said.length).toBeGreaterThan(4);
    expect(said.filter(([name, path]) => !read(path).includes(name))).toEqual([]);
  });
});

it('nothing but the one place that opens storage, and workers, takes the local file system for storage', () => {
  const callers = ['engine', 'server', 'lsp'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('storage-local.ts'))
      .filter((name) => read(`${folder}/${name}`).includes('localStorage(')),
  );
  expect(callers.map((path) => path.split('/').at(-1)).sort()).toEqual(['open-storage.ts', 'worker.ts']);
});
