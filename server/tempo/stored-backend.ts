import { listBlocks } from '../../engine/blocks/block-list.js';
import { listingSource } from '../../engine/blocks/block-source.js';
import { BlockFiles } from '../../engine/blocks/trace/block-files.js';
import { planSearch } from '../../engine/plan/search.js';
import { search } from '../../engine/query/search.js';
import type { SearchResult } from '../../engine/query/search-result.js';
import { findTrace } from '../../engine/query/trace-by-id.js';
import type { TraceResult } from '../../engine/query/trace-result.js';
import type { Window } from '../../engine/spans/block-relations.js';
import type { Call } from '../http/call.js';
import { HttpError } from '../http/http-error.js';
import type { QueryService } from '../query-service.js';
import type { SearchQuestion, TempoBackend, TraceQuestion } from './backend.js';
import type { TimeRange } from './params/times.js';

/** Answers from stored blocks. */
export function storedBackend(queries: QueryService): TempoBackend {
  const files = new BlockFiles(queries.storage);
  const blocks = listingSource(queries.storage);
  return {
    search: (call, question) => askSearch(queries, call, question),
    metrics: () => notYet(),
    trace: async (call, question): Promise<TraceResult> =>
      await queries.ask(call, 'trace', windowOf(question), async ({ tenant, window, signal }) => {
        const id = Buffer.from(question.traceId, 'hex');
        return await findTrace({ tenant, blocks, files, window, ...(signal && { signal }) }, id);
      }),
    tagNames: () => notYet(),
    tagValues: () => notYet(),
    newest: (call) => newestEnd(queries, call),
  };
}

async function askSearch(queries: QueryService, call: Call, question: SearchQuestion): Promise<SearchResult> {
  const { query, limit, spansPerSpanset } = question;
  return await queries.ask(call, 'search', windowOf(question), async (traces) => {
    switch (query.kind) {
      case 'search':
        return await search({ ...traces, plan: planSearch(query.pipeline), limit, spansPerSpanset });
      case 'violations':
      case 'rule':
        return notYet();
    }
  });
}

function notYet(): never {
  throw new HttpError(501, 'this is not answered yet');
}

/** Traces that are going on at any time of the range, both ends included: Tempo's rule. */
function windowOf({ range }: { readonly range?: TimeRange } | TraceQuestion): Window {
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
