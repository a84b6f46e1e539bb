/** Requests made again where that may help: failures that pass, with waits that no two clients share. */

import { onAbort } from '../on-abort.js';
import { failureOfError } from './failure.js';
import { ObjectFailure } from './object-store.js';

export interface Attempts {
  readonly tries: number;
  readonly timeoutMs: number;
  /** Called before each further try. */
  readonly onRetry?: (failure: ObjectFailure) => void;
  /** In [0, 1). */
  readonly random?: () => number;
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

/**
 * Runs `once` until it succeeds, fails for good, or has failed `tries` times. Waits are drawn from the whole of a bound that doubles
 * ("full jitter"), or are what the server asks for. Rejects with the last `ObjectFailure`, or with the reason of `signal`.
 */
export async function withTries<T>(
  { tries, timeoutMs, onRetry, random = Math.random }: Attempts,
  signal: AbortSignal | undefined,
  once: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTime(timeoutMs, signal, once);
    } catch (error) {
      signal?.throwIfAborted();
      const failure = failureOfError(error);
      if (failure.kind !== 'busy' || attempt >= tries) throw failure;
      onRetry?.(failure);
      const bound = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
      await pause(Math.max(failure.retryAfterMs ?? 0, random() * bound), signal);
    }
  }
}

/** Runs `work` with a signal that also fires when the time is over. */
async function inTime<T>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  // Not `AbortSignal.any`: what it makes lives as long as the signals that it was made of.
  const controller = new AbortController();
  const forget = onAbort(signal, () => controller.abort(signal?.reason));
  const late = new ObjectFailure('busy', `it did not answer within ${timeoutMs} ms`);
  const timer = setTimeout(() => controller.abort(late), timeoutMs);
  try {
    return await work(controller.signal);
  } catch (error) {
    // What clients throw when they are aborted does not say why.
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    clearTimeout(timer);
    forget();
  }
}

/** Resolves after `ms`; rejects with the reason of `signal` as soon as that fires. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const forget = onAbort(signal, () => {
      clearTimeout(timer);
      reject(signal?.reason);
    });
    const timer = setTimeout(() => {
      forget();
      resolve();
    }, ms);
  });
}
