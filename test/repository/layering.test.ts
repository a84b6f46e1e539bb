/** Imports point one way: each folder may use those named for it and nothing else of the project. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

const TEXT = ['engine/language', 'engine/shared'];
const PLANNED = ['engine/plan', 'engine/otlp', ...TEXT];
const JUDGED = ['engine/verdicts', ...PLANNED];
const OVER_STORED = ['engine/query', 'engine/spans', 'engine/sql', ...JUDGED];

/** From the bottom up. */
const ENGINE: Readonly<Record<string, readonly string[]>> = {
  'engine/shared': [],
  'engine/language': ['engine/shared'],
  'engine/answers': ['engine/evidence', 'engine/language'],
  'engine/import': TEXT,
  'engine/evidence': ['engine/shared'],
  'engine/otlp': TEXT,
  'engine/plan': ['engine/otlp', ...TEXT],
  'engine/verdicts': PLANNED,
  'engine/sql': JUDGED,
  'engine/blocks': ['engine/sql', ...PLANNED],
  'engine/spans': ['engine/blocks', 'engine/sql', ...JUDGED],
  'engine/query': ['engine/spans', 'engine/blocks', 'engine/sql', ...JUDGED],
  'engine/replay': ['engine/answers', 'engine/blocks', ...OVER_STORED],
  'engine/testing': ['engine/replay', ...OVER_STORED],
  'engine/discover': ['engine/testing', 'engine/replay', 'engine/answers', 'engine/blocks', ...OVER_STORED],
  'engine/live': ['engine/replay', ...OVER_STORED],
};

/** A folder may always use itself. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  ...ENGINE,
  lsp: TEXT,
  extension: ['engine/answers'],
  server: ['lsp', ...Object.keys(ENGINE)],
};

/** The pages of the editor are drawn by the components of the service's page, which are bundled into their script. */
const SHARED = { from: /^extension\/webview\//, to: /^server\/web\/app\// };

/** The folders inside a layer, from the bottom up: each may use those before it, and itself. */
const INSIDE: Readonly<Record<string, readonly string[]>> = {
  'engine/language': [
    'tree',
    'problems',
    'words',
    'text',
    'grammar',
    'print',
    'parse',
    'format',
    'scope',
    'check',
    'link',
  ],
  lsp: ['symbols', 'workspace', 'catalogue', 'docs', 'results', 'features', 'server'],
  extension: ['build', 'service', 'tests', 'processes', 'views', 'webview', 'client'],
  server: [
    'shared',
    'auth',
    'engine',
    'config',
    'http',
    'otlp',
    'kafka',
    'export',
    'rules',
    'explain',
    'questions',
    'replays',
    'evidence',
    'live',
    'context',
    'tempo',
    'trace-files',
    'api',
    'mcp',
    'web',
    'grafana',
    'service',
    'editor',
    'cli',
  ],
};

/** Files that import one another in a circle: only of types, each of which needs the other. */
const CIRCLES: readonly (readonly string[])[] = [
  // A filter has expressions, an expression has patterns; a rule has metrics and tests, which have both.
  [
    'engine/language/tree/ast-expression.ts',
    'engine/language/tree/ast-query.ts',
    'engine/language/tree/ast-test.ts',
    'engine/language/tree/ast.ts',
  ],
  // A rule's plan says what it needs, and what it needs are patterns of the plan.
  ['engine/plan/plan.ts', 'engine/plan/vacuity/needs.ts'],
  // SQL is made over a dialect, and a dialect makes SQL.
  ['engine/sql/text/dialect.ts', 'engine/sql/text/sql.ts'],
];

/** Layers that run in a browser or language server too: no API of Node, and of packages only these. */
const PURE: Readonly<Record<string, readonly string[]>> = { 'engine/language': ['moo', 'nearley'] };

interface Import {
  readonly file: string;
  readonly specifier: string;
}

function importsUnder(folder: string): readonly Import[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.m?[jt]sx?$/.test(name))
    .flatMap((name) => {
      const file = join(folder, name);
      const text = readFileSync(join(root, file), 'utf8');
      const specifiers = text.matchAll(
        /^(?:import|export)\b[^;']*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm,
      );
      return [...specifiers].map(([, from, bare, dynamic]) => ({
        file,
        specifier: (from ?? bare ?? dynamic)!,
      }));
    });
}

function layerOf(path: string): string {
  const known = Object.keys(LAYERS).find((layer) => path.startsWith(`${layer}/`));
  if (known === undefined) throw new Error(`${path} is in no layer: name it in this test`);
  return known;
}

/** The folder inside a layer that a path is in; undefined for what is above all of them. */
function folderIn(layer: string, path: string): string | undefined {
  const [folder, rest] = path.slice(layer.length + 1).split('/');
  return rest === undefined ? undefined : folder;
}

describe.each(Object.entries(LAYERS))('%s', (layer, allowed) => {
  const imports = importsUnder(layer);

  if (allowed.length > 0)
    it('has imports to look at', () => {
      expect(imports.length).toBeGreaterThan(0);
    });

  it('uses only the layers below it', () => {
    const wrong = imports
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ file, specifier }) => ({
        file,
        target: relative(root, resolve(root, dirname(file), specifier)),
      }))
      .filter(({ target }) => target !== 'package.json')
      .filter(({ file, target }) => !(SHARED.from.test(file) && SHARED.to.test(target)))
      .filter(({ target }) => ![layer, ...allowed].includes(layerOf(target)));
    expect(wrong).toEqual([]);
  });

  const packages = PURE[layer];
  if (packages === undefined) return;
  it('uses no API of Node', () => {
    const foreign = imports.filter(
      ({ specifier }) => !specifier.startsWith('.') && !packages.includes(specifier),
    );
    expect(foreign).toEqual([]);
  });
});

