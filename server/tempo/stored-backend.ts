import { listBlocks } from '../../engine/blocks/listing/block-list.js';
import type { ResolvedRule, ResolvedTraceRule } from '../../engine/language/link/resolved.js';
import { suggest } from '../../engine/language/problems/spelling.js';
import { planMetrics } from '../../engine/plan/lower/lower-metrics.js';
import { planSearch } from '../../engine/plan/search.js';
import { queryInstant, queryRange } from '../../engine/query/metrics.js';
import type { MetricsResult } from '../../engine/query/metrics-result.js';
import { QueryError } from '../../engine/query/query-error.js';
import { search } from '../../engine/query/search.js';
import type { SearchResult } from '../../engine/query/search-result.js';
import { listTagValues } from '../../engine/query/tag-values.js';
import { listTags } from '../../engine/query/tags.js';
import { searchViolations } from '../../engine/query/violations.js';
import { whyUnlisted } from '../../engine/replay/violation-series/unlisted.js';
import { violatedWindows } from '../../engine/replay/violation-series/violated-windows.js';
import { violationSeries } from '../../engine/replay/violation-series/violation-series.js';
import type { Window } from '../../engine/sql/relations/window.js';
import type { ServiceContext } from '../context/service-context.js';
import type { Call } from '../http/call.js';
import { HttpError } from '../http/http-error.js';
import type { QueryService } from '../questions/query-service.js';
import type { MetricsQuestion, SearchQuestion, TempoBackend } from './backend.js';
import type { TimeRange } from './params/times.js';
import { invalidQuery } from './query-text.js';

/** More than fit in the bytes that an answer may have, unless nearly all are empty. */
const MAX_TAGS = 1_000_000;

type KnownRules = readonly ResolvedRule[];

type StoredBackendOptions = Pick<ServiceContext, 'queries' | 'rules' | 'config'>;

/** Answers from stored blocks. */
export function storedBackend({ queries, rules, config }: StoredBackendOptions): TempoBackend {
  const { maxSeries, maxTagValues } = config.query;
  return {
    search: (call, question) => askSearch(queries, call, question, rules.state.rules),
    metrics: (call, question) => askMetrics(queries, call, question, { maxSeries, rules: rules.state.rules }),
    trace: (call, { traceId, range }) => queries.trace(call, traceId, windowOf(range)),
    tagNames: async (call, { range, limit = MAX_TAGS, ...question }) =>
      await queries.ask(call, 'tags', windowOf(range), (traces) =>
        listTags({ ...traces, ...question, limit, maxBytes: maxTagValues }),
      ),
    tagValues: async (call, { range, limit = MAX_TAGS, ...question }) =>
      await queries.ask(call, 'tag-values', windowOf(range), (traces) =>
        listTagValues({ ...traces, ...question, limit, maxBytes: maxTagValues, known: queries.values }),
      ),
    newest: (call) => newestEnd(queries, call),
  };
}

async function askSearch(
  queries: QueryService,
  call: Call,
  { query, range, limit, spansPerSpanset }: SearchQuestion,
  rules: KnownRules,
): Promise<SearchResult> {
  const kind = query.kind === 'search' ? 'search' : 'violations';
  return await queries.ask(call, kind, windowOf(range), async (traces) => {
    const options = { ...traces, limit, spansPerSpanset };
    switch (query.kind) {
      case 'search':
        return await search({ ...options, plan: planSearch(query.pipeline) });
      case 'violations':
        return await searchViolations({
          ...options,
          rule: traceRuleNamed(query.rule.text, rules),
          ...(query.by && { by: query.by }),
        });
      case 'rule':
        return await searchViolations({ ...options, rule: query.rule });
    }
  });
}

function traceRuleNamed(id: string, rules: KnownRules): ResolvedTraceRule {
  const rule = ruleNamed(id, rules);
  if (rule.kind === 'trace') return rule;
  throw invalidQuery(whyUnlisted(rule));
}

function ruleNamed(id: string, rules: KnownRules): ResolvedRule {
  const rule = rules.find(({ item }) => item.id.text === id);
  if (rule !== undefined) return rule;
  const ids = rules.map(({ item }) => item.id.text);
  const guess = suggest(id, ids);
  const hint = guess === undefined ? '' : `: did you mean \`${guess}\`?`;
  throw invalidQuery(`there is no rule \`${id}\` among the ${ids.length} in force${hint}`);
}

async function askMetrics(
  queries: QueryService,
  call: Call,
  { query, range, step, exemplars }: MetricsQuestion,
  { maxSeries, rules }: { readonly maxSeries: number; readonly rules: KnownRules },
): Promise<MetricsResult> {
  // The window of a metrics query follows from its grid, and is about this one.
  return await queries.ask(call, 'metrics', windowOf(range), async (traces) => {
    const options = { ...traces, fromNs: range.start, toNs: range.end, maxSeries };
    const each = step === undefined ? {} : { stepNs: step };
    try {
      switch (query.kind) {
        case 'metrics': {
          const asked = { ...options, plan: planMetrics(query), exemplars };
          return await (step === undefined ? queryInstant(asked) : queryRange({ ...asked, stepNs: step }));
        }
        case 'violations': {
          const rule = ruleNamed(query.rule.text, rules);
          return await violationSeries({ ...options, ...each, rule, metrics: query.metrics });
        }
        case 'over rule':
          return await violationSeries({
            ...options,
            ...each,
            rule: query.rule,
            metrics: violatedWindows(query.rule),
          });
      }
    } catch (error) {
      if (error instanceof QueryError)
        throw new HttpError(400, `${error.message} (${error.code})`, { cause: error });
      throw error;
    }
  });
}

/** Traces that are going on at any time of the range, both ends included: Tempo's rule. */
function windowOf(range: TimeRange | undefined): Window {
  if (range === undefined) return {};
  return { fromNs: range.start, toNs: range.end + 1n, holds: 'overlaps' };
}

async function newestEnd(queries: QueryService, { tenant }: Call): Promise<bigint> {
  const now = BigInt(Date.now()) * 1_000_000n;
  const { blocks } = await listBlocks(queries.storage, queries.tenant(tenant));
  let latest: bigint | undefined;
  for (const { endNs } of blocks)
    if (endNs <= now && (latest === undefined || endNs > latest)) latest = endNs;
  return latest ?? now;
}
