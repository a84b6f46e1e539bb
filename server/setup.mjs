// Makes a fresh clone ready: installs what package-lock.json names and compiles, each only when out of date.
// Plain JavaScript on Node alone, because it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const pathOf = (...parts) => join(root, ...parts);
const changed = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    // Progress goes to stderr: what is run next may be piped.
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

function newest(folder) {
  let latest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true }))
    if (entry.isFile()) latest = Math.max(latest, changed(join(entry.parentPath ?? entry.path, entry.name)));
  return latest;
}

export function setUp() {
  if (changed(pathOf('node_modules', '.package-lock.json')) < changed(pathOf('package-lock.json'))) {
    console.error('Installing dependencies …');
    // Versions are those of the lock file, which stays as it is. (`npm ci` also wants an entry for the optional packages of every
    // other platform, which a registry mirror may not have.)
    run('npm', 'install', '--no-save', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error');
  }
  const built = changed(pathOf('dist', '.built'));
  const sources = Math.max(
    ...['engine', 'lsp', 'server', 'test/bench'].map((folder) => newest(pathOf(folder))),
    changed(pathOf('tsconfig.json')),
  );
  if (built < sources) {
    console.error('Compiling …');
    run('npm', 'run', '--silent', 'build');
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setUp();
