import type { Session } from './store.js';

/** What was interrupted because its time was up. */
export class TooSlow extends Error {
  override readonly name = 'TooSlow';

  constructor(limitMs: number) {
    super(`took longer than ${limitMs / 1000} s over one part of the traces`);
  }
}

/** An interrupt that comes before its statement has begun is lost, so it is repeated. */
const REPEAT_MS = 200;
/** A timer that is set to more fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Runs `work`, and interrupts what runs on the session once it takes longer than `leftMs`; rejects with `TooSlow` then, which says
 * `limitMs`. Without a limit `work` may take as long as it likes.
 */
export async function withTimeLimit<T>(
  session: Session,
  leftMs: number | undefined,
  limitMs: number | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (leftMs === undefined || limitMs === undefined) return await work();
  let isUp = false;
  const interrupt = (): void => {
    isUp = true;
    session.interrupt();
    timer = setTimeout(interrupt, REPEAT_MS);
  };
  let timer = setTimeout(interrupt, Math.min(Math.max(0, leftMs), LONGEST_MS));
  try {
    return await work();
  } catch (error) {
    throw isUp ? new TooSlow(limitMs) : error;
  } finally {
    clearTimeout(timer);
  }
}
