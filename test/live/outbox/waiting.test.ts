/** Delivery under a receiver that asks to wait, by a clock of the test: no minute of it passes. */

import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import {
  Delivery,
  type DeliveryClock,
  exponentialBackoff,
  type SendOutcome,
} from '../../../engine/live/outbox/delivery.js';
import type { OutboxEntry, OutgoingSpan } from '../../../engine/live/outbox/entry.js';
import { Outbox } from '../../../engine/live/outbox/outbox.js';
import { FaultyDisk } from '../log/faulty-disk.js';

const MINUTE = 60_000;
/** What `export.timeout` gives a request. */
const REQUEST_MS = 10_000;

/** Lets time pass up to the next timer, and what waits for it run. */
class Clock implements DeliveryClock {
  private time = 0;
  private readonly timers = new Set<{ readonly at: number; readonly wake: () => void }>();

  now(): number {
    return this.time;
  }

  after(ms: number, wake: () => void): () => void {
    const timer = { at: this.time + ms, wake };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  async passUntil(end: number): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const [next] = [...this.timers].sort((a, b) => a.at - b.at);
      if (next === undefined || next.at > end) break;
      this.timers.delete(next);
      this.time = Math.max(this.time, next.at);
      next.wake();
    }
    this.time = Math.max(this.time, end);
  }
}

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function entry(number: number): OutboxEntry {
  const names = { id: `id-${number}`, tenant: 'shop', trace: `trace-${number}`, rule: 'r', revision: '1' };
  return { ...names, generation: 0, stands: true, retraction: undefined };
}

interface Sent {
  readonly at: number;
  readonly bytes: number;
}

/** Delivery of ten violations to a receiver that answers as `answer` says at each time. */
async function delivering(answer: (timeMs: number) => SendOutcome): Promise<{
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly delivery: Delivery;
  readonly sent: readonly Sent[];
  readonly problems: readonly string[];
}> {
  const clock = new Clock();
  const outbox = await Outbox.open(
    { disk: new FaultyDisk(), segmentBytes: 2 ** 20, maxBytes: 2 ** 30, maxWaitingBytes: 2 ** 30 },
    () => undefined,
  );
  const entries = Array.from({ length: 10 }, (_, n) => entry(n));
  await outbox.record(
    entries,
    entries.map(
      (recorded): OutgoingSpan => ({
        key: recorded.id,
        tenant: recorded.tenant,
        span: Buffer.alloc(100, recorded.id),
      }),
    ),
  );
  const sent: Sent[] = [];
  const problems: string[] = [];
  const delivery = new Delivery(outbox, {
    send: async (_, request) => {
      sent.push({ at: clock.now(), bytes: request.length });
      return answer(clock.now());
    },
    batch: 500,
    version: '0.0.0',
    backoffMs: exponentialBackoff,
    onProblem: (message) => problems.push(message),
    clock,
  });
  closing.push(async () => await delivery.stop());
  return { clock, outbox, delivery, sent, problems };
}

const SENT: SendOutcome = { kind: 'sent', rejected: 0 };

it('finds a receiver that is well again within a minute, whatever it has said', async () => {
  const asked = fc.oneof(
    fc.constantFrom(undefined, 0, 86_400_000, Number.POSITIVE_INFINITY, Number.NaN, Number.MAX_VALUE),
    fc.integer({ min: 0, max: 10 * MINUTE }),
  );
  await fc.assert(
    fc.asyncProperty(asked, fc.integer({ min: 0, max: 30 * MINUTE }), async (afterMs, wellAt) => {
      const { clock, outbox, sent } = await delivering((timeMs) =>
        timeMs >= wellAt
          ? SENT
          : { kind: 'later', message: 'not now', ...(afterMs === undefined ? {} : { afterMs }) },
      );
      await clock.passUntil(wellAt + MINUTE - REQUEST_MS);
      expect(outbox.depth).toBe(0);
      // And is not asked without a pause.
      expect(sent.length).toBeLessThan(5000);
    }),
    { numRuns: 40 },
  );
});

it('tries a receiver that asks for a day with single spans, and with all of them every five minutes', async () => {
  const { clock, delivery, sent, problems } = await delivering(() => ({
    kind: 'later',
    message: 'the receiver answered 429',
    afterMs: 86_400_000,
  }));
  await clock.passUntil(10 * MINUTE);
  const most = Math.max(...sent.map(({ bytes }) => bytes));
  const whole = sent.filter(({ bytes }) => bytes === most);
  expect(sent[0]?.bytes).toBe(most);
  expect(whole.length).toBeLessThanOrEqual(3);
  expect(sent.length - whole.length).toBeGreaterThanOrEqual(12);
  expect([delivery.waiting('asked'), delivery.waiting('failed')]).toEqual([1, 0]);
  expect(delivery.waitMs).toBeGreaterThan(0);
  expect(delivery.waitMs).toBeLessThanOrEqual(5 * MINUTE);
  expect(problems[0]).toBe(
    'violations could not be sent, and will be again: the receiver answered 429; they wait 300 s, as the receiver asks for 86400 s, and one is tried meanwhile',
  );
});

it('says so as well when a receiver asks for a pause after it had only failed', async () => {
  const { clock, problems } = await delivering((timeMs) => ({
    kind: 'later',
    message: 'no',
    ...(timeMs < 1000 ? {} : { afterMs: 3_600_000 }),
  }));
  await clock.passUntil(MINUTE);
  expect(problems).toEqual([
    expect.stringMatching(/no; they wait 0\.\d s$/),
    expect.stringContaining('asks for 3600 s'),
  ]);
});
