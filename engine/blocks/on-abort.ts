import { setMaxListeners } from 'node:events';

/** Calls `run` when the signal fires; returns how to take that back. */
export function onAbort(signal: AbortSignal | undefined, run: () => void): () => void {
  if (signal === undefined) return () => undefined;
  // Many requests of one question wait for one signal: Node takes more than ten for a leak.
  setMaxListeners(0, signal);
  signal.addEventListener('abort', run, { once: true });
  return () => signal.removeEventListener('abort', run);
}
