/** Editors as the README sets them up, driven without a screen. Each test is skipped, and says so, where the editor is not installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { CodeAction, CompletionList, Diagnostic, InitializeParams } from 'vscode-languageserver/node';
import { MAIN } from '../support/command.js';
import { PATIENCE } from '../support/patience.js';
import { LspClient } from './client.js';

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
  expect(block).not.toBe('');
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
      timeout: PATIENCE.timeout,
      env: { ...process.env, XDG_STATE_HOME: folder, XDG_DATA_HOME: folder },
    });
    expect(output.trim().split('\n')).toEqual(expect.arrayContaining(['BT1011', 'span.processor']));
  },
);

/** A terminal of its own, whose screen can be read. */
class Terminal {
  private readonly socket = join(folder, 'tmux');

  constructor(command: string, env: Readonly<Record<string, string>>) {
    const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    this.tmux('-f', '/dev/null', 'new-session', '-d', '-x', '120', '-y', '30', ...variables, command);
  }

  private tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-S', this.socket, ...args], { encoding: 'utf8' });
  }

  /** One after the other: a key right behind Escape would be one with Alt. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.tmux('send-keys', key);
      await sleep(200);
    }
  }

  /** Presses keys, again after a while, until they show this: an editor may be waiting for its server still. */
  async shows(text: string, ...keys: readonly string[]): Promise<void> {
    let screen = '';
    for (let tries = 0; tries < 5; tries++) {
      await this.press(...keys);
      for (let seconds = 0; seconds < 12; seconds++) {
        screen = this.tmux('capture-pane', '-p');
        if (screen.includes(text)) return;
        await sleep(1000);
      }
    }
    throw new Error(`${text} is not to be seen:\n${screen}`);
  }

  /** It is gone already where the editor has ended. */
  end(): void {
    spawnSync('tmux', ['-S', this.socket, 'kill-server']);
  }
}

it.skipIf(!isInstalled('hx') || spawnSync('tmux', ['-V']).status !== 0)(
  'Helix shows what is wrong, mends it, and completes what the traces of its settings carry',
  async () => {
    const config = join(folder, 'helix');
    mkdirSync(config);
    const server = settings('toml helix')
      .replace('"betrace"', JSON.stringify(process.execPath))
      .replace('["lsp"', `[${JSON.stringify(MAIN)}, "lsp"`);
    writeFileSync(join(config, 'languages.toml'), server);
    const rules = join(folder, 'b.betrace');
    writeFileSync(rules, 'rule r { never { span.proc = "a" && name LIKE "pay%" } }\n');
    const terminal = new Terminal(`hx '${rules}'`, { XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder });
    try {
      await terminal.shows('here it is `name starts with "pay"`');
      await terminal.press(']d');
      await terminal.shows('Write name starts with "pay"', 'Escape', 'Space', 'a');
      await terminal.press('Enter');
      await terminal.shows('&& name starts with "pay"');
      // Behind `span.proc`; what is typed asks for a list once more.
      await terminal.press('Escape', 'gg', '0', 'f.', '4l', 'a');
      await terminal.shows('span.processor', 'C-x');
      await terminal.press('C-n', 'Enter', 'Escape', ':wq', 'Enter');
      await expect
        .poll(() => readFileSync(rules, 'utf8'))
        .toBe('rule r { never { span.processor = "a" && name starts with "pay" } }\n');
    } finally {
      terminal.end();
    }
  },
);

/** What Helix 25.07 says of itself, as far as servers act on it. */
const HELIX: Partial<InitializeParams> = {
  clientInfo: { name: 'helix', version: '25.07.1' },
  capabilities: {
    general: { positionEncodings: ['utf-8', 'utf-32', 'utf-16'] },
    textDocument: {
      codeAction: {
        codeActionLiteralSupport: {
          codeActionKind: { valueSet: ['', 'quickfix', 'refactor', 'source', 'source.fixAll'] },
        },
        dataSupport: true,
        resolveSupport: { properties: ['edit', 'command'] },
      },
      completion: {
        completionItem: {
          insertReplaceSupport: true,
          resolveSupport: { properties: ['documentation', 'detail', 'additionalTextEdits'] },
          snippetSupport: true,
        },
      },
      diagnostic: { dynamicRegistration: false, relatedDocumentSupport: true },
      publishDiagnostics: { versionSupport: true },
    },
    workspace: {
      configuration: true,
      diagnostics: { refreshSupport: true },
      didChangeWatchedFiles: { dynamicRegistration: true },
      workspaceFolders: true,
    },
  },
};

