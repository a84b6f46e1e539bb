/** VS Code for the Web: no server but for files, the extension and the language server in workers of the browser. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPage } from './browser.mjs';
import { startServer } from './server-process.mjs';
import { QUIET } from './settings.mjs';

/** `extension`: the folder that the package was made of. `settings` may need the address, so it is a function of it. */
export async function openWebWorkbench({ editor, extension, workspace, theme, size, port, settings }) {
  const folder = mkdtempSync(join(tmpdir(), 'betrace-web-'));
  // The server takes a build of the editor by its commit, from a folder that has its files.
  const commit = createHash('sha1').update(editor.codeOss).digest('hex');
  const build = join(folder, 'builds', `vscode-web-stable-${commit}`);
  mkdirSync(build, { recursive: true });
  for (const file of readdirSync(editor.codeOss)) symlinkSync(join(editor.codeOss, file), join(build, file));
  writeFileSync(join(build, 'version'), 'local');
  // The profile is in the storage of the browser: settings go in as defaults of an extension.
  const defaults = join(folder, 'defaults/test-defaults');
  mkdirSync(defaults, { recursive: true });
  const configurationDefaults = { ...QUIET, 'workbench.colorTheme': theme, ...settings };
  const manifest = { name: 'test-defaults', publisher: 'test', version: '0.0.1', engines: { vscode: '*' } };
  writeFileSync(
    join(defaults, 'package.json'),
    JSON.stringify({ ...manifest, contributes: { configurationDefaults } }),
  );
  const server = await startServer(
    process.execPath,
    [
      editor.testWeb,
      '--browser=none',
      '--quality=stable',
      `--commit=${commit}`,
      '--host=127.0.0.1',
      `--port=${port}`,
      `--testRunnerDataDir=${join(folder, 'builds')}`,
      `--extensionPath=${join(folder, 'defaults')}`,
      `--extensionDevelopmentPath=${extension}`,
      workspace,
    ],
    { env: process.env, ready: /Listening on (\S+)/ },
  );
  const stop = () => {
    server.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const { page, close } = await openPage({ editor, folder, size, url: `http://localhost:${port}` });
    return {
      page,
      async close() {
        await close();
        stop();
      },
    };
  } catch (error) {
    stop();
    throw error;
  }
}
