/**
 * Makes dist/grafana-plugin: the app, with the data source inside it, as a folder for Grafana's `plugins`.
 *
 * Grafana loads `module.js` by SystemJS as an AMD module, and provides React and its own packages to it; esbuild writes CommonJS, which
 * the few lines around it make AMD.
 */
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const pathOf = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = pathOf('../../../dist/grafana-plugin');
const { version } = JSON.parse(await readFile(pathOf('../../../package.json'), 'utf8'));

/** Grafana provides them. */
const PROVIDED = ['react', '@grafana/data', '@grafana/runtime', '@grafana/ui'];

async function module(folder, target) {
  await mkdir(`${target}/img`, { recursive: true });
  await build({
    entryPoints: [pathOf(`${folder}/module.ts`)],
    outfile: `${target}/module.js`,
    bundle: true,
    minify: true,
    format: 'cjs',
    target: 'es2022',
    external: PROVIDED,
    logLevel: 'warning',
    legalComments: 'none',
    plugins: [styleAsText],
    // The names are written out, as Grafana looks in the text for a `define` with a list.
    banner: {
      js: `define(${JSON.stringify(PROVIDED)},function(...provided){const names=${JSON.stringify(PROVIDED)},require=(name)=>provided[names.indexOf(name)],module={exports:{}};`,
    },
    footer: { js: 'return module.exports});' },
  });
  const manifest = (await readFile(pathOf(`${folder}/plugin.json`), 'utf8'))
    .replace('%VERSION%', version)
    .replace('%TODAY%', UPDATED);
  await writeFile(`${target}/plugin.json`, manifest);
  await copyFile(pathOf('logo.svg'), `${target}/img/logo.svg`);
}

/** A style sheet, with those that it imports, becomes a text: it belongs into a shadow root and not into Grafana's page. */
const styleAsText = {
  name: 'style-as-text',
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { outputFiles } = await build({ entryPoints: [path], bundle: true, minify: true, write: false });
      return { contents: outputFiles[0].text, loader: 'text' };
    });
  },
};

/** README without what is for whoever changes the plugin. Of links into the repository, which lead nowhere from Grafana's catalogue, the texts stay. */
async function readmeForUsers() {
  const [forUsers] = (await readFile(pathOf('README.md'), 'utf8')).split('\n## How it is made\n');
  return forUsers.replace(/\[([^\]]+)\]\((?!https:\/\/)[^)]*\)/gu, '$1');
}

/** The day of the build; the same sources make the same files where `SOURCE_DATE_EPOCH` says when that is. */
const epoch = process.env.SOURCE_DATE_EPOCH;
const UPDATED = (epoch === undefined ? new Date() : new Date(Number(epoch) * 1000))
  .toISOString()
  .slice(0, 10);

await rm(out, { recursive: true, force: true });
await module('app', out);
await module('datasource', `${out}/datasource`);
await writeFile(`${out}/README.md`, await readmeForUsers());
await copyFile(pathOf('CHANGELOG.md'), `${out}/CHANGELOG.md`);
await copyFile(pathOf('../../../LICENSE'), `${out}/LICENSE`);
