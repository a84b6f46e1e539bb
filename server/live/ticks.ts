import type { Live } from '../../engine/live/live.js';
import type { Logger } from '../shared/log.js';
import type { LiveMetrics } from './live-metrics.js';

const TICK_MS = 500;
/** What a tick that took longer than that leaves to receiving before the next. */
const PAUSE_MS = 20;

/** Lets time pass for the live path. Returns how to stop it. */
export function startTicks(live: Live, observed: LiveMetrics, log: Logger): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const tick = async (): Promise<void> => {
    const begun = performance.now();
    await live.tick().catch((error: unknown) => log.error({ err: error }, 'live judging'));
    const took = performance.now() - begun;
    observed.observeTick(took / 1000);
    if (!stopped) timer = setTimeout(run, Math.max(PAUSE_MS, TICK_MS - took));
  };
  const run = (): void => {
    running = tick();
  };
  run();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
