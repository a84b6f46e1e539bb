import type { Storage } from '../../engine/blocks/storage.js';
import { CARRIED_BY_DEFAULT, carriedAttributes } from '../../engine/plan/carried.js';
import { MAX_SERIES } from '../../engine/replay/over/windows.js';
import { type RulesToReplay, replay } from '../../engine/replay/replay.js';
import type { ReplayResult } from '../../engine/replay/result.js';
import { storageRead } from '../../engine/replay/storage-read.js';
import { loadSoundRules, selectInOrder } from '../rules/runnable-rules.js';
import type { Terminal } from '../shared/terminal.js';
import { parseCount, parseDuration, parseUrl } from '../shared/typed-values.js';
import { UsageError } from '../shared/usage-error.js';
import { defineCommand } from './args/command.js';
import { ENGINE_NOTE, ENGINE_OPTION } from './args/engine-option.js';
import { RULES_TEXT } from './args/rules-text.js';
import { BLOCKS_OPTIONS, CACHE_OPTION } from './args/stored-options.js';
import { parseWindow } from './args/window.js';
import { chooseTenant, openBlocks } from './blocks-source.js';
import { type BlocksToRead, MEMORY_OPTION, overBlocks, parseMemory, type Timed } from './over-blocks.js';
import type { EngineBlocks } from './over-engine.js';
import { FORMAT_NAMES, formatsHelp, limitsHelp, REPORT_FORMATS } from './replay/formats.js';
import type { FilesToRead } from './replay/given.js';
import { exitCodeOf, listedFor, reportResult } from './replay/report-result.js';

/** Far more than any rule takes that is not quadratic in the spans of a trace. */
const RULE_TIMEOUT = '60s';

