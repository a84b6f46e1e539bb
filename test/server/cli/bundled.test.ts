/** Commands run out of one file, with code that need not be compiled. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

const dist = fileURLToPath(new URL('../../../dist/server/cli', import.meta.url));

function run(script: string): string {
  const module = pathToFileURL(`${dist}/bundled.js`).href;
  const code = `const { bundleOf, loadBundle } = await import(${JSON.stringify(module)}); ${script}`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' }).trim();
}

it.each(['check', 'serve'])('%s is built with the code that this version of Node compiled', (command) => {
  expect(run(`console.log(loadBundle(bundleOf('${command}')).script.cachedDataRejected)`)).toBe('false');
});

it.each(['check', 'serve'])(
  'what has %s has every other command, or loads it from where it is',
  (command) => {
    const texts =
      run(`const out = []; const terminal = { out: (text) => out.push(text.split(':')[0]), err: console.error };
    const { runCli } = loadBundle(bundleOf('${command}')).exports;
    for (const name of ['check', 'replay', 'send', 'serve', 'lsp']) await runCli([name, '--help'], terminal);
    console.log(out.join());`);
    expect(texts).toBe('betrace check,betrace replay,betrace send,betrace serve,betrace lsp');
  },
);

it('is what has the first argument, if that is a command that has one', () => {
  const found = run(
    "console.log(['check', 'replay', 'serve', 'lsp', '--help', undefined].map((name) => bundleOf(name)?.path.split(/[\\\\/]/).at(-1)).join())",
  );
  expect(found).toBe('betrace.cjs,betrace.cjs,serve.cjs,,,');
});
