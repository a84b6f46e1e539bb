/** Questions over stored traces, by the names that Tempo's own server has for them. */
import { defaultStep } from '../../../engine/query/metrics/grid.js';
import { windowOf } from '../../api/times.js';
import { HttpError } from '../../http/http-error.js';
import { parseDuration } from '../../shared/typed-values.js';
import { UsageError } from '../../shared/usage-error.js';
import type { TempoContext } from '../../tempo/context.js';
import type { TimeRange } from '../../tempo/params/times.js';
import { metricsQuery, spansQuery } from '../../tempo/query-text.js';
import { checkMetricsRange, searchRange } from '../../tempo/ranges.js';
import { plainInspected, plainInstant, plainSeries, plainTrace, plainWholeTrace } from '../plain.js';
import { defineTool, input, RANGE, type RangeArgs, type Tool, type ToolCall } from '../tool.js';

const QUERY = {
  type: 'string',
  minLength: 1,
  description: 'The query. How to write one: tool betrace-docs, sections "Patterns" and "Queries".',
} as const;

const USUAL_TRACES = 10;
const USUAL_SPANS = 3;
/** Of a series: enough to see when something changed. */
const POINTS = 60n;
const HOUR = 3_600_000_000_000n;
const SECOND = 1_000_000_000n;

interface SearchArgs extends RangeArgs {
  readonly query: string;
  readonly limit: number;
  readonly spans: number;
}

interface MetricsArgs extends RangeArgs {
  readonly query: string;
}

interface SeriesArgs extends MetricsArgs {
  readonly step?: string;
}

export function queryTools({ backend, config }: TempoContext): readonly Tool[] {
  const { maxTraces, maxSpansPerSpanset, maxQuery } = config.query;
  return [
    defineTool<SearchArgs>({
      name: 'traceql-search',
      title: 'Search traces',
      description:
        'Finds stored traces, the newest first. The query is TraceQL (`{ status = error } | by(name)`), the violations of a rule in force (`violations of RULE`), or the clauses of a new rule (`when { name = "pay" } as p  always { name = "audit" } after p`). To count, ask traceql-metrics-instant with `| count_over_time()`.',
      input: input(
        {
          query: QUERY,
          ...RANGE,
          limit: {
            type: 'integer',
            minimum: 1,
            maximum: maxTraces,
            default: Math.min(USUAL_TRACES, maxTraces),
            description: 'Traces listed at most.',
          },
          spans: {
            type: 'integer',
            minimum: 0,
            maximum: maxSpansPerSpanset,
            default: Math.min(USUAL_SPANS, maxSpansPerSpanset),
            description: 'Matching spans listed of each group of a trace.',
          },
        },
        ['query'],
      ),
      async run({ call, args }) {
        const query = spansQuery(args.query, maxQuery, 'traceql-metrics-instant or traceql-metrics-range');
        const newest = (): Promise<bigint> => backend.newest(call);
        const range = await searchRange(await rangeOf(args, newest), config.query, newest);
        const { traces, inspected } = await backend.search(call, {
          query,
          text: args.query,
          // One more says whether there are more.
          limit: args.limit + 1,
          spansPerSpanset: args.spans,
          ...(range && { range }),
        });
        return {
          more: traces.length > args.limit,
          traces: traces.slice(0, args.limit).map(plainTrace),
          ...plainInspected(inspected),
        };
      },
    }),
    defineTool<MetricsArgs>({
      name: 'traceql-metrics-instant',
      title: 'Count or aggregate over a range',
      description:
        'One value for each series over a whole range: `{ status = error } | count_over_time() by (resource.service.name)`, `{ name = "pay" } | quantile_over_time(duration, .5, .99)`, `violations of RULE | by(resource.service.version)`, which counts them. Without a start: the hour before the end, or before the newest data.',
      input: input({ query: QUERY, ...RANGE }, ['query']),
      async run(asked) {
        const { query, range } = await metricsAsked(asked);
        const question = { query, text: asked.args.query, range, exemplars: 0 };
        return { ...shown(range), ...plainInstant(await backend.metrics(asked.call, question)) };
      },
    }),
    defineTool<SeriesArgs>({
      name: 'traceql-metrics-range',
      title: 'Count or aggregate over time',
      description:
        'The same queries as traceql-metrics-instant, as series over time: to see when something changed. About 60 points, unless step says otherwise.',
      input: input(
        {
          query: QUERY,
          ...RANGE,
          step: { type: 'string', maxLength: 40, description: 'From one point to the next: 30s, 5m, 1h.' },
        },
        ['query'],
      ),
      async run(asked) {
        const { query, range } = await metricsAsked(asked);
        const step = stepOf(asked.args.step, range);
        const question = { query, text: asked.args.query, range, step, exemplars: 0 };
        const result = await backend.metrics(asked.call, question);
        return { ...shown(range), stepSeconds: Number(step) / 1e9, ...plainSeries(result) };
      },
    }),
    defineTool<{ readonly trace_id: string }>({
      name: 'get-trace',
      title: 'Get a trace',
      description:
        'One whole trace by its id: its spans in the order of their starts, with parents, durations, status and attributes.',
      input: input(
        {
          trace_id: {
            type: 'string',
            pattern: '^[0-9a-fA-F]{1,32}$',
            description: 'Up to 32 hex digits.',
          },
        },
        ['trace_id'],
      ),
      async run({ call, args }) {
        const traceId = args.trace_id.toLowerCase().padStart(32, '0');
        const found = await backend.trace(call, { traceId });
        if (found.resourceSpans.length === 0) throw new HttpError(404, 'no block holds that trace');
        return plainWholeTrace(found);
      },
    }),
  ];

  async function metricsAsked({ call, args }: ToolCall<MetricsArgs>) {
    const query = metricsQuery(args.query, maxQuery, 'traceql-search');
    const range = await lastHour(args, () => backend.newest(call));
    checkMetricsRange(range, config.query);
    return { query, range };
  }
}

