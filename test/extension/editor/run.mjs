/** Drives the packed extension in a real VS Code: `npm run test:editor`. Screenshots go to dist/editor. */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installEditor } from './install.mjs';
import { FILES, scenario } from './scenario.mjs';
import { userOf } from './user.mjs';
import { openWorkbench } from './workbench.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const { values } = parseArgs({
  options: {
    theme: { type: 'string', default: 'Default Dark Modern' },
    size: { type: 'string', default: '1400x860' },
    out: { type: 'string', default: join(root, 'dist/editor') },
    blocks: { type: 'string', default: join(root, 'test/fixtures/blocks/shop-v5') },
  },
});

const editor = installEditor();
execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
execFileSync(process.execPath, [join(root, 'extension/build/package.mjs')], {
  stdio: ['ignore', 'ignore', 'inherit'],
});

const workspace = join(mkdtempSync(join(tmpdir(), 'betrace-rules-')), 'shop');
cpSync(join(root, 'queries/shop'), workspace, { recursive: true });
for (const [name, text] of Object.entries(FILES)) writeFileSync(join(workspace, name), text);
const program = join(workspace, '..', 'betrace');
writeFileSync(
  program,
  `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'dist/server/cli/main.js')}' "$@"\n`,
);
chmodSync(program, 0o755);
mkdirSync(join(workspace, '.vscode'));
const settings = { 'betrace.path': program, 'betrace.blocks': values.blocks };
writeFileSync(join(workspace, '.vscode/settings.json'), JSON.stringify(settings));
mkdirSync(values.out, { recursive: true });

const size = values.size.split('x').map(Number);
const vsix = join(root, 'dist/betrace.vsix');
const workbench = await openWorkbench({ editor, vsix, workspace, theme: values.theme, size });
const shot = (name) => workbench.page.screenshot({ path: join(values.out, `${name}.png`) });
let [passed, failed] = [0, 0];
try {
  for (const [title, run] of scenario(userOf(workbench.page), shot)) {
    const started = performance.now();
    try {
      await run();
      passed++;
      console.log(`ok: ${title} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failed++;
      console.log(`FAILED: ${title}: ${error.message}`);
      await shot(`failed-${failed}`);
    }
  }
} finally {
  await workbench.close();
  rmSync(join(workspace, '..'), { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
