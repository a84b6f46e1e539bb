// Makes one file of the compiled command, and keeps its code as the engine compiled it (see `cli/bundled.ts`).
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const pathOf = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const { BUNDLE, BUNDLE_CODE, IMPORT, UNBUNDLED, bundled } = await import(
  pathToFileURL(pathOf('dist/server/cli/bundled.js')).href
);

await rm(BUNDLE_CODE, { force: true });
const { outputFiles, metafile } = await build({
  stdin: {
    contents: "export { startCommand } from './start-command.js'; export { runCli } from './run.js';",
    resolveDir: pathOf('dist/server/cli'),
  },
  outfile: BUNDLE,
  write: false,
  metafile: true,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  // What is installed is loaded from where it is, but for what only modules can load at once.
  packages: 'external',
  alias: { 'hyparquet-compressors': pathOf('node_modules/hyparquet-compressors/src/index.js') },
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
  plugins: [{ name: 'places', setup }],
});
await writeFile(BUNDLE, withoutImports(outputFiles[0].text));
await keepCode();

function setup(bundle) {
  bundle.onLoad({ filter: /\.js$/ }, load);
  const others = new RegExp(`^\\./(${UNBUNDLED.join('|')})\\.js$`);
  bundle.onResolve({ filter: others }, ({ path, importer }) =>
    importer === pathOf('dist/server/cli/commands.js') ? { path, external: true } : undefined,
  );
}

function withoutImports(text) {
  const [{ imports }] = Object.values(metafile.outputs);
  const loaded = new Set(imports.flatMap(({ path, kind }) => (kind === 'dynamic-import' ? [path] : [])));
  const found = new Set();
  const changed = text.replaceAll(/\bimport\("([^"]+)"\)/g, (_, path) => {
    found.add(path);
    return `${IMPORT}(${JSON.stringify(path)})`;
  });
  if ([...found].sort().join() !== [...loaded].sort().join())
    throw new Error(`imports in the bundle: ${[...found]}, not ${[...loaded]}`);
  return changed;
}

/** A module finds its files from where it was before. */
async function load({ path }) {
  const text = await readFile(path, 'utf8');
  if (!text.includes('import.meta.url')) return undefined;
  const place = JSON.stringify(relative(dirname(BUNDLE), path));
  return {
    contents: text.replaceAll(
      'import.meta.url',
      `new URL(${place}, require('node:url').pathToFileURL(__filename)).href`,
    ),
    loader: 'js',
  };
}

/** Of what these commands ran. */
async function keepCode() {
  const { script, exports: command } = bundled();
  const cache = await mkdtemp(join(tmpdir(), 'betrace-bundle-'));
  const plain = (text) => text;
  const style = { bold: plain, dim: plain, red: plain, yellow: plain, green: plain, cyan: plain };
  const terminal = { out: plain, err: plain, width: 100, outStyle: style, errStyle: style, unicode: true };
  const blocks = ['--blocks', pathOf('test/fixtures/blocks/shop-v5'), '--cache', cache];
  try {
    for (const line of [
      ['--help'],
      ['check', pathOf('queries/shop')],
      ['replay', pathOf('queries/shop'), ...blocks],
    ])
      await command.runCli(line, terminal);
    await writeFile(BUNDLE_CODE, script.createCachedData());
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}
