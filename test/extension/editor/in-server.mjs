import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { restrictedScenario } from './restricted-scenario.mjs';
import { rulesFolder } from './rules-folder.mjs';
import { FILES, scenario } from './scenario.mjs';
import { userOf } from './user.mjs';
import { openWorkbench } from './workbench.mjs';

/** The extension in a process of Node, with a folder of blocks and the program next to it. */
export async function inServer({ root, editor, follow, theme, size, shotOf }) {
  const tools = mkdtempSync(join(tmpdir(), 'betrace-program-'));
  const program = join(tools, 'betrace');
  const main = join(root, 'dist/server/cli/main.js');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
  chmodSync(program, 0o755);
  const rules = rulesFolder(root, FILES, {
    'betrace.path': program,
    'betrace.blocks': join(root, 'test/fixtures/blocks/shop-v5'),
    'betrace.inlayHints.enabled': true,
    'testing.automaticallyOpenPeekView': 'never',
  });
  const { workspace } = rules;
  const vsix = join(root, 'dist/betrace.vsix');
  try {
    for (const [trusted, steps] of [
      [true, scenario],
      [false, restrictedScenario],
    ]) {
      const workbench = await openWorkbench({ editor, vsix, workspace, theme, size, trusted });
      try {
        await follow(workbench.page, steps(userOf(workbench.page), shotOf(workbench.page)));
      } finally {
        await workbench.close();
      }
    }
  } finally {
    rules.remove();
    rmSync(tools, { recursive: true, force: true });
  }
}
