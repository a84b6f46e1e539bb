/** `npm run grafana`: writes the dashboards and alerts anew from what is described here. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { files } from './files.js';

const folder = fileURLToPath(new URL('..', import.meta.url));
for (const [path, text] of files()) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
