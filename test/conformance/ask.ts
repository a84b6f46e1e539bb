import { fileURLToPath } from 'node:url';
import { loadQuery } from '../../engine/language/link/load-query.js';
import type { MetricsQuery } from '../../engine/language/tree/ast-query.js';
import { planMetrics } from '../../engine/plan/lower/lower-metrics.js';
import { planSearch } from '../../engine/plan/search.js';
import { queryRange } from '../../engine/query/metrics.js';
import { QueryError } from '../../engine/query/query-error.js';
import { search } from '../../engine/query/search.js';
import type { StoredTraces } from '../../engine/spans/stored-run.js';
import type { BlockTraces } from '../../engine/spans/traces.js';
import { queryRangeResponseText } from '../../server/tempo/encode/metrics.js';
import { searchResponseText } from '../../server/tempo/encode/search.js';
import { openStored } from '../support/stored.js';
import type { Answer, TraceAnswer } from './answers.js';

const BLOCKS = fileURLToPath(new URL('../fixtures/blocks/conf-v5', import.meta.url));

export interface Asker {
  ask(query: string): Promise<Answer>;
  close(): Promise<void>;
}

/** Asks stored traces, those of `conf-v5` unless others are named, the way the service and the command do. */
export async function openAsker(
  blocks = BLOCKS,
  by: (stored: StoredTraces) => BlockTraces = (stored) => stored,
): Promise<Asker> {
  const { stored, close } = await openStored(blocks);
  return { ask: async (text) => await answer(text, by(stored)), close };
}

async function answer(text: string, traces: BlockTraces): Promise<Answer> {
  const { query } = loadQuery(text);
  if (query === undefined) return { kind: 'refused' };
  if (query.kind === 'metrics') return await metricsAnswer(query, traces);
  if (query.kind !== 'search') throw new Error(`no answer to a query of kind ${query.kind}`);
  const plan = planSearch(query.pipeline);
  const result = await search({ ...traces, plan, limit: 10_000, spansPerSpanset: 10_000 });
  const json = JSON.parse(searchResponseText(result)) as SearchJson;
  return { kind: 'search', traces: (json.traces ?? []).map(traceAnswer).sort(byId) };
}

async function metricsAnswer(query: MetricsQuery, traces: BlockTraces): Promise<Answer> {
  const { start, end, step } = METRICS_RANGE;
  const [fromNs, toNs, stepNs] = [start, end, step].map((seconds) => BigInt(seconds) * 1_000_000_000n);
  const range = { fromNs: fromNs!, toNs: toNs!, stepNs: stepNs! };
  const result = await queryRange({ ...traces, ...range, plan: planMetrics(query) }).catch(refusal);
  if (result === 'refused') return { kind: 'refused' };
  const { series = [] } = JSON.parse(queryRangeResponseText(result)) as SeriesJson;
  return {
    kind: 'metrics',
    start,
    end,
    step,
    series: series.map(({ labels, samples = [] }) => ({
      labels: Object.fromEntries(labels.map(({ key, value }) => [key, Object.values(value)[0]!])),
      samples: samples.map(({ timestampMs, value = 0 }) => [Number(timestampMs), value] as const),
    })),
  };
}

function refusal(error: unknown): 'refused' {
  if (error instanceof QueryError) return 'refused';
  throw error;
}

/** Unix seconds: what Tempo was asked for. */
export const METRICS_RANGE = { start: 1_795_132_000, end: 1_795_220_000, step: 10_800 };

/** What is looked at of the JSON of `/api/metrics/query_range`. */
interface SeriesJson {
  readonly series?: readonly {
    readonly labels: readonly {
      readonly key: string;
      readonly value: Readonly<Record<string, string | number | boolean>>;
    }[];
    readonly samples?: readonly { readonly timestampMs: string; readonly value?: number }[];
  }[];
}

/** What is looked at of the JSON of `/api/search`. */
interface SearchJson {
  readonly traces?: readonly {
    readonly traceID: string;
    readonly spanSets?: readonly {
      readonly matched?: number;
      readonly spans?: readonly { readonly spanID: string }[];
      readonly attributes?: readonly {
        readonly key: string;
        readonly value: Readonly<Record<string, string | number | boolean>>;
      }[];
    }[];
  }[];
}

function traceAnswer({ traceID, spanSets = [] }: NonNullable<SearchJson['traces']>[number]): TraceAnswer {
  const sets = spanSets.map(({ matched = 0, spans = [], attributes }) => ({
    matched,
    spans: spans.map(({ spanID }) => spanID).sort(),
    ...(attributes === undefined
      ? {}
      : { attrs: attributes.map(({ key, value }) => [key, Object.values(value)[0]!] as const) }),
  }));
  return { id: traceID.padStart(32, '0'), sets };
}

function byId(a: TraceAnswer, b: TraceAnswer): number {
  return a.id < b.id ? -1 : 1;
}
