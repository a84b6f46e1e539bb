import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** What a worker thread of the pool runs: compiled as its caller is, else its source by `tsx`. */
export function workerEntry(): URL {
  if (import.meta.url.endsWith('.js')) return new URL('./worker.js', import.meta.url);
  const resolved = createRequire(import.meta.url).resolve('tsx/esm/api');
  const tsx = pathToFileURL(resolved.replace(/\.cjs$/, '.mjs')).href;
  const entry = new URL('./worker.ts', import.meta.url).href;
  const code = `import { register } from '${tsx}'; register(); await import('${entry}');`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}
