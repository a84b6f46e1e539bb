import { listBlocks } from '../../../engine/blocks/block-list.js';
import type { RunnableQuery } from '../../../engine/language/link/load-query.js';
import type { ViolationMetrics } from '../../../engine/language/tree/ast-query.js';
import { planMetrics } from '../../../engine/plan/lower-metrics.js';
import { planSearch } from '../../../engine/plan/search.js';
import { defaultStep } from '../../../engine/query/metrics/grid.js';
import { queryRange } from '../../../engine/query/metrics.js';
import type { MetricsResult } from '../../../engine/query/metrics-result.js';
import { search } from '../../../engine/query/search.js';
import type { SearchResult } from '../../../engine/query/search-result.js';
import { searchViolations } from '../../../engine/query/violations.js';
import type { CountedRule } from '../../../engine/replay/violation-series/counted.js';
import { violatedWindows } from '../../../engine/replay/violation-series/violated-windows.js';
import { violationSeries } from '../../../engine/replay/violation-series/violation-series.js';
import type { StoredTraces } from '../../../engine/spans/stored-run.js';
import type { LoadedRules } from '../../rules/read-rules.js';
import { selectRules } from '../../rules/runnable-rules.js';
import { UsageError } from '../../shared/usage-error.js';
import { least, most } from '../replay/extremes.js';

/** The rules that a query may ask for by id. */
export type KnownRules = Pick<LoadedRules, 'rules' | 'overRules'>;

export interface AskOptions {
  readonly limit: number;
  readonly spansPerSpanset: number;
  readonly stepNs?: bigint;
}

export type Asked =
  | { readonly kind: 'traces'; readonly result: SearchResult }
  | { readonly kind: 'series'; readonly result: MetricsResult; readonly stepNs: bigint };

/** The answer to a sound query. Throws `UsageError` for what no query answers. */
export async function ask(
  query: RunnableQuery,
  { rules, overRules }: KnownRules,
  traces: StoredTraces,
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
      const over = overRules.find(({ item }) => item.id.text === id);
      if (query.metrics === undefined && over !== undefined)
        throw new UsageError(
          `"${id}" is a rule over many traces, which no single trace violates: count its violated windows with "violations of ${id} | count_over_time()", or run betrace replay --rule ${id}.`,
        );
      const of: CountedRule =
        over === undefined
          ? { kind: 'rule', rule: selectRules(rules, [id])[0]! }
          : { kind: 'over rule', rule: over };
      if (query.metrics !== undefined) return await askViolations(of, query.metrics, traces, options);
      if (of.kind !== 'rule') throw new Error('a rule over many traces has no traces');
      return { kind: 'traces', result: await searchViolations({ ...traces, ...options, rule: of.rule }) };
    }
    case 'rule':
      return {
        kind: 'traces',
        result: await searchViolations({ ...traces, ...options, rule: query.rule }),
      };
    case 'over rule':
      return await askViolations(query, violatedWindows(query.rule), traces, options);
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
  of: CountedRule,
  metrics: ViolationMetrics,
  traces: StoredTraces,
  options: AskOptions,
): Promise<Asked> {
  const range = await rangeOf(traces);
  const stepNs = options.stepNs ?? defaultStep(range.fromNs, range.toNs);
  const { window: _, ...rest } = traces;
  return {
    kind: 'series',
    result: await violationSeries({ ...rest, ...range, stepNs, of, metrics }),
    stepNs,
  };
}

/** The window; an end that was left open is that of the blocks. */
async function rangeOf({
  window,
  storage,
  tenant,
}: StoredTraces): Promise<{ readonly fromNs: bigint; readonly toNs: bigint }> {
  const { blocks } = await listBlocks(storage, tenant);
  const edges = blocks.flatMap(({ startNs, endNs }) => [startNs, endNs]);
  const first = edges.reduce(least, edges[0] ?? 0n);
  const last = edges.reduce(most, edges[0] ?? 1n);
  return { fromNs: window.fromNs ?? first, toNs: window.toNs ?? last };
}
