import type { EarlyWatch } from '../early-watch.js';
import type { RuleSet } from '../rules/rule-set.js';
import type { LiveSettings } from '../settings.js';
import type { TraceTable } from '../traces/trace-table.js';

/** Index of the group of `RuleSet.closing` that flows are taken for; undefined where no rule is across traces. */
export function flowGroup({ closing }: RuleSet): number | undefined {
  const group = closing.findIndex(({ flows }) => flows === true);
  return group < 0 ? undefined : group;
}

/**
 * The time, in milliseconds, up to which the spans of a tenant have come, by the clock of spans, and their traces were taken as they stand: what starts
 * later may be missing. A trace that goes on and on, or a span with a wrong clock, holds it up by so much only as traces may be waited for.
 */
export function takenUntilOf(
  table: Pick<TraceTable, 'values'>,
  early: Pick<EarlyWatch, 'watermark'>,
  settings: Pick<LiveSettings, 'maxAgeMs' | 'quietAfterMs'>,
  group: number | undefined,
): (tenant: string) => number {
  const earliest = new Map<string, bigint>();
  if (group !== undefined)
    for (const { tenant, judged, generation, earliestStart } of table.values())
      if (judged[group] !== generation && earliestStart < (earliest.get(tenant) ?? earliestStart + 1n))
        earliest.set(tenant, earliestStart);
  return (tenant) => {
    const watermark = early.watermark(tenant);
    const start = earliest.get(tenant);
    if (start === undefined) return watermark;
    const until = Math.min(watermark, Number(start / 1_000_000n));
    return Math.max(until, watermark - settings.maxAgeMs - settings.quietAfterMs);
  };
}
