import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../shared/usage-error.js';
import { defineCommand } from './args/command.js';
import { CACHE_OPTION } from './args/stored-options.js';

export const demoCommand = defineCommand({
  name: 'demo',
  summary: 'replay the example rules over the example blocks that come with betrace',
  usage: '[options]',
  options: {
    ...CACHE_OPTION,
    files: {
      type: 'boolean',
      help: 'only print where the examples are, as JSON: folders of rules and of blocks',
    },
  },
  examples: [{ command: 'betrace demo', what: 'twelve rules of a shop over a day of its traces' }],
  notes: ['Needs nothing but the package. Exit code: 1, as the traces break every rule; 0 with --files.'],
  async run(options, _, terminal) {
    const rules = inPackage('queries/shop');
    const blocks = inPackage('test/fixtures/blocks/shop-v5');
    if (options.files) {
      terminal.out(`${JSON.stringify({ rules, blocks })}\n`);
      return 0;
    }
    const { replayCommand } = await import('./replay.js');
    const args = [rules, '--blocks', blocks];
    return await replayCommand.start(
      [...args, ...(options.cache === undefined ? [] : ['--cache', options.cache])],
      terminal,
    );
  },
});

/** The root of the package is at another height above what is built. */
function inPackage(path: string): string {
  const found = ['../../', '../../../']
    .map((above) => fileURLToPath(new URL(above + path, import.meta.url)))
    .find((candidate) => existsSync(candidate));
  if (found === undefined)
    throw new UsageError(`The examples are not part of this installation: ${path} is missing.`);
  return found;
}