/** The same of LSP4IJ, the client of JetBrains IDEs, by its `ClientCapabilitiesFactory`. */
const LSP4IJ: Partial<InitializeParams> = {
  capabilities: {
    general: {
      staleRequestSupport: { cancel: true, retryOnContentModified: [] },
      positionEncodings: ['utf-16'],
    },
    textDocument: {
      codeAction: {
        dynamicRegistration: true,
        codeActionLiteralSupport: {
          codeActionKind: { valueSet: ['quickfix', 'refactor', 'refactor.extract', 'source'] },
        },
        dataSupport: true,
        resolveSupport: { properties: ['edit'] },
      },
      completion: {
        dynamicRegistration: true,
        completionItem: {
          snippetSupport: true,
          resolveSupport: { properties: ['documentation', 'detail', 'additionalTextEdits'] },
        },
        completionList: { itemDefaults: ['editRange'] },
      },
      diagnostic: { dynamicRegistration: true, relatedDocumentSupport: true },
      publishDiagnostics: { relatedInformation: true, dataSupport: true },
    },
    workspace: {
      configuration: true,
      diagnostics: { refreshSupport: true },
      didChangeConfiguration: { dynamicRegistration: true },
      didChangeWatchedFiles: { dynamicRegistration: true },
      workspaceFolders: true,
    },
  },
};

const blocksOf = { blocks };

describe.each([
  ['Helix', HELIX, () => ({ language: 'betrace', options: blocksOf })],
  ['LSP4IJ', LSP4IJ, lsp4ijSettings],
] as const)('a client that says what %s does', (_, params, ofReadme) => {
  it('gets mistakes, their fixes, and what the traces of its settings carry', async () => {
    const { language, options } = ofReadme();
    const rootUri = pathToFileURL(folder).href;
    const client = await LspClient.start({ ...params, rootUri, initializationOptions: options });
    const uri = `${rootUri}/c.betrace`;
    const textDocument = { uri };
    await client.open(uri, 'rule r { never { span.proc = "a" && name LIKE "pay%" } }\n', language);
    // As Helix has it, which sends its settings without a section.
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: options });
    const report = await client.request<{ items: Diagnostic[] }>('textDocument/diagnostic', { textDocument });
    const [like] = report.items.filter(({ code }) => code === 'BT1011');
    const context = { diagnostics: [like], triggerKind: 1 };
    const actions = await client.request<CodeAction[]>('textDocument/codeAction', {
      textDocument,
      range: like!.range,
      context,
    });
    expect(actions.map(({ title }) => title)).toContain('Write name starts with "pay"');
    const position = { line: 0, character: 26 };
    const labels = async (): Promise<readonly string[]> => {
      const list = await client.request<CompletionList>('textDocument/completion', {
        textDocument,
        position,
      });
      return list.items.map(({ label }) => label);
    };
    await expect.poll(labels).toContain('span.processor');
    expect(await client.stop()).toBe(0);
  });
});

interface Lsp4ijTemplate {
  readonly programArgs: { readonly default: string };
  readonly fileTypeMappings: readonly {
    readonly fileType: { readonly patterns: readonly string[] };
    readonly languageId: string;
  }[];
}

/** What the files of the README come to for a `.betrace` file. */
function lsp4ijSettings(): { readonly language: string; readonly options: unknown } {
  const template = JSON.parse(settings('json template')) as Lsp4ijTemplate;
  expect(template.programArgs.default).toBe('betrace lsp --stdio');
  const mapping = template.fileTypeMappings.find(({ fileType }) => fileType.patterns.includes('*.betrace'));
  return { language: mapping?.languageId ?? '', options: JSON.parse(settings('json options')) };
}
