/** What the simulation has to be at least, so that seeds show years of faults. */
export const LEAST_TIMES_REAL_TIME = 50;

/**
 * Begins to measure; the function that comes back says how many times faster than real time that many virtual milliseconds were. By the time of
 * the processor: whoever else uses the machine does not make the simulation slower.
 */
export function measureSpeed(): (virtualMs: number) => number {
  const begun = process.cpuUsage();
  return (virtualMs) => {
    const { user, system } = process.cpuUsage(begun);
    return Math.round((virtualMs * 1000) / (user + system));
  };
}
