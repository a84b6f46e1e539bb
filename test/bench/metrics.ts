/** What metrics queries cost over the range of the blocks, with the step that Tempo would take. */
import type { BlockMeta } from '../../engine/blocks/meta.js';
import { parseQuery } from '../../engine/language/parse/parse-query.js';
import { planMetrics } from '../../engine/plan/lower/lower-metrics.js';
import { defaultStep } from '../../engine/query/metrics/grid.js';
import { queryRange } from '../../engine/query/metrics.js';
import type { StoredTraces } from '../../engine/spans/stored-run.js';

const QUERIES = [
  ['count by service', '{ } | count_over_time() by (resource.service.name)'],
  ['quantiles by service', '{ } | quantile_over_time(duration, .9, .99) by (resource.service.name)'],
  ['errors of services', '{ status = error } | rate() by (resource.service.name)'],
] as const;

export interface MetricsBench {
  readonly blocks: readonly BlockMeta[];
  /** With a cache that is empty. */
  readonly cold: () => StoredTraces;
  readonly warm: StoredTraces;
  readonly median: (work: () => Promise<unknown>) => Promise<number>;
  /** Called with each figure, in milliseconds. */
  readonly show: (name: string, time: number) => void;
}

export async function measureMetrics({ blocks, cold, warm, median, show }: MetricsBench): Promise<void> {
  const [fromNs] = blocks.map(({ startNs }) => startNs).sort(byTime);
  const toNs = blocks
    .map(({ endNs }) => endNs)
    .sort(byTime)
    .at(-1);
  if (fromNs === undefined || toNs === undefined) throw new Error('no blocks to ask');
  const stepNs = defaultStep(fromNs, toNs);
  for (const [name, text] of QUERIES) {
    const { query } = parseQuery(text);
    if (query?.kind !== 'metrics') throw new Error(`not a metrics query: ${text}`);
    const plan = planMetrics(query);
    const ask = async (traces: StoredTraces) => await queryRange({ ...traces, plan, fromNs, toNs, stepNs });
    show(`metrics cold, ${name}`, await median(async () => await ask(cold())));
    await ask(warm);
    show(`metrics warm, ${name}`, await median(async () => await ask(warm)));
  }
}

function byTime(a: bigint, b: bigint): number {
  return a < b ? -1 : 1;
}
