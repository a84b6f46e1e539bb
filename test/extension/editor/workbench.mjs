/** VS Code as a server and in a browser (code-server), in a profile of its own, with the packed extension installed. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openPage } from './browser.mjs';
import { startServer } from './server-process.mjs';
import { QUIET } from './settings.mjs';

export async function openWorkbench({ editor, vsix, workspace, theme, size, trusted = true }) {
  const folder = mkdtempSync(join(tmpdir(), 'betrace-editor-'));
  const [data, home] = [join(folder, 'data'), join(folder, 'home')];
  for (const directory of [join(data, 'User'), home]) mkdirSync(directory, { recursive: true });
  const settings = {
    ...QUIET,
    'workbench.colorTheme': theme,
    'security.workspace.trust.startupPrompt': 'never',
  };
  writeFileSync(join(data, 'User/settings.json'), JSON.stringify(settings));
  writeFileSync(join(folder, 'config.yaml'), 'auth: none\ncert: false\n');
  const env = {
    ...process.env,
    HOME: home,
    TMPDIR: home,
    XDG_RUNTIME_DIR: home,
    XDG_CACHE_HOME: home,
    EXTENSIONS_GALLERY: '{}',
    PATH: `${dirname(editor.node)}:${process.env.PATH}`,
  };
  const base = [editor.codeServer, '--config', join(folder, 'config.yaml'), '--user-data-dir', data];
  base.push('--extensions-dir', join(folder, 'extensions'));
  const installed = spawnSync(editor.node, [...base, '--install-extension', vsix], { env, encoding: 'utf8' });
  if (installed.status !== 0) throw new Error(`the extension cannot be installed: ${installed.stderr}`);
  const options = ['--bind-addr', '127.0.0.1:0', '--auth', 'none', '--disable-telemetry'];
  if (trusted) options.push('--disable-workspace-trust');
  const server = await startServer(editor.node, [...base, ...options], {
    env,
    ready: /listening on (http:\/\/127\.0\.0\.1:\d+)/,
  });
  const stop = () => {
    server.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const url = `${server.url}/?folder=${encodeURIComponent(workspace)}`;
    const { page, close } = await openPage({ editor, folder, size, url });
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
