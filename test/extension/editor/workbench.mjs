/** VS Code in headless Chromium, in a profile of its own, with the packed extension installed. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const TIMEOUT_MS = 45_000;
const QUIET = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'files.autoSave': 'off',
  'extensions.autoUpdate': false,
  'git.enabled': false,
  'editor.minimap.enabled': false,
  'editor.cursorBlinking': 'solid',
  'workbench.reduceMotion': 'on',
};

export async function openWorkbench({ editor, vsix, workspace, theme, size: [width, height] }) {
  const { chromium } = createRequire(editor.requireFrom)('playwright-core');
  const folder = mkdtempSync(join(tmpdir(), 'betrace-editor-'));
  const [data, home] = [join(folder, 'data'), join(folder, 'home')];
  for (const one of [join(data, 'User'), home]) mkdirSync(one, { recursive: true });
  const settings = { ...QUIET, 'workbench.colorTheme': theme };
  writeFileSync(join(data, 'User/settings.json'), JSON.stringify(settings));
  writeFileSync(join(folder, 'config.yaml'), 'auth: none\ncert: false\n');
  const env = {
    ...process.env,
    ...{ HOME: home, TMPDIR: home, XDG_RUNTIME_DIR: home, XDG_CACHE_HOME: home, EXTENSIONS_GALLERY: '{}' },
    PATH: `${dirname(editor.node)}:${process.env.PATH}`,
  };
  const base = [editor.codeServer, '--config', join(folder, 'config.yaml'), '--user-data-dir', data];
  base.push('--extensions-dir', join(folder, 'extensions'));
  const installed = spawnSync(editor.node, [...base, '--install-extension', vsix], { env, encoding: 'utf8' });
  if (installed.status !== 0) throw new Error(`the extension cannot be installed: ${installed.stderr}`);
  const server = spawn(
    editor.node,
    [
      ...base,
      '--bind-addr',
      '127.0.0.1:0',
      '--auth',
      'none',
      '--disable-telemetry',
      '--disable-workspace-trust',
    ],
    { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const stopServer = () => {
    try {
      process.kill(-server.pid, 'SIGKILL');
    } catch {
      // it is gone
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const url = await listening(server);
    const browser = await chromium.launch({
      executablePath: editor.chromium,
      args: ['--no-sandbox', '--disable-gpu'],
    });
    const page = await browser.newPage({ viewport: { width, height } });
    page.setDefaultTimeout(TIMEOUT_MS);
    await page.route(
      ({ hostname }) => hostname !== '127.0.0.1',
      (route) => route.abort(),
    );
    await page.goto(`${url}/?folder=${encodeURIComponent(workspace)}`, { timeout: 2 * TIMEOUT_MS });
    await page.waitForSelector('.monaco-workbench .statusbar');
    return {
      page,
      async close() {
        await browser.close();
        stopServer();
      },
    };
  } catch (error) {
    stopServer();
    throw error;
  }
}

function listening(server) {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (piece) => {
      said += piece;
      const url = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    };
    server.stdout.on('data', hear);
    server.stderr.on('data', hear);
    server.once('exit', () => reject(new Error(`the editor did not start: ${said}`)));
  });
}
