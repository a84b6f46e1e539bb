/** How far time has passed for what is taken out of closed traces: for flows and for windows. */
import type { EarlyWatch } from './early-watch.js';
import type { LivePorts } from './live-ports.js';
import type { LiveSettings } from './settings.js';
import type { TraceTable } from './traces/trace-table.js';

type Table = Pick<TraceTable, 'values'>;

/**
 * The time, in milliseconds, up to which the spans of a tenant have come, by the clock of spans, and their traces were taken as they are: what starts
 * later may be missing. A trace that never ends, or a span with a wrong clock, holds it up by so much only as traces may be waited for.
 * `group`: the index in `RuleSet.closing` of those that take.
 */
export function takenUntilOf(
  table: Table,
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

/**
 * From when on rules that are new see all spans, in milliseconds: those that started before may have been taken already. Clocks differ, and so
 * some start later than now; not those that are far off, for which rules would wait.
 */
export function beginMsOf({
  ports,
  settings,
  table,
  early,
}: {
  readonly ports: Pick<LivePorts, 'wall' | 'now'>;
  readonly settings: Pick<LiveSettings, 'maxAgeMs'>;
  readonly table: Table;
  readonly early: Pick<EarlyWatch, 'latest'>;
}): number {
  const wall = (ports.wall ?? ports.now)();
  let begin = Math.max(wall, early.latest);
  for (const { latestEnd } of table.values()) {
    const end = Number(latestEnd / 1_000_000n) + 1;
    if (end > begin && end <= wall + settings.maxAgeMs) begin = end;
  }
  return begin;
}
