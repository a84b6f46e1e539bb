/**
 * `npm run grafana`: writes the dashboards and alerts anew from what is described here. `BETRACE_RUNBOOK_URL` in its environment is the address at
 * which your copy of the runbook can be read.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { files } from './files.js';

const folder = fileURLToPath(new URL('..', import.meta.url));
const { BETRACE_RUNBOOK_URL: runbook } = process.env;
if (runbook !== undefined && !URL.canParse(runbook))
  throw new Error(`BETRACE_RUNBOOK_URL is no address: ${runbook}`);
for (const [path, text] of files(runbook)) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