export const replayCommand = defineCommand({
  name: 'replay',
  summary: 'run rules over stored traces',
  usage: 'RULES… --blocks PLACE [options]',
  positionals: RULES_TEXT,
  options: {
    ...BLOCKS_OPTIONS,
    otlp: {
      type: 'string',
      value: 'FILE',
      multiple: true,
      help: 'traces from a file, a folder or - (standard input) instead: OTLP as JSON or protobuf, what the Collector writes to files, Jaeger’s or Zipkin’s JSON; may be repeated',
    },
    from: {
      type: 'string',
      value: 'TIME',
      help: 'traces that start at this time or later: RFC 3339, unix seconds, 24h or 7d ago, yesterday',
    },
    to: { type: 'string', value: 'TIME', help: 'traces that start before this time' },
    rule: { type: 'string', value: 'ID', multiple: true, help: 'only this rule; may be repeated' },
    format: {
      type: 'string',
      value: 'FORMAT',
      choices: FORMAT_NAMES,
      help: formatsHelp(),
    },
    limit: {
      type: 'string',
      value: 'N',
      help: `violations listed for each rule: ${limitsHelp()}`,
    },
    why: {
      type: 'boolean',
      help: 'also find out what is different about the violations: versions, regions, any attribute and pairs of them; takes once to some times the time of the replay again',
    },
    'rule-timeout': {
      type: 'string',
      value: 'DURATION',
      help: `stop a rule that takes longer over one part of the traces: ${RULE_TIMEOUT} (default), 5m, 500ms`,
    },
    'max-series': {
      type: 'string',
      value: 'N',
      help: `series that one window of a rule over many traces may have, ${MAX_SERIES} by default: windows with more are not judged`,
    },
    emit: {
      type: 'string',
      value: 'URL',
      help: 'also send the violations as spans by OTLP, those of rules over many traces too: to this address by gRPC, or by HTTP where it has a path',
    },
    'emit-attribute': {
      type: 'string',
      value: 'NAME',
      multiple: true,
      help: 'with --emit, what these spans carry of the offending span, as a filter writes it (resource.service.version), in place of the usual: its service, version, environment, region, cluster, namespace, pod and host; may be repeated',
    },
    shard: {
      type: 'string',
      value: 'I/N',
      help: 'only share I of N, from 1, as JSON for betrace merge: N processes anywhere, each with another share, do the replay together; job/N takes I from a Kubernetes Job with indexed completions',
    },
    ...ENGINE_OPTION,
    estimate: {
      type: 'boolean',
      help: 'only tell what would be read: blocks, requests, bytes, and a guess of time and cost',
    },
    ...MEMORY_OPTION,
    ...CACHE_OPTION,
  },
  examples: [
    { command: 'betrace replay rules --blocks /var/tempo', what: 'all rules over everything that is stored' },
    {
      command: 'betrace replay rules --blocks /var/tempo --from 24h --rule double-charge',
      what: 'when did this start?',
    },
    {
      command: 'betrace replay rules --blocks /var/tempo --rule double-charge --why',
      what: 'which version, region or tenant is it?',
    },
    {
      command: 'betrace replay rules --blocks /var/tempo --format json > result.json',
      what: 'for a program',
    },
    {
      command: 'betrace replay rules --blocks /var/tempo --from 7d --emit http://tempo:4317',
      what: 'show what happened before the rule in Tempo',
    },
    {
      command: 'betrace replay rules --otlp traces.json',
      what: 'in CI, with no Tempo anywhere: what the Collector’s file exporter wrote',
    },
    {
      command:
        'betrace replay rules --blocks s3://traces/tempo --from 2026-11-01 --to 2026-12-01 --shard 1/4 > 1.json',
      what: 'the first of four shares of a month, for betrace merge',
    },
    {
      command: 'betrace replay rules --blocks s3://traces/tempo --from 30d --estimate',
      what: 'what would a month of a bucket take?',
    },
    {
      command:
        'betrace replay rules --blocks s3://traces/tempo --from 30d --engine clickhouse://ch.internal:8123?collection=traces',
      what: 'a month of a bucket, read by ClickHouse',
    },
  ],
  notes: [
    'A trace belongs to the range in which it starts, and is always judged whole. If any rule has an error, none is run, unless those named with --rule have none.',
    'Violations that are sent have the ids that live judging gives them, so a backend shows each once. What cannot be sent is kept, and sent by the next replay that does.',
    'A rule `over` a duration is judged in every window of it, counted from 1970, that lies whole in the range; spans count where they start. Without --from or --to the windows hold all that is stored there.',
    'A rule `across` traces judges the spans of one key in whatever traces they are, also some before the range and behind it, as far as the rule looks. A case that sees beyond the end of the range is undecided, neither passed nor violated, as long as what comes later can change it.',
    'A share has the violations of its traces and says nothing of the whole. It needs both ends of the range as times, and reads its part of the blocks, but for rules `across` traces, for which each share reads all. Exit code: 0 for a whole share, whatever it found, 3 for one that lacks something.',
    ENGINE_NOTE,
    'Exit code: 0 without violations, 1 with violations, 4 without any if a rule is vacuous (no clause of it could have failed, for want of data; idle = true among its settings accepts that) or all cases of one are undecided, 2 for wrong usage or errors in rules, 3 if a block or a span could not be read or a rule not judged to the end (whatever was found in the others), or violations could not be sent.',
  ],
  async run(options, patterns, terminal) {
    const { format = 'text' } = options;
    const shards = options.shard === undefined ? undefined : await import('./replay/shard.js');
    const shard = shards?.shardOf(options, process.env);
    const usual = REPORT_FORMATS[shard === undefined ? format : 'json'].limit;
    const limit = options.limit === undefined ? usual : parseCount('--limit', options.limit, 0);
    const memory = parseMemory(options.memory);
    const ruleLimitMs = parseDuration('--rule-timeout', options['rule-timeout'] ?? RULE_TIMEOUT);
    const maxSeries =
      options['max-series'] === undefined ? MAX_SERIES : parseCount('--max-series', options['max-series'], 1);
    const window = parseWindow(options.from, options.to);
    const loaded = await loadSoundRules(patterns, terminal, options.rule);
    if (loaded === undefined) return 2;
    const rules = selectInOrder(loaded.rules, options.rule);
    const { otlp, estimate, engine, ...others } = options;
    const endpoint = options.emit === undefined ? undefined : parseUrl('--emit', options.emit);
    // Loaded only where it is asked for: gRPC is a third of what this command would load.
    const emit = endpoint && (await import('./replay/emit.js'));
    if (endpoint === undefined && options['emit-attribute'] !== undefined)
      throw new UsageError('--emit-attribute goes with --emit.');
    const carries = endpoint && carriedAttributes(options['emit-attribute'] ?? CARRIED_BY_DEFAULT);
    const listed = Math.max(listedFor(format, limit), emit?.MOST_EMITTED ?? 0);
    const judging = {
      rules,
      limit: listed,
      ruleLimitMs,
      maxSeries,
      why: options.why === true,
      ...(carries && { carries }),
    };
    const bounds = { window, memory, cacheDirectory: options.cache, tenant: options.tenant };
    if (otlp !== undefined)
      refuseWith('--otlp', {
        '--blocks': options.blocks,
        '--tempo-config': options['tempo-config'],
        '--estimate': estimate,
        '--engine': engine,
      });
    if (engine !== undefined) refuseWith('--engine', { '--shard': options.shard, '--estimate': estimate });
    const source = otlp === undefined ? await openBlocks(others, terminal) : undefined;
    const tenant = source && chooseTenant(source, options.tenant);
    if (source && tenant && estimate) {
      const { estimateText } = await import('./replay/estimate.js');
      terminal.out(await estimateText({ storage: source.storage, tenant, window, rules }));
      return 0;
    }
    if (shards && shard && source && tenant) {
      const blocks = { ...bounds, storage: source.storage, tenant };
      return (await shards.writeShare(blocks, { ...judging, limit }, shard, terminal)) ? 0 : 3;
    }
    const { result, elapsedMs, spansRefused } =
      source && tenant && engine !== undefined
        ? await inEngine({ ...bounds, ...source, tenant, engine }, judging, terminal)
        : source && tenant
          ? await overStorage({ ...bounds, storage: source.storage, tenant }, judging, terminal)
          : await overFiles({ ...bounds, files: otlp ?? [] }, judging, terminal);
    const emitted = !endpoint || !emit || (await emit.emitViolations(result, endpoint, terminal));
    const limitGiven = options.limit !== undefined;
    await reportResult(result, { format, limit, limitGiven, elapsedMs, command: 'replay' }, terminal);
    return spansRefused || !emitted ? 3 : exitCodeOf(result);
  },
});

