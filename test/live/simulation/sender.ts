/** Whoever sends the spans: each request again and again, until it is acknowledged. */
import { LogRefusal } from '../../../engine/live/log/log.js';
import type { Arrivals } from './arrivals.js';
import type { Chronicle } from './chronicle.js';
import type { KnownRequests } from './known-requests.js';
import type { Random } from './random.js';
import { STEP_MS } from './scenario.js';
import type { ServiceProcess } from './service-process.js';
import { turns } from './turns.js';
import type { Request } from './workload.js';

export const RETRY_MS = 2 * STEP_MS;
/** What a span and its trace take in addition to their bytes, at most. */
const BYTES_BESIDE = 1000;

export interface SenderPorts {
  readonly random: Random;
  /** Virtual milliseconds. */
  readonly now: () => number;
  readonly chronicle: Chronicle;
  readonly requests: KnownRequests;
  readonly arrivals: Arrivals;
  readonly onSend: (request: Request, process: ServiceProcess) => void;
}

export class Sender {
  private readonly unacknowledged = new Set<Request>();
  private retries: { readonly at: number; readonly request: Request }[] = [];
  private inFlightBytes = 0;
  /** The most bytes of requests at a time … */
  mostInFlight = 0;
  /** … and of one. */
  mostRequest = 0;

  constructor(private readonly ports: SenderPorts) {}

  get waiting(): number {
    return this.unacknowledged.size;
  }

  takeDue(): readonly Request[] {
    const now = this.ports.now();
    const due = this.retries.filter(({ at }) => at <= now);
    this.retries = this.retries.filter(({ at }) => at > now);
    return due.map(({ request }) => request);
  }

  async send(request: Request, process: ServiceProcess): Promise<void> {
    const { random, now, chronicle, requests, arrivals, onSend } = this.ports;
    this.unacknowledged.add(request);
    const body = requests.encode(request);
    arrivals.sent(request, now());
    onSend(request, process);
    const bytes = body.length + request.spans.length * BYTES_BESIDE;
    this.inFlightBytes += bytes;
    this.mostRequest = Math.max(this.mostRequest, bytes);
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlightBytes);
    const outcome = await turns(request.turns)
      .then(async () => await process.live.accept(request.tenant, body))
      .then(
        // An acknowledgement may be lost, too, and does not come from a process that is gone.
        () => (process.alive && !random.chance(0.05) ? 'acknowledged' : 'not heard of'),
        (error: unknown) => {
          if (process.alive && !(error instanceof LogRefusal)) throw error;
          return error instanceof LogRefusal ? error.reason : 'crashed';
        },
      );
    this.inFlightBytes -= bytes;
    chronicle.note(outcome, describe(request));
    if (outcome === 'acknowledged' || (outcome === 'not heard of' && process.alive))
      arrivals.arrived(request, now(), outcome === 'acknowledged');
    if (outcome === 'acknowledged') this.unacknowledged.delete(request);
    else this.retries.push({ at: now() + RETRY_MS, request });
  }
}

function describe({ tenant, spans }: Request): string {
  return `${tenant} ${spans.map(({ traceId, span }) => `${traceId.slice(-2)}/${span.spanId.slice(-4)}`).join(' ')}`;
}
