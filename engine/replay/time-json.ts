/** Times, and counts by time, in the JSON of a replay. */
import type { HistogramJson } from '../answers/judged-rule.js';
import { formatRfc3339 } from '../blocks/meta-time.js';
import type { BucketCounts } from '../verdicts/evaluation.js';

export function histogramJson({ start, passed, violated, cannotTell }: BucketCounts): HistogramJson {
  return { start: timeText(start), applicable: passed + violated + cannotTell, violated, cannotTell };
}

/** `2026-11-20T14:19:02.000000000Z`: always as long, so that times sort as text. */
export function timeText(ns: bigint): string {
  const [, seconds = '', fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(formatRfc3339(ns)) ?? [];
  return `${seconds}.${fraction.padEnd(9, '0')}Z`;
}

export function timeOrNull(ns: bigint | undefined): string | null {
  return ns === undefined ? null : timeText(ns);
}