interface Replayed extends Timed<ReplayResult> {
  /** Spans could not be read: the result is of the others. */
  readonly spansRefused: boolean;
}

async function overStorage(
  blocks: BlocksToRead,
  judging: RulesToReplay,
  terminal: Terminal,
): Promise<Replayed> {
  const timed = await overBlocks(blocks, terminal, (traces) => replay({ ...traces, ...judging }));
  return replayedOf(timed, blocks.storage);
}

async function inEngine(blocks: EngineBlocks, judging: RulesToReplay, terminal: Terminal): Promise<Replayed> {
  const [{ overEngine }, { replayBlocks }] = await Promise.all([
    import('./over-engine.js'),
    import('../../engine/replay/shares/replay-blocks.js'),
  ]);
  const timed = await overEngine(blocks, terminal, (traces) => replayBlocks({ ...traces, ...judging }));
  return replayedOf(timed, blocks.storage);
}

function replayedOf({ result, elapsedMs }: Timed<ReplayResult>, storage: Storage): Replayed {
  const read = storageRead(storage);
  return { result: read === undefined ? result : { ...result, read }, elapsedMs, spansRefused: false };
}

async function overFiles(files: FilesToRead, judging: RulesToReplay, terminal: Terminal): Promise<Replayed> {
  const { overGiven } = await import('./replay/given.js');
  const { partial, ...timed } = await overGiven(files, terminal, (traces) =>
    replay({ ...traces, ...judging }),
  );
  return { ...timed, spansRefused: partial };
}

/** Options that say where traces are, other than a given one. */
function refuseWith(option: string, others: Readonly<Record<string, unknown>>): void {
  const [other] = Object.entries(others).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (other !== undefined) throw new UsageError(`${option} and ${other} exclude one another.`);
}
