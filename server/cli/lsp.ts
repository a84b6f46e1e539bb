import { existsSync } from 'node:fs';
import { serveStdio } from '../../lsp/server/stdio.js';
import { classOf } from '../explain/rule-class.js';
import { version } from '../shared/version.js';
import { defineCommand } from './args/command.js';

export const lspCommand = defineCommand({
  name: 'lsp',
  summary: 'serve an editor: diagnostics, completion, hover and more',
  usage: '--stdio',
  options: {
    stdio: {
      type: 'boolean',
      help: 'speak the Language Server Protocol over standard input and output (the only way)',
    },
  },
  examples: [{ command: 'betrace lsp --stdio', what: 'what an editor starts' }],
  notes: [
    'Works in any editor with a client for the Language Server Protocol, for files that end in .betrace or .traceql.',
  ],
  async run() {
    const reference = referenceUri();
    const [script = ''] = process.argv.slice(1);
    await serveStdio({
      version: await version(),
      ...(reference === undefined ? {} : { reference }),
      command: [process.execPath, ...process.execArgv, script],
      ruleClass: (rule) => classOf(rule).why,
    });
    return 0;
  },
});

/** The language reference next to this package, which diagnostics link to. */
function referenceUri(): string | undefined {
  const places = ['../../engine/language/README.md', '../../../engine/language/README.md'];
  return places.map((path) => new URL(path, import.meta.url)).find((url) => existsSync(url))?.href;
}
