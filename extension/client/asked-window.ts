import type { Service, Window } from '../service/service.js';
import { windowBack } from '../service/window.js';

export type ClosedWindow = Required<Window>;

/** So far back from now, or without that the last day of what is stored: over all time there may be more than can be said. */
export async function askedWindow(
  service: Service,
  range: string | undefined,
  signal: AbortSignal,
): Promise<ClosedWindow | undefined> {
  const set = closed(windowBack(range, Date.now()));
  if (set !== undefined) return set;
  const { traces = [] } = await service.search('{ } with (most_recent = true)', { limit: 1 }, {}, signal);
  const newest = traces[0]?.startTimeUnixNano;
  return newest === undefined
    ? undefined
    : closed(windowBack('24h', Number(BigInt(newest) / 1_000_000n) + 1000));
}

function closed({ from, to }: Window): ClosedWindow | undefined {
  return from === undefined || to === undefined ? undefined : { from, to };
}
