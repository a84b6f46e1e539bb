import { messageOf } from '../../shared/message-of.js';
import { exportRequest } from '../violation/write-span.js';
import type { OutgoingSpan } from './entry.js';
import { type Hold, type HoldReason, holdAfter } from './hold.js';
import type { Outbox } from './outbox.js';

/** Sends an `ExportTraceServiceRequest` for a tenant; never rejects. */
export type SendSpans = (tenant: string, request: Uint8Array) => Promise<SendOutcome>;

export type SendOutcome =
  /** Taken, but for `rejected` spans that the receiver will never take. */
  | { readonly kind: 'sent'; readonly rejected: number; readonly message?: string }
  /** To be sent again, after a time that the receiver may name. */
  | { readonly kind: 'later'; readonly message: string; readonly afterMs?: number }
  /** The receiver will never take the request as it is. */
  | { readonly kind: 'refused'; readonly message: string };

export interface DeliveryOptions {
  readonly send: SendSpans;
  /** Spans in one request. */
  readonly batch: number;
  /** Version of the product, named in the spans' resource. */
  readonly version: string;
  /** After the n-th failure in a row, from 1; in milliseconds. */
  readonly backoffMs: (failures: number) => number;
  /** The longest that a receiver may ask to wait, in milliseconds; meanwhile single spans try whether it would take them. Default: 5 minutes. */
  readonly maxWaitMs?: number;
  readonly onProblem: (message: string) => void;
  /** Default: that of this process. */
  readonly clock?: DeliveryClock;
}

/** A port, so that a simulation can let time pass. */
export interface DeliveryClock {
  /** Milliseconds that pass evenly. */
  now(): number;
  /** Calls `wake` once after so many milliseconds, unless the function that comes back is called before. */
  after(ms: number, wake: () => void): () => void;
}

const PROCESS_CLOCK: DeliveryClock = {
  now: () => performance.now(),
  after: (ms, wake) => {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  },
};

/** Half a second, doubled with each failure up to 45 seconds, and a random part so that many do not come back together. */
export function exponentialBackoff(failures: number): number {
  return Math.min(45_000, 500 * 2 ** Math.min(failures - 1, 10)) * (0.75 + Math.random() / 2);
}

const MOST_WAIT_MS = 5 * 60_000;

/** Failures in a row after which the way to a receiver counts as broken. */
const BROKEN = 5;

/**
 * Carries spans from the outbox to the receiver. A tenant whose receiver asks to wait waits alone; while a receiver does not answer, one
 * request at a time tries whether it does again.
 */
export class Delivery {
  delivered = 0;
  rejected = 0;
  failures = 0;
  private readonly blocked = new Map<string, Hold>();
  private stopped = false;
  private wake: (() => void) | undefined;
  private readonly clock: DeliveryClock;
  private readonly loop: Promise<void>;

  constructor(
    private readonly outbox: Outbox,
    private readonly options: DeliveryOptions,
  ) {
    this.clock = options.clock ?? PROCESS_CLOCK;
    outbox.onPending = () => this.wake?.();
    this.loop = this.run();
  }

  /** Tenants whose spans have not gone through for a while. */
  get broken(): number {
    return [...this.blocked.values()].filter(({ failures }) => failures >= BROKEN).length;
  }

  /** Tenants whose spans wait, by why. */
  waiting(reason: HoldReason): number {
    return [...this.blocked.values()].filter((hold) => hold.reason === reason).length;
  }

  /** Until whole requests go out for all tenants again. */
  get waitMs(): number {
    return Math.max(0, ...[...this.blocked.values()].map(({ until }) => until - this.clock.now()));
  }

  /** Ends once the request under way is answered; what is not delivered stays in the outbox. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.wake?.();
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const now = this.clock.now();
      const spans = this.next(now);
      const [first] = spans;
      if (first === undefined) await this.pause(now);
      else await this.deliver(first.tenant, spans);
    }
  }

  private next(now: number): readonly OutgoingSpan[] {
    const { batch } = this.options;
    const spans = this.outbox.take(batch, (tenant) => (this.blocked.get(tenant)?.until ?? 0) <= now);
    if (spans.length > 0) return spans;
    return this.outbox.take(1, (tenant) => (this.blocked.get(tenant)?.probeAt ?? 0) <= now);
  }

  /** Until there is something new, or a tenant may be tried again. */
  private async pause(now: number): Promise<void> {
    const next = Math.min(...[...this.blocked.values()].map(({ probeAt }) => probeAt), now + 60_000);
    await new Promise<void>((resolve) => {
      const cancel = this.clock.after(Math.max(1, next - now), resolve);
      this.wake = () => {
        cancel();
        resolve();
      };
    });
    this.wake = undefined;
  }

  private async deliver(tenant: string, spans: readonly OutgoingSpan[]): Promise<void> {
    const request = exportRequest(
      spans.map(({ span }) => span),
      this.options.version,
    );
    const outcome = await this.options.send(tenant, request);
    switch (outcome.kind) {
      case 'sent':
        this.blocked.delete(tenant);
        this.rejected += outcome.rejected;
        if (outcome.rejected > 0)
          this.options.onProblem(
            `${outcome.rejected} spans were rejected: ${outcome.message ?? 'no reason'}`,
          );
        return await this.done(tenant, spans, spans.length - outcome.rejected);
      case 'refused':
        return await this.refused(tenant, spans, outcome.message);
      case 'later':
        this.block(
          tenant,
          `violations could not be sent, and will be again: ${outcome.message}`,
          outcome.afterMs,
        );
        this.outbox.putBack(spans);
    }
  }

  private block(tenant: string, message: string, askedMs?: number): void {
    const before = this.blocked.get(tenant);
    const { backoffMs, maxWaitMs: mostMs = MOST_WAIT_MS } = this.options;
    const now = this.clock.now();
    const hold = holdAfter((before?.failures ?? 0) + 1, now, askedMs, { backoffMs, mostMs });
    this.blocked.set(tenant, hold);
    this.failures++;
    const asksNow = hold.reason === 'asked' && before?.reason !== 'asked';
    if (hold.failures !== 1 && hold.failures !== BROKEN && !asksNow) return;
    const waits = `they wait ${seconds(hold.until - now)}`;
    this.options.onProblem(
      hold.reason === 'asked'
        ? `${message}; ${waits}, as the receiver asks for ${seconds(askedMs ?? 0)}, and one is tried meanwhile`
        : `${message}; ${waits}`,
    );
  }

  /** One bad span must not keep the others back: what is refused together is tried in halves. */
  private async refused(tenant: string, spans: readonly OutgoingSpan[], message: string): Promise<void> {
    const middle = spans.length >> 1;
    if (middle > 0) {
      await this.deliver(tenant, spans.slice(0, middle));
      await this.deliver(tenant, spans.slice(middle));
      return;
    }
    this.rejected++;
    this.options.onProblem(`a violation was refused for good: ${message}`);
    await this.done(tenant, spans, 0);
  }

  private async done(tenant: string, spans: readonly OutgoingSpan[], delivered: number): Promise<void> {
    this.delivered += delivered;
    try {
      await this.outbox.delivered(spans);
    } catch (error) {
      // They will be sent again, which a receiver does not notice: their ids are the same.
      this.outbox.putBack(spans);
      this.block(tenant, `the outbox cannot be written: ${messageOf(error)}`);
    }
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
