import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import { QueryError } from '../../engine/query/query-error.js';
import type { Inspected } from '../../engine/query/search-result.js';
import type { BlockTraces } from '../../engine/spans/traces.js';
import { loadSoundRules } from '../rules/runnable-rules.js';
import { plural } from '../shared/numbers.js';
import type { Terminal } from '../shared/terminal.js';
import { parseCount } from '../shared/typed-values.js';
import { UsageError } from '../shared/usage-error.js';
import { defineCommand } from './args/command.js';
import { ENGINE_NOTE, ENGINE_OPTION } from './args/engine-option.js';
import { BLOCKS_OPTIONS, CACHE_OPTION } from './args/stored-options.js';
import { parseWindow } from './args/window.js';
import { chooseTenant, openBlocks } from './blocks-source.js';
import { MEMORY_OPTION, overBlocks, parseMemory } from './over-blocks.js';
import { type Asked, type AskOptions, ask } from './query/ask.js';
import { readQuery } from './query/read-query.js';
import { jsonReport, textReport } from './query/report.js';
import { parseStep } from './query/step.js';
import { problemLine } from './terminal/problem-line.js';

const DEFAULT_LIMIT = 20;
const DEFAULT_SPANS = 3;

export const queryCommand = defineCommand({
  name: 'query',
  summary: 'ask stored traces a question in TraceQL, or for violations',
  usage: "'QUERY' --blocks PLACE [options]",
  positionals:
    'QUERY is TraceQL (a search or metrics), "violations of RULE", or the clauses of a rule without a file.',
  options: {
    ...BLOCKS_OPTIONS,
    from: {
      type: 'string',
      value: 'TIME',
      help: 'traces that end after this time: RFC 3339, unix seconds, 24h or 7d ago, yesterday',
    },
    to: { type: 'string', value: 'TIME', help: 'traces that start before this time' },
    limit: {
      type: 'string',
      value: 'N',
      help: `traces (the newest), or series or rows in text, that are shown: ${DEFAULT_LIMIT}`,
    },
    spans: {
      type: 'string',
      value: 'N',
      help: `spans listed of each group of a trace: ${DEFAULT_SPANS}`,
    },
    step: {
      type: 'string',
      value: 'DURATION',
      help: 'the interval between points of series: 30s, 5m; by default about 240 points',
    },
    rules: {
      type: 'string',
      value: 'PATHS',
      multiple: true,
      help: 'files, folders or patterns of rules, for "violations of RULE"; may be repeated',
    },
    format: {
      type: 'string',
      value: 'FORMAT',
      choices: ['text', 'json'],
      help: "text (default), or json as Tempo's API has it",
    },
    ...ENGINE_OPTION,
    ...MEMORY_OPTION,
    ...CACHE_OPTION,
  },
  examples: [
    {
      command: `betrace query '{ status = error } | by(name)' --blocks /var/tempo`,
      what: 'the newest traces with errors, by what failed',
    },
    {
      command: `betrace query '{ } | rate() by (resource.service.name)' --blocks /var/tempo --from 24h`,
      what: 'a plot for each service',
    },
    {
      command: `betrace query 'violations of double-charge' --rules rules --blocks /var/tempo`,
      what: 'the traces that violate a rule, with the evidence',
    },
    {
      command: `betrace query 'violations of double-charge | by(resource.service.version)' --rules rules --blocks /var/tempo`,
      what: 'how many violations there are of each version',
    },
    {
      command: `betrace query '{ status = error }' --blocks s3://traces/tempo --from 30d --engine clickhouse://ch.internal:8123?collection=traces`,
      what: 'the newest traces with errors in a month of a bucket, read by ClickHouse',
    },
  ],
  notes: [
    "JSON is that of Tempo's /api/search, of /api/metrics/query_range for metrics, and of /api/metrics/query for violations that are grouped.",
    'A trace belongs to the range if any of it does, and is always looked at whole; a span counts in metrics where it starts.',
    ENGINE_NOTE,
    'Exit code: 0, found or not; 2 for wrong usage or a mistake in the query; 3 if a block could not be read (whatever was found in the others).',
  ],
  async run(options, [text, ...more], terminal) {
    const { format = 'text' } = options;
    if (text === undefined) throw new UsageError("no query given: betrace query 'QUERY' --blocks PLACE.");
    if (more.length > 0)
      throw new UsageError(`"${more[0]}" is not expected: quote the query, so that it is one argument.`);
    const asked: AskOptions = {
      limit: options.limit === undefined ? DEFAULT_LIMIT : parseCount('--limit', options.limit, 1),
      spansPerSpanset: options.spans === undefined ? DEFAULT_SPANS : parseCount('--spans', options.spans, 0),
      ...(options.step !== undefined && { stepNs: parseStep(options.step) }),
    };
    const memory = parseMemory(options.memory);
    const window = { ...parseWindow(options.from, options.to), holds: 'overlaps' } as const;
    const query = readQuery(text, terminal);
    if (query === undefined) return 2;
    const rules = query.kind === 'violations' ? await loadRulesFor(options.rules, terminal) : [];
    if (rules === undefined) return 2;
    const { engine } = options;
    const source = await openBlocks(options, terminal);
    const tenant = chooseTenant(source, options.tenant);
    const blocks = {
      storage: source.storage,
      tenant,
      window,
      memory,
      cacheDirectory: options.cache,
    };
    const askOver = async (traces: BlockTraces): Promise<Asked> =>
      await answer(() => ask(query, rules, traces, asked));
    const { result, elapsedMs } =
      engine === undefined
        ? await overBlocks(blocks, terminal, askOver)
        : await (await import('./over-engine.js')).overEngine(
            { ...blocks, place: source.place, engine },
            terminal,
            askOver,
          );
    const { inspected } = result.result;
    if (format === 'json' || !terminal.outInteractive) warn(inspected, terminal);
    terminal.out(
      format === 'json' ? jsonReport(result) : textReport(result, { ...asked, elapsedMs, terminal }),
    );
    return inspected.unread.length > 0 ? 3 : 0;
  },
});

async function loadRulesFor(
  patterns: readonly string[] | undefined,
  terminal: Terminal,
): Promise<readonly ResolvedRule[] | undefined> {
  if (patterns === undefined) throw new UsageError('--rules PATHS is needed: where the rule is.');
  return (await loadSoundRules(patterns, terminal))?.rules;
}

/** What the user can change is reported without a stack. */
async function answer(work: () => Promise<Asked>): Promise<Asked> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof QueryError) throw new UsageError(`${error.message} (${error.code})`);
    throw error;
  }
}

function warn({ unread }: Inspected, terminal: Terminal): void {
  for (const problem of unread) terminal.err(`${problemLine(problem, terminal.errStyle)}\n`);
  if (unread.length > 0) terminal.err(`betrace query: partial, ${plural(unread.length, 'block')} unread\n`);
}
