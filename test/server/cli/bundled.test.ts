/** Commands run out of one file, with code that need not be compiled. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

const dist = fileURLToPath(new URL('../../../dist/server/cli', import.meta.url));

function run(script: string): string {
  const module = pathToFileURL(`${dist}/bundled.js`).href;
  const code = `const { bundled, isBundled } = await import(${JSON.stringify(module)}); ${script}`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' }).trim();
}

it('is built with the code that this version of Node compiled', () => {
  expect(run('console.log(bundled().script.cachedDataRejected)')).toBe('false');
});

it('has every command but those that serve others, which it loads from where they are', () => {
  const texts =
    run(`const out = []; const terminal = { out: (text) => out.push(text.split(':')[0]), err: console.error };
    for (const name of ['check', 'replay', 'send', 'serve', 'lsp']) await bundled().exports.runCli([name, '--help'], terminal);
    console.log(out.join(), ['check', 'serve', '--help', undefined].map(isBundled).join());`);
  expect(texts).toBe(
    'betrace check,betrace replay,betrace send,betrace serve,betrace lsp true,false,false,false',
  );
});
