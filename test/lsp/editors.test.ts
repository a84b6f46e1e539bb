/** Editors as the README sets them up, driven without a screen. Each test is skipped, and says so, where the editor is not installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { MAIN } from '../support/command.js';

const readme = readFileSync(new URL('../../lsp/README.md', import.meta.url), 'utf8');
const blocks = fileURLToPath(new URL('../fixtures/blocks/shop-v5/blocks', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'betrace-editors-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const isInstalled = (command: string): boolean => spawnSync(command, ['--version']).status === 0;

/** A code block of the README, with the command and the folder of this test. */
function settings(opening: string): string {
  const [, block = ''] = new RegExp(`\`\`\`${opening}\\n([\\s\\S]*?)\`\`\``, 'u').exec(readme) ?? [];
  expect(block).toContain('betrace');
  return block
    .replace("'betrace', 'lsp'", `'${process.execPath}', '${MAIN}', 'lsp'`)
    .replace('/var/tempo', blocks);
}

/** Writes what is wrong with the file, and what is offered behind `span.proc`, once the catalogue is there. */
const ASK = `
local function offered()
  local params = vim.lsp.util.make_position_params()
  params.position = { line = 0, character = 26 }
  for _, answer in pairs(vim.lsp.buf_request_sync(0, 'textDocument/completion', params, 5000) or {}) do
    for _, item in ipairs(answer.result and answer.result.items or {}) do
      if item.label == 'span.processor' then return item.label end
    end
  end
end
local function ready() return #vim.diagnostic.get(0) > 0 and offered() ~= nil end
vim.wait(30000, ready, 200)
for _, found in ipairs(vim.diagnostic.get(0)) do io.stdout:write(found.code .. '\\n') end
io.stdout:write(tostring(offered()) .. '\\n')
vim.cmd('qall!')
`;

it.skipIf(!isInstalled('nvim'))(
  'Neovim shows what is wrong, and offers what the traces of its settings carry',
  () => {
    const [init, ask, rules] = ['init.lua', 'ask.lua', 'a.betrace'].map((name) => join(folder, name));
    writeFileSync(init!, settings('lua old-neovim'));
    writeFileSync(ask!, ASK);
    writeFileSync(rules!, 'rule r { never { span.proc = "a" && name LIKE "pay%" } }\n');
    const output = execFileSync('nvim', ['--headless', '-u', init!, rules!, '-c', `luafile ${ask}`], {
      encoding: 'utf8',
      timeout: 60_000,
      env: { ...process.env, XDG_STATE_HOME: folder, XDG_DATA_HOME: folder },
    });
    expect(output.trim().split('\n')).toEqual(expect.arrayContaining(['BT1011', 'span.processor']));
  },
);

it.skipIf(!isInstalled('hx'))('Helix finds the server by its settings', () => {
  const config = join(folder, 'helix');
  mkdirSync(config);
  const server = settings('toml')
    .replace('"betrace"', JSON.stringify(process.execPath))
    .replace('["lsp"', `[${JSON.stringify(MAIN)}, "lsp"`);
  writeFileSync(join(config, 'languages.toml'), server);
  const output = execFileSync('hx', ['--health', 'betrace'], {
    encoding: 'utf8',
    env: { ...process.env, XDG_CONFIG_HOME: folder },
  });
  expect(output).toContain(`✓ ${process.execPath}`);
});
