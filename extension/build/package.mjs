/** Makes betrace.vsix in dist, or in the folder given: the extension and the language server, bundled. `npm run package`. */
import { copyFile, cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createVSIX } from '@vscode/vsce';
import { build } from 'esbuild';

const root = new URL('../../', import.meta.url);
const pathOf = (path) => fileURLToPath(new URL(path, root));
const out = resolve(process.argv[2] ?? pathOf('dist'));
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
    format: 'iife',
    entryPoints: [pathOf('extension/webview/view.ts')],
    outfile: `${stage}/media/view.js`,
  }),
]);

const manifest = JSON.parse(await readFile(pathOf('extension/package.json'), 'utf8'));
const { version } = JSON.parse(await readFile(pathOf('package.json'), 'utf8'));
// The sources are modules; what is bundled is CommonJS, which every version of the editor loads.
delete manifest.type;
await writeFile(`${stage}/package.json`, `${JSON.stringify({ ...manifest, version }, undefined, 2)}\n`);
for (const folder of ['syntaxes', 'snippets', 'walkthrough', 'screenshots'])
  await cp(pathOf(`extension/${folder}`), `${stage}/${folder}`, { recursive: true });
for (const file of [
  'language-configuration.json',
  'README.md',
  'media/icon.png',
  'media/file.svg',
  'media/view.css',
])
  await copyFile(pathOf(`extension/${file}`), `${stage}/${file}`);
await copyFile(pathOf('LICENSE'), `${stage}/LICENSE.txt`);

await createVSIX({
  cwd: stage,
  packagePath: vsix,
  dependencies: false,
  allowMissingRepository: true,
  skipLicense: true,
  rewriteRelativeLinks: false,
});
console.log(`${vsix}: ${Math.round((await stat(vsix)).size / 1024)} kB`);
