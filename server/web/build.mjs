// Bundles the page at `/` for the browser: one script and one style, next to what is compiled.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const pathOf = (path) => fileURLToPath(new URL(path, import.meta.url));

await build({
  entryPoints: { app: pathOf('app/main.tsx'), style: pathOf('app/style.css') },
  outdir: pathOf('../../dist/server/web/app'),
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  logLevel: 'warning',
  legalComments: 'linked',
});
