import type { Inspected } from '../../../engine/query/search-result.js';
import { PARTIAL, type SearchMetrics, type TraceByIdMetrics } from '../proto/tempopb.js';
import type { MetadataMetrics } from '../proto/tempopb-tags.js';

const UINT32_MAX = 0xffff_ffff;

export function uint32Of(value: number | bigint): number {
  return value > UINT32_MAX ? UINT32_MAX : Number(value);
}

/** A block is what a job is in Tempo; one that could not be read is a job that did not complete. */
export function searchMetrics(inspected: Inspected): SearchMetrics {
  return {
    inspectedTraces: uint32Of(inspected.traces),
    inspectedSpans: BigInt(inspected.spans),
    ...metadataMetrics(inspected),
  };
}

export function metadataMetrics({ bytes, blocks, unread }: Inspected): MetadataMetrics {
  return {
    inspectedBytes: BigInt(bytes),
    totalBlockBytes: BigInt(bytes),
    totalBlocks: blocks + unread.length,
    totalJobs: blocks + unread.length,
    completedJobs: blocks,
  };
}

export function traceByIdMetrics({ bytes }: Inspected): TraceByIdMetrics {
  return { inspectedBytes: BigInt(bytes) };
}

/** Of the answers that can say that they are partial, and why: each of the reasons that there are. */
export function completeness(
  { unread }: Inspected,
  ...others: readonly (string | undefined)[]
): { readonly status?: number; readonly message?: string } {
  const reasons = [unreadText(unread), ...others].filter((reason) => reason !== undefined);
  return reasons.length === 0 ? {} : { status: PARTIAL, message: reasons.join('; ') };
}

function unreadText([first, ...others]: Inspected['unread']): string | undefined {
  if (first === undefined) return undefined;
  const more = others.length > 0 ? `, and ${others.length} more blocks` : '';
  const block = first.blockId === undefined ? '' : `block ${first.blockId}: `;
  return `could not read ${block}${first.message} (${first.code})${more}`;
}
