import { listBlocks } from '../../../engine/blocks/listing/block-list.js';
import type { RunnableQuery } from '../../../engine/language/link/load-query.js';
import type { ResolvedRule } from '../../../engine/language/link/resolved.js';
import { printViolationLabel } from '../../../engine/language/print/print-metrics.js';
import { countedBy, type ViolationMetrics } from '../../../engine/language/tree/ast-query.js';
import { planMetrics } from '../../../engine/plan/lower/lower-metrics.js';
import { planSearch } from '../../../engine/plan/search.js';
import { defaultStep } from '../../../engine/query/metrics/grid.js';
import { queryRange } from '../../../engine/query/metrics.js';
import type { MetricsResult } from '../../../engine/query/metrics-result.js';
import { search } from '../../../engine/query/search.js';
import type { SearchResult } from '../../../engine/query/search-result.js';
import { searchViolations } from '../../../engine/query/violations.js';
import { whyUnlisted } from '../../../engine/replay/violation-series/unlisted.js';
import { violatedWindows } from '../../../engine/replay/violation-series/violated-windows.js';
import { violationSeries } from '../../../engine/replay/violation-series/violation-series.js';
import type { BlockTraces } from '../../../engine/spans/traces.js';
import { selectRules } from '../../rules/runnable-rules.js';
import { UsageError } from '../../shared/usage-error.js';
import { least, most } from '../replay/extremes.js';

export interface AskOptions {
  readonly limit: number;
  readonly spansPerSpanset: number;
  readonly stepNs?: bigint;
}

export type Asked =
  | { readonly kind: 'traces'; readonly result: SearchResult }
  | { readonly kind: 'series'; readonly result: MetricsResult; readonly stepNs: bigint }
  /** One value for each series; `labels` are the names of what is counted by. */
  | { readonly kind: 'counts'; readonly result: MetricsResult; readonly labels: readonly string[] };

/**
 * The answer to a sound query. Throws `UsageError` for what no query answers.
 *
 * @param rules those that the query may ask for by id
 */
export async function ask(
  query: RunnableQuery,
  rules: readonly ResolvedRule[],
  traces: BlockTraces,
  options: AskOptions,
): Promise<Asked> {
  switch (query.kind) {
    case 'search':
      return {
        kind: 'traces',
        result: await search({ ...traces, ...options, plan: planSearch(query.pipeline) }),
      };
    case 'violations': {
      const id = query.rule.text;
      const rule = selectRules(rules, [id])[0]!;
      if (query.metrics !== undefined) return await askViolations(rule, query.metrics, traces, options);
      const counted = countedBy(query);
      if (counted !== undefined) return await countViolations(rule, counted, traces);
      if (rule.kind === 'trace')
        return { kind: 'traces', result: await searchViolations({ ...traces, ...options, rule }) };
      throw new UsageError(`${whyUnlisted(rule)}. betrace replay --rule ${id} judges it.`);
    }
    case 'rule':
      return {
        kind: 'traces',
        result: await searchViolations({ ...traces, ...options, rule: query.rule }),
      };
    case 'over rule':
      return await askViolations(query.rule, violatedWindows(query.rule), traces, options);
    case 'metrics': {
      const range = await rangeOf(traces);
      const stepNs = options.stepNs ?? defaultStep(range.fromNs, range.toNs);
      const { window: _, ...rest } = traces;
      return {
        kind: 'series',
        result: await queryRange({ ...rest, ...range, stepNs, plan: planMetrics(query) }),
        stepNs,
      };
    }
  }
}

async function askViolations(
  rule: ResolvedRule,
  metrics: ViolationMetrics,
  traces: BlockTraces,
  options: AskOptions,
): Promise<Asked> {
  const range = await rangeOf(traces);
  const stepNs = options.stepNs ?? defaultStep(range.fromNs, range.toNs);
  const { window: _, ...rest } = traces;
  return {
    kind: 'series',
    result: await violationSeries({ ...rest, ...range, stepNs, rule, metrics }),
    stepNs,
  };
}

async function countViolations(
  rule: ResolvedRule,
  metrics: ViolationMetrics,
  traces: BlockTraces,
): Promise<Asked> {
  const { window: _, ...rest } = traces;
  const result = await violationSeries({ ...rest, ...(await rangeOf(traces)), rule, metrics });
  return { kind: 'counts', result, labels: metrics.by.map(printViolationLabel) };
}

/** The window; an end that was left open is that of the blocks. */
async function rangeOf({
  window,
  storage,
  tenant,
}: BlockTraces): Promise<{ readonly fromNs: bigint; readonly toNs: bigint }> {
  const { blocks } = await listBlocks(storage, tenant);
  const edges = blocks.flatMap(({ startNs, endNs }) => [startNs, endNs]);
  const first = edges.reduce(least, edges[0] ?? 0n);
  const last = edges.reduce(most, edges[0] ?? 1n);
  return { fromNs: window.fromNs ?? first, toNs: window.toNs ?? last };
}
