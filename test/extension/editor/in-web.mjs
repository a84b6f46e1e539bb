import { createServer } from 'node:net';
import { join } from 'node:path';
import { rulesFolder } from './rules-folder.mjs';
import { startServer } from './server-process.mjs';
import { userOf } from './user.mjs';
import { WEB_FILES, webScenario } from './web-scenario.mjs';
import { openWebWorkbench } from './web-workbench.mjs';

/** The extension in a worker of the browser, with a service that lets its origin in. */
export async function inWeb({ root, editor, follow, theme, size, shotOf }) {
  const rules = rulesFolder(root, WEB_FILES);
  const port = await freePort();
  const blocks = join(root, 'test/fixtures/blocks/shop-v5');
  const origin = `http.cors_origins=["http://localhost:${port}"]`;
  // Rules of its own, which the text in the editor is not among.
  const service = await startServer(
    process.execPath,
    [join(root, 'dist/server/cli/main.js'), 'serve', '--blocks', blocks, '--http-port', '0', '--set', origin],
    { env: process.env, ready: /(http:\/\/127\.0\.0\.1:\d+)/ },
  );
  try {
    const workbench = await openWebWorkbench({
      editor,
      theme,
      size,
      port,
      workspace: rules.workspace,
      extension: join(root, 'dist/extension'),
      settings: { 'betrace.service.url': service.url },
    });
    try {
      await follow(workbench.page, webScenario(userOf(workbench.page), shotOf(workbench.page)));
    } finally {
      await workbench.close();
    }
  } finally {
    service.stop();
    rules.remove();
  }
}

async function freePort() {
  return await new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
    server.once('error', reject);
  });
}
