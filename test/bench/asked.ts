/** The questions of the benchmark as the engine is asked them, over the range of the blocks. */
import type { BlockMeta } from '../../engine/blocks/meta.js';
import { parseQuery } from '../../engine/language/parse/parse-query.js';
import { planRules } from '../../engine/plan/lower/lower.js';
import { planMetrics } from '../../engine/plan/lower/lower-metrics.js';
import type { ColumnNeeds } from '../../engine/plan/schema.js';
import { planSearch } from '../../engine/plan/search.js';
import { queryRange } from '../../engine/query/metrics.js';
import { search } from '../../engine/query/search.js';
import { replay } from '../../engine/replay/replay.js';
import type { StoredTraces } from '../../engine/spans/stored-run.js';
import type { Question } from './questions.js';
import { ruleOf } from './rules.js';

/** Nanoseconds since the Unix epoch. */
export interface Range {
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

/** What is asked by HTTP is asked in whole seconds. */
const SECOND = 1_000_000_000n;
/** Steps of metrics queries. */
export const STEP_NS = 1800n * SECOND;
export const LIMIT = 20;
export const SPANS_PER_SPANSET = 3;

export function rangeOf(blocks: readonly BlockMeta[]): Range {
  const starts = blocks.map(({ startNs }) => startNs).sort(byTime);
  const ends = blocks.map(({ endNs }) => endNs).sort(byTime);
  const [first, last] = [starts[0], ends.at(-1)];
  if (first === undefined || last === undefined) throw new Error('no blocks to ask');
  return { fromNs: first - (first % SECOND), toNs: last - (last % SECOND) + SECOND };
}

export interface Asked {
  readonly needs: ColumnNeeds;
  readonly ask: (traces: Omit<StoredTraces, 'window'>) => Promise<unknown>;
}

export function asked({ kind, text }: Question, { fromNs, toNs }: Range): Asked {
  if (kind === 'rule') {
    const rules = ruleOf(text);
    const ask = async (traces: Omit<StoredTraces, 'window'>) =>
      await replay({ ...traces, window: {}, rules, limit: 100 });
    return { needs: planRules(rules).needs, ask };
  }
  const { query } = parseQuery(text);
  switch (query?.kind) {
    case 'search': {
      const plan = planSearch(query.pipeline);
      const window = { fromNs, toNs, holds: 'overlaps' } as const;
      return {
        needs: plan.needs,
        ask: async (traces) =>
          await search({ ...traces, window, plan, limit: LIMIT, spansPerSpanset: SPANS_PER_SPANSET }),
      };
    }
    case 'metrics': {
      const plan = planMetrics(query);
      return {
        needs: plan.needs,
        ask: async (traces) => await queryRange({ ...traces, plan, fromNs, toNs, stepNs: STEP_NS }),
      };
    }
    default:
      throw new Error(`not a question: ${text}`);
  }
}

function byTime(a: bigint, b: bigint): number {
  return a < b ? -1 : 1;
}