describe.each(Object.entries(INSIDE))('inside %s', (layer, folders) => {
  const imports = importsUnder(layer)
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ file, specifier }) => ({ file, target: relative(root, resolve(root, dirname(file), specifier)) }))
    .filter(({ target }) => target.startsWith(`${layer}/`));

  it('names every folder that imports something', () => {
    const present = imports.map(({ file }) => folderIn(layer, file)).filter((name) => name !== undefined);
    expect([...new Set(present)].filter((name) => !folders.includes(name))).toEqual([]);
  });

  it('uses only the folders below', () => {
    const wrong = imports.filter(({ file, target }) => {
      const [from, to] = [folderIn(layer, file), folderIn(layer, target)];
      if (from === undefined) return false;
      return to === undefined || folders.indexOf(to) > folders.indexOf(from);
    });
    expect(wrong).toEqual([]);
  });
});

it('names every folder of the engine', () => {
  const folders = readdirSync(join(root, 'engine'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  expect(folders.map(({ name }) => `engine/${name}`).sort()).toEqual(Object.keys(ENGINE).sort());
});

/** More in one folder are no longer seen at a glance: then some of them are about one thing, which is a folder. */
const MOST_IN_A_FOLDER = 30;

it.each(['engine', 'server', 'lsp', 'extension'])('no folder of %s has too many files', (top) => {
  const counts = new Map<string, number>();
  for (const entry of readdirSync(join(root, top), { recursive: true, withFileTypes: true }))
    if (entry.isFile()) counts.set(entry.parentPath, (counts.get(entry.parentPath) ?? 0) + 1);
  expect(counts.size).toBeGreaterThan(5);
  expect([...counts].filter(([, count]) => count > MOST_IN_A_FOLDER)).toEqual([]);
});

/** In lines. A longer file is about more than one thing. */
const LONGEST_FILE = 400;

it.each(['engine', 'server', 'lsp', 'extension'])('no source file of %s is too long', (top) => {
  const lengths = readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !path.includes('node_modules'))
    .map((path) => [path, readFileSync(join(root, top, path), 'utf8').split('\n').length - 1] as const);
  expect(lengths.length).toBeGreaterThan(20);
  expect(lengths.filter(([, lines]) => lines > LONGEST_FILE)).toEqual([]);
});

describe('files', () => {
  const files = ['engine', 'server', 'lsp', 'extension'].flatMap(importsUnder).map(({ file, specifier }) => ({
    file,
    target: relative(root, resolve(root, dirname(file), specifier)).replace(/\.js$/, '.ts'),
  }));
  const uses = new Map<string, string[]>();
  for (const { file, target } of files) uses.set(file, [...(uses.get(file) ?? []), target]);
  const reached = (from: string): ReadonlySet<string> => {
    const found = new Set<string>();
    const waiting = [from];
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop())
      for (const target of uses.get(file) ?? [])
        if (!found.has(target)) {
          found.add(target);
          waiting.push(target);
        }
    return found;
  };

  it('import one another in no circle but those of types that are listed', () => {
    const inCircles = [...uses.keys()].filter((file) => reached(file).has(file));
    expect(inCircles.sort()).toEqual(CIRCLES.flat().sort());
  });

  it('of a circle that is listed need only types of one another', () => {
    const values = CIRCLES.flatMap((circle) =>
      circle.flatMap((file) =>
        [
          ...readFileSync(join(root, file), 'utf8').matchAll(
            /^(?:import|export)\b([^;']*?)from '(\.[^']+)'/gm,
          ),
        ]
          .filter(([, what]) => !/^ type\b/.test(what!))
          .filter(([, , specifier]) =>
            circle.includes(relative(root, resolve(root, dirname(file), specifier!)).replace(/\.js$/, '.ts')),
          )
          .map(([statement]) => statement),
      ),
    );
    expect(values).toEqual([]);
  });
});
