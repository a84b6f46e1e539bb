/**
 * Makes betrace.vsix in dist, or in the folder given: the extension and the language server, bundled. `npm run package`.
 *
 * --repository URL: where its sources are, for the pages of a marketplace: the manifest names it, and links and pictures in the
 * README lead there.
 */
import { copyFile, cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createVSIX } from '@vscode/vsce';
import { build } from 'esbuild';

const root = new URL('../../', import.meta.url);
const pathOf = (path) => fileURLToPath(new URL(path, root));
const {
  values: { repository },
  positionals: [folder = pathOf('dist')],
} = parseArgs({ allowPositionals: true, options: { repository: { type: 'string' } } });
const out = resolve(folder);
const stage = `${out}/extension`;
const vsix = `${out}/betrace.vsix`;

const common = { bundle: true, minify: true, legalComments: 'none', logLevel: 'warning', target: 'es2023' };
const node = { ...common, platform: 'node', target: 'node20', format: 'cjs', external: ['vscode'] };
const browser = { ...common, platform: 'browser', external: ['vscode'] };

await rm(stage, { recursive: true, force: true });
await mkdir(stage, { recursive: true });
await Promise.all([
  build({
    ...node,
    entryPoints: [pathOf('extension/client/main-node.ts')],
    outfile: `${stage}/out/extension.cjs`,
  }),
  build({ ...node, entryPoints: [pathOf('server/editor/main-node.ts')], outfile: `${stage}/out/server.cjs` }),
  build({
    ...browser,
    format: 'cjs',
    entryPoints: [pathOf('extension/client/main-browser.ts')],
    outfile: `${stage}/out/web/extension.js`,
  }),
  build({
    ...browser,
    format: 'iife',
    entryPoints: [pathOf('lsp/server/main-browser.ts')],
    outfile: `${stage}/out/web/server.js`,
  }),
  build({
    ...browser,
    format: 'esm',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    entryPoints: { view: pathOf('extension/webview/view.tsx'), style: pathOf('extension/webview/view.css') },
    outdir: `${stage}/media`,
  }),
]);

const manifest = JSON.parse(await readFile(pathOf('extension/package.json'), 'utf8'));
const { version } = JSON.parse(await readFile(pathOf('package.json'), 'utf8'));
// The sources are modules; what is bundled is CommonJS, which every version of the editor loads.
delete manifest.type;
const links =
  repository === undefined
    ? {}
    : {
        repository: { type: 'git', url: repository },
        bugs: { url: `${repository}/issues` },
        homepage: `${repository}#readme`,
      };
await writeFile(
  `${stage}/package.json`,
  `${JSON.stringify({ ...manifest, ...links, version }, undefined, 2)}\n`,
);
// Where the README's pictures come from the repository, only those of the walkthrough are packed.
const walkthroughs = JSON.stringify(manifest.contributes.walkthroughs);
const isShown = (path) =>
  repository === undefined || !path.endsWith('.png') || walkthroughs.includes(basename(path));
for (const folder of ['syntaxes', 'snippets', 'walkthrough', 'screenshots'])
  await cp(pathOf(`extension/${folder}`), `${stage}/${folder}`, { recursive: true, filter: isShown });
for (const file of [
  'language-configuration.json',
  'README.md',
  'CHANGELOG.md',
  'media/icon.png',
  'media/file.svg',
])
  await copyFile(pathOf(`extension/${file}`), `${stage}/${file}`);
await copyFile(pathOf('LICENSE'), `${stage}/LICENSE.txt`);
// Nothing of what is here is left out; without this file the packer warns.
await writeFile(`${stage}/.vscodeignore`, '');

await createVSIX({
  cwd: stage,
  packagePath: vsix,
  dependencies: false,
  skipLicense: true,
  ...(repository === undefined
    ? { allowMissingRepository: true, rewriteRelativeLinks: false }
    : {
        baseContentUrl: `${repository}/blob/HEAD/extension`,
        baseImagesUrl: `${repository}/raw/HEAD/extension`,
      }),
});
console.log(`${vsix}: ${Math.round((await stat(vsix)).size / 1024)} kB`);
