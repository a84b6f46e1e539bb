/** The progress of a replay as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
import type { Request, Response } from 'express';
import type { ReplayJob } from '../replays/replay-job.js';

/** Proxies cut connections that are silent for about a minute. */
const HEARTBEAT_MS = 15_000;
/** Changes within this time are told together. */
const PAUSE_MS = 100;
/** After how long a client that lost its connection should come back, in milliseconds. */
const RETRY_MS = 2_000;

/**
 * Sends the state of the job now and after each change, until it is over or the signal aborts. Each event holds the whole state, so a client
 * that comes back with `Last-Event-ID` has missed nothing once it has got the newest; it gets none if nothing is new. A client that
 * reads slowly skips states.
 */
export async function sendEvents(
  job: ReplayJob,
  show: () => unknown,
  request: Request,
  response: Response,
  signal: AbortSignal,
  heartbeatMs = HEARTBEAT_MS,
): Promise<void> {
  response.status(200).set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
  response.write(`retry: ${RETRY_MS}\n\n`);
  let sent = seenBy(request, job);
  const send = (): void => {
    if (job.version === sent) return;
    sent = job.version;
    const event = job.over ? 'end' : 'progress';
    response.write(`id: ${job.id}.${job.version}\nevent: ${event}\ndata: ${JSON.stringify(show())}\n\n`);
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
      // What is held back is told when the client has read the rest; only the newest state counts.
      if (response.writableNeedDrain) return;
      send();
      if (job.over) finish();
    };
    const soon = (): void => {
      pause ??= setTimeout(tell, PAUSE_MS);
    };
    const forget = job.onChange(soon);
    response.on('drain', soon);
    signal.addEventListener('abort', finish, { once: true });
    if (signal.aborted) finish();
    else tell();
  });
  response.end();
}

/** The version that the client has seen last; 0 for one that is new, or comes with the id of something else. */
function seenBy(request: Request, job: ReplayJob): number {
  const [, id, version] = /^([0-9a-f-]{36})\.(\d{1,15})$/.exec(request.get('last-event-id') ?? '') ?? [];
  return id === job.id ? Number(version) : 0;
}
