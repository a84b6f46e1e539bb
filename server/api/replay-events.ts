/** The progress of a replay as server-sent events. */
import type { Request, Response } from 'express';
import type { ReplayJob } from '../replays/replay-job.js';
import { type Followed, streamStates } from './event-stream.js';

/**
 * Sends the state of the job now and after each change, until it is over or the signal aborts. Each event holds the whole state, so a client
 * that comes back with `Last-Event-ID` has missed nothing once it has got the newest; it gets none if nothing is new.
 */
export async function sendEvents(
  job: ReplayJob,
  show: () => unknown,
  request: Request,
  response: Response,
  signal: AbortSignal,
  heartbeatMs?: number,
): Promise<void> {
  await streamStates(followed(job, show, request), response, signal, heartbeatMs);
}

function followed(job: ReplayJob, show: () => unknown, request: Request): Followed {
  let sent = seenBy(request, job);
  return {
    take: () => {
      if (job.version === sent) return undefined;
      sent = job.version;
      return { id: `${job.id}.${job.version}`, event: job.over ? 'end' : 'progress', data: show() };
    },
    get over() {
      return job.over;
    },
    onChange: (listener) => job.onChange(listener),
  };
}

/** The version that the client has seen last; 0 for one that is new, or comes with the id of something else. */
function seenBy(request: Request, job: ReplayJob): number {
  const [, id, version] = /^([0-9a-f-]{36})\.(\d{1,15})$/.exec(request.get('last-event-id') ?? '') ?? [];
  return id === job.id ? Number(version) : 0;
}
