// Makes files of the compiled commands, and keeps their code as the engine compiled it (see `cli/bundled.ts`).
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const pathOf = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const { BUNDLES, IMPORT, bundleOf, loadBundle } = await import(
  pathToFileURL(pathOf('dist/server/cli/bundled.js')).href
);

for (const bundle of BUNDLES) {
  await rm(bundle.code, { force: true });
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: "export { startCommand } from './start-command.js'; export { runCli } from './run.js';",
      resolveDir: pathOf('dist/server/cli'),
    },
    outfile: bundle.path,
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
    plugins: [{ name: 'places', setup: (build) => setup(build, bundle) }],
  });
  await writeFile(bundle.path, withoutImports(outputFiles[0].text, metafile));
}
await keepCode();

function setup(build, bundle) {
  build.onLoad({ filter: /\.js$/ }, load);
  build.onResolve({ filter: /^\.\/[a-z-]+\.js$/ }, ({ path, importer, kind }) =>
    kind === 'dynamic-import' &&
    importer === pathOf('dist/server/cli/commands.js') &&
    !bundle.has(basename(path, '.js'))
      ? { path, external: true }
      : undefined,
  );
}

function withoutImports(text, { outputs }) {
  const [{ imports }] = Object.values(outputs);
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
  const place = JSON.stringify(relative(pathOf('dist/server'), path));
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
  const work = await mkdtemp(join(tmpdir(), 'betrace-bundle-'));
  const plain = (text) => text;
  const style = { bold: plain, dim: plain, red: plain, yellow: plain, green: plain, cyan: plain };
  const terminal = { out: plain, err: plain, width: 100, outStyle: style, errStyle: style, unicode: true };
  // The service says its address once it is there.
  const stopping = { ...terminal, out: () => process.emit('SIGTERM', 'SIGTERM') };
  const rules = pathOf('queries/shop');
  const cache = join(work, 'cache');
  const blocks = ['--blocks', pathOf('test/fixtures/blocks/shop-v5')];
  const settings = {
    'http.port': 0,
    'otlp.grpc_port': 0,
    'otlp.http_port': 0,
    'log.level': 'silent',
    'live.directory': join(work, 'state'),
    'storage.cache_directory': cache,
  };
  const set = Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  try {
    const loaded = new Map(BUNDLES.map((bundle) => [bundle, loadBundle(bundle)]));
    for (const [line, shown = terminal] of [
      [['--help']],
      [['check', rules]],
      [['replay', rules, ...blocks, '--cache', cache]],
      [['serve', rules, ...blocks, ...set], stopping],
    ])
      await loaded.get(bundleOf(line[0]) ?? BUNDLES[0]).exports.runCli(line, shown);
    for (const [{ code }, { script }] of loaded) await writeFile(code, script.createCachedData());
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