/** An end that is left open is that of what is stored. Rejects with 400. */
async function rangeOf(args: RangeArgs, newest: () => Promise<bigint>): Promise<TimeRange | undefined> {
  const { fromNs, toNs } = windowOf(renamed(args));
  if (fromNs === undefined && toNs === undefined) return undefined;
  return { start: fromNs ?? 0n, end: toNs ?? (await newest()) };
}

/** The same, an hour where the start is left open. */
async function lastHour(args: RangeArgs, newest: () => Promise<bigint>): Promise<TimeRange> {
  const { fromNs, toNs } = windowOf(renamed(args));
  const end = toNs ?? (await newest());
  const start = fromNs ?? (end > HOUR ? end - HOUR : 0n);
  if (start >= end) throw new HttpError(400, '"start" must be before the newest data', { code: 'BT5020' });
  return { start, end };
}

function renamed({ start, end }: RangeArgs): { readonly from?: string; readonly to?: string } {
  return { ...(start !== undefined && { from: start }), ...(end !== undefined && { to: end }) };
}

function stepOf(text: string | undefined, range: TimeRange): bigint {
  if (text !== undefined) return BigInt(durationOf(text)) * 1_000_000n;
  const even = ((range.end - range.start) / POINTS / SECOND) * SECOND;
  const usual = defaultStep(range.start, range.end);
  return even > usual ? even : usual;
}

function durationOf(text: string): number {
  try {
    return parseDuration('"step"', text);
  } catch (error) {
    if (error instanceof UsageError) throw new HttpError(400, error.message, { code: 'BT5020' });
    throw error;
  }
}

function shown({ start, end }: TimeRange): { readonly range: unknown } {
  const iso = (ns: bigint): string => new Date(Number(ns / 1_000_000n)).toISOString();
  return { range: { start: iso(start), end: iso(end) } };
}
