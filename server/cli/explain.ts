import { type Explained, explainJson, explainRule, explainText } from '../explain/explain-rule.js';
import { typesIn } from '../explain/types-of.js';
import { loadSoundRules, selectInOrder } from '../rules/runnable-rules.js';
import { printableJson } from '../shared/printable.js';
import type { Terminal } from '../shared/terminal.js';
import { defineCommand } from './args/command.js';
import { RULES_TEXT } from './args/rules-text.js';
import { BLOCKS_OPTIONS, CACHE_OPTION } from './args/stored-options.js';
import { loadStoredSchema } from './stored-schema.js';
import { problemLine } from './terminal/problem-line.js';

export const explainCommand = defineCommand({
  name: 'explain',
  summary: 'show what a rule becomes: plan, columns and SQL',
  usage: 'RULES… [--rule ID] [options]',
  positionals: RULES_TEXT,
  options: {
    rule: { type: 'string', value: 'ID', multiple: true, help: 'only this rule; may be repeated' },
    format: { type: 'string', value: 'FORMAT', choices: ['text', 'json'], help: 'text (default) or json' },
    blocks: {
      type: 'string',
      value: 'DIR',
      help: 'write the SQL for the types that attributes have in the blocks there',
    },
    tenant: BLOCKS_OPTIONS.tenant,
    ...CACHE_OPTION,
  },
  examples: [
    { command: 'betrace explain rules --rule double-charge', what: 'one rule, for any types of attributes' },
    {
      command: 'betrace explain rules --rule double-charge --blocks /var/tempo',
      what: 'as it would run over these blocks',
    },
  ],
  notes: [
    'Each rule is explained as if it ran alone; a replay runs the scan once for all its rules.',
    'Exit code: 0; 2 for wrong usage or errors in rules; 3 if there are blocks that cannot be read.',
  ],
  async run(options, patterns, terminal) {
    const { format = 'text' } = options;
    const loaded = await loadSoundRules(patterns, terminal, options.rule);
    if (loaded === undefined) return 2;
    const rules = selectInOrder(loaded.rules, options.rule);
    const stored = options.blocks === undefined ? undefined : await loadStoredSchema(options, terminal);
    for (const problem of stored?.unread ?? []) terminal.err(`${problemLine(problem, terminal.errStyle)}\n`);
    const types = stored && typesIn(stored.schema);
    const explained = rules.map((rule) => explainRule(rule, types));
    print(explained, format, stored !== undefined, terminal);
    return (stored?.unread.length ?? 0) > 0 ? 3 : 0;
  },
});

function print(
  explained: readonly Explained[],
  format: 'text' | 'json',
  typesKnown: boolean,
  terminal: Terminal,
): void {
  if (format === 'json') terminal.out(`${printableJson(explainJson(explained), 2)}\n`);
  else terminal.out(explained.map((explained) => explainText(explained, typesKnown, terminal)).join('\n\n'));
}
