/**
 * Milliseconds that pass as time does: by the wall clock when it is made, and from then on by one that nobody sets. So a trace is waited for as
 * long as is configured, also when the clock of the machine is put right by an hour.
 */
export function steadyClock(): () => number {
  const begun = Date.now() - performance.now();
  return () => Math.floor(begun + performance.now());
}
