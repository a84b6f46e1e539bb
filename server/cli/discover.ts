import { type Discovery, discover } from '../../engine/discover/discover.js';
import { discoveryJson } from '../../engine/discover/discovery-json.js';
import type { BlockTraces } from '../../engine/spans/traces.js';
import { discoveryText } from '../shared/discovery-text.js';
import { printableJson } from '../shared/printable.js';
import { parseCount, parseDuration, parseTime } from '../shared/typed-values.js';
import { defineCommand } from './args/command.js';
import { ENGINE_NOTE, ENGINE_OPTION } from './args/engine-option.js';
import { BLOCKS_OPTIONS, CACHE_OPTION } from './args/stored-options.js';
import { parseWindow } from './args/window.js';
import { chooseTenant, openBlocks } from './blocks-source.js';
import { MEMORY_OPTION, overBlocks, parseMemory } from './over-blocks.js';
import { problemLine } from './terminal/problem-line.js';

const LIMIT = 40;
const RULE_TIMEOUT = '60s';

export const discoverCommand = defineCommand({
  name: 'discover',
  summary: 'propose rules that stored traces nearly always keep',
  usage: '--blocks PLACE [options]',
  options: {
    ...BLOCKS_OPTIONS,
    from: {
      type: 'string',
      value: 'TIME',
      help: 'traces that start at this time or later: RFC 3339, unix seconds, 24h or 7d ago, yesterday',
    },
    to: { type: 'string', value: 'TIME', help: 'traces that start before this time' },
    service: { type: 'string', value: 'NAME', help: 'only rules that spans of this service are part of' },
    since: {
      type: 'string',
      value: 'TIME',
      help: 'only what is broken more often from then on than before: a time as above, such as yesterday',
    },
    limit: { type: 'string', value: 'N', help: `rules proposed at most: ${LIMIT} by default` },
    format: {
      type: 'string',
      value: 'FORMAT',
      choices: ['text', 'json'],
      help: 'text (default), which is a file of rules with tests, or json',
    },
    ...ENGINE_OPTION,
    ...MEMORY_OPTION,
    ...CACHE_OPTION,
  },
  examples: [
    {
      command: 'betrace discover --blocks /var/tempo > rules/discovered.betrace',
      what: 'what does this system keep that nobody has written down?',
    },
    {
      command: 'betrace discover --blocks /var/tempo --from 8d --since yesterday',
      what: 'in a nightly job: which invariants broke?',
    },
  ],
  notes: [
    'What has few exceptions, one in a hundred at most, comes first; then what has more; then what has none; and last, to look at, what more break but divides them clearly from those that keep it. Findings with the same exceptions are listed once.',
    'Across traces it looks for keys in the data, attributes whose values are in few traces each, and for links; the rule says how far it looks: `across span.order.id within 10m`.',
    'Each rule has a test made of a trace that keeps it, and of one that violates it. A rule that is proposed describes what was; whether it is meant so is yours to say.',
    ENGINE_NOTE,
    'Of several hosts the first looks for rules, in all traces; all of them judge what it finds.',
    'Exit code: 0; 2 for wrong usage; 3 if a block could not be read.',
  ],
  async run(options, _, terminal) {
    const { format = 'text' } = options;
    const limit = options.limit === undefined ? LIMIT : parseCount('--limit', options.limit, 1);
    const memory = parseMemory(options.memory);
    const window = parseWindow(options.from, options.to);
    const sinceNs = options.since === undefined ? undefined : parseTime('--since', options.since);
    const ruleLimitMs = parseDuration('--rule-timeout', RULE_TIMEOUT);
    const source = await openBlocks(options, terminal);
    const tenant = chooseTenant(source, options.tenant);
    const blocks = {
      storage: source.storage,
      tenant,
      window,
      memory,
      cacheDirectory: options.cache,
    };
    const discoverIn = (traces: BlockTraces): Promise<Discovery> =>
      discover({
        ...traces,
        limit,
        ruleLimitMs,
        ...(options.service === undefined ? {} : { service: options.service }),
        ...(sinceNs === undefined ? {} : { sinceNs }),
      });
    const { engine } = options;
    const { result: discovery } =
      engine === undefined
        ? await overBlocks(blocks, terminal, discoverIn)
        : await (await import('./over-engine.js')).overEngine(
            { ...blocks, place: source.place, engine },
            terminal,
            discoverIn,
          );
    const { unread } = discovery.result.blocks;
    for (const problem of unread) terminal.err(`${problemLine(problem, terminal.errStyle)}\n`);
    terminal.out(
      format === 'json' ? `${printableJson(discoveryJson(discovery), 2)}\n` : discoveryText(discovery),
    );
    return unread.length > 0 ? 3 : 0;
  },
});
