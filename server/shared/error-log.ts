import type { Logger } from './log.js';

/** Lines in one period, whoever causes them and however often. */
const MOST_LINES = 5;
const PERIOD_MS = 10_000;

/** Logs errors of one kind, with those that it left out counted in the next line that it writes. */
export function boundedErrors(log: Logger, what: string): (error: unknown) => void {
  let since = Number.NEGATIVE_INFINITY;
  let written = 0;
  let leftOut = 0;
  return (error) => {
    const now = performance.now();
    if (now - since >= PERIOD_MS) {
      since = now;
      written = 0;
    }
    if (written === MOST_LINES) {
      leftOut++;
      return;
    }
    written++;
    log.error({ err: error, ...(leftOut > 0 && { notShown: leftOut }) }, what);
    leftOut = 0;
  };
}
