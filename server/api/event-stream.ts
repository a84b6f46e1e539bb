/** States that change, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
import type { Response } from 'express';

/** Proxies cut connections that are silent for about a minute. */
const HEARTBEAT_MS = 15_000;
/** Changes within this time are sent together. */
const PAUSE_MS = 100;
/** After how long a client that lost its connection should come back, in milliseconds. */
const RETRY_MS = 2_000;

export interface StateEvent {
  /** What a client that comes back has seen last. */
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/** What is followed. Only the newest state counts: a client that reads slowly skips others. */
export interface Followed {
  /** The newest state, unless it is the one that was taken last; undefined then. */
  take(): StateEvent | undefined;
  /** Whether nothing changes any more. */
  readonly over: boolean;
  onChange(listener: () => void): () => void;
}

/** Sends the state now and after each change, until it is over or the signal aborts. */
export async function streamStates(
  followed: Followed,
  response: Response,
  signal: AbortSignal,
  heartbeatMs = HEARTBEAT_MS,
): Promise<void> {
  response.status(200).set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
  response.write(`retry: ${RETRY_MS}\n\n`);
  const send = (): void => {
    const state = followed.take();
    if (state === undefined) return;
    response.write(`id: ${state.id}\nevent: ${state.event}\ndata: ${JSON.stringify(state.data)}\n\n`);
  };
  await new Promise<void>((resolve) => {
    let pause: NodeJS.Timeout | undefined;
    const heartbeat = setInterval(() => {
      if (!response.writableNeedDrain) response.write(': still here\n\n');
    }, heartbeatMs);
    const finish = (): void => {
      clearInterval(heartbeat);
      clearTimeout(pause);
      forget();
      signal.removeEventListener('abort', finish);
      response.removeListener('drain', soon);
      resolve();
    };
    const tell = (): void => {
      pause = undefined;
      // What is held back is sent when the client has read the rest; only the newest state counts.
      if (response.writableNeedDrain) return;
      send();
      if (followed.over) finish();
    };
    const soon = (): void => {
      pause ??= setTimeout(tell, PAUSE_MS);
    };
    const forget = followed.onChange(soon);
    response.on('drain', soon);
    signal.addEventListener('abort', finish, { once: true });
    if (signal.aborted) finish();
    else tell();
  });
  response.end();
}
