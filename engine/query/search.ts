import type { NamedValue, ResultValue } from '../otlp/named-value.js';
import { isDuration, isDurationAggregate } from '../plan/duration.js';
import type { SearchPlan } from '../plan/search.js';
import type { StoredRun } from '../spans/stored-run.js';
import { type AllTraces, overShares, type SharedRuns } from '../spans/traces.js';
import type { TypedValue } from '../sql/compile/value/typed.js';
import {
  findTraces,
  keepsFew,
  type MadeValue,
  readSpansets,
  type SpanRow,
  type SpansetRow,
} from '../sql/run/search.js';
import { type ItemValues, readItems } from '../sql/run/search-traces.js';
import { foundTraces } from './found-traces.js';
import { goDuration } from './go-duration.js';
import { grouped } from './grouped.js';
import { newest, oldestOf } from './newest.js';
import type { FoundSpan, FoundSpanset, FoundTrace, Inspected, SearchResult } from './search-result.js';

export interface SearchQuestion {
  readonly plan: SearchPlan;
  /** Traces in the result, the newest ones. */
  readonly limit: number;
  /** Spans listed of each spanset, the first ones; `matched` counts all. */
  readonly spansPerSpanset: number;
  readonly signal?: AbortSignal;
}

/**
 * The traces that a search finds, each of them whole. Only what the newest `limit` of them show is read of the blocks
 * in addition to what the query asks for, and held in memory.
 */
export async function search(options: AllTraces & SearchQuestion): Promise<SearchResult> {
  return await overShares(options, options.plan.needs, async ({ all }) => {
    const found = await Promise.all(all.map(async (run) => await searchRun(run, options)));
    return { traces: newest(found.flat(), options.limit), inspected: inspectedBy(all) };
  });
}

/** The newest traces that are found in a run, which was opened with the needs of the plan. */
export async function searchRun(run: StoredRun, question: SearchQuestion): Promise<readonly FoundTrace[]> {
  const { plan, limit, signal } = question;
  let traces: readonly FoundTrace[] = [];
  if (limit > 0)
    await run.forEachUnit(
      async () => {
        signal?.throwIfAborted();
        await findTraces(run.db, plan, run.columns, limit, oldestOf(traces, limit));
        traces = newest([...traces, ...(await showTraces(run, question))], limit);
      },
      { kept: keepsFew(plan, run.columns) ? 'few' : 'all' },
    );
  return traces;
}

/** What an answer was made from. Of several runs each reads its part of all blocks. */
export function inspectedBy(runs: SharedRuns['all']): Inspected {
  const [{ blocks }] = runs;
  const sum = (key: 'traces' | 'spans'): number => runs.reduce((total, run) => total + run[key], 0);
  return {
    traces: sum('traces'),
    spans: sum('spans'),
    bytes: blocks.bytes,
    blocks: blocks.read,
    unread: blocks.unread,
  };
}

/** The traces of `hits` with all that is shown of them. */
async function showTraces(
  run: StoredRun,
  { plan, spansPerSpanset }: SearchQuestion,
): Promise<readonly FoundTrace[]> {
  return await foundTraces(run, async (hitSpans) => {
    const { spansets, spans } = await readSpansets(run.db, plan, run.columns, hitSpans, spansPerSpanset);
    const items = await readItems(run.db, plan, run.columns);
    const byTrace = grouped(spansets, ({ trace }) => trace);
    return {
      spansetsOf: ({ trace }) =>
        (byTrace.get(trace) ?? []).map((spanset) => foundSpanset(spanset, plan, items)),
      spans,
    };
  });
}

function foundSpanset(
  { matched, made, spans }: SpansetRow,
  plan: SearchPlan,
  items: ItemValues,
): FoundSpanset {
  return {
    matched,
    attributes: made.flatMap(madeAttribute),
    spans: spans.map((span) => foundSpan(span, plan, items)),
  };
}

/** A group of spans without the value has `null` for it; an aggregate without a value says nothing. */
function madeAttribute({ stage, part, value }: MadeValue): readonly NamedValue[] {
  switch (stage.kind) {
    case 'by': {
      const shown = value === undefined ? null : resultValue(value, isDuration(stage.expressions[part]!));
      return [{ name: `by(${stage.text[part]})`, value: shown }];
    }
    case 'aggregate': {
      if (value === undefined) return [];
      const duration = isDurationAggregate(part === 0 ? stage.left : stage.right);
      return [{ name: stage.text[part]!, value: resultValue(value, duration) }];
    }
  }
}

function foundSpan(span: SpanRow, { shown }: SearchPlan, items: ItemValues): FoundSpan {
  const attributes = shown.flatMap(({ name, field, duration }): readonly NamedValue[] => {
    const value = span.values.get(field) ?? severalValues(items.get(span.row)?.get(field));
    return value === undefined ? [] : [{ name, value: resultValue(value, duration) }];
  });
  const { spanId, name, start, duration } = span;
  return { spanId, name, start, duration, attributes };
}

/** A span may have several events: one value for all is shown as it is, several as a list of those of the first's type. */
function severalValues(values: readonly TypedValue[] | undefined): TypedValue | undefined {
  const flat = values?.flat() ?? [];
  const alike = [...new Set(flat.filter((value) => typeof value === typeof flat[0]))];
  return values?.length === 1 ? values[0] : alike.length > 1 ? alike : alike[0];
}

/** Durations are averaged as doubles, and shown as whole nanoseconds. */
function resultValue(value: TypedValue, duration: boolean): ResultValue {
  if (!duration) return value;
  if (typeof value === 'bigint') return goDuration(value);
  return typeof value === 'number' && Number.isFinite(value) ? goDuration(BigInt(Math.trunc(value))) : value;
}
