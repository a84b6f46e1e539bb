/** A hundred thousand open traces, and then more than there is memory for: the bound holds, and what has to go is judged first. */
import { expect, it } from 'vitest';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import type { Trace } from '../../../engine/otlp/model.js';
import { peakRss, post, type Serving, serve, traceNow } from './process.js';
import { startReceiver } from './receiver.js';

const OPEN = 100_000;
const MORE = 40_000;
const PER_REQUEST = 2_000;
const MEMORY = 160 * 2 ** 20;
/** One in so many violates the rule. */
const VIOLATING = 1_000;

function traceOf(number: number): Trace {
  return traceNow(number, 'charge', number % VIOLATING === 0 ? 'other' : 'check');
}

/** Sends traces, each request again for as long as it is refused; returns how many were. */
async function sendAll(serving: Serving, from: number, count: number): Promise<number> {
  let refused = 0;
  const sendSome = async (first: number): Promise<void> => {
    const traces = Array.from({ length: PER_REQUEST }, (_, n) => traceOf(first + n));
    const body = protobufOf(traces);
    for (;;) {
      const { status } = await post(serving.httpPort, body);
      if (status === 200) return;
      expect(status).toBe(429);
      refused++;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  for (let done = 0; done < count; done += 4 * PER_REQUEST)
    await Promise.all(
      [0, 1, 2, 3]
        .map((n) => done + n * PER_REQUEST)
        .filter((first) => first < count)
        .map(async (first) => await sendSome(from + first)),
    );
  return refused;
}

it('are held within the bound of memory', async () => {
  const receiver = await startReceiver();
  const serving = await serve({
    export: receiver.url,
    settings: {
      'live.memory': MEMORY,
      'live.judge_memory': '256MiB',
      'live.complete_after': '10m',
      'live.quiet_after': '10m',
      'live.max_age': '1h',
    },
  });
  expect(await sendAll(serving, 1, OPEN)).toBe(0);
  expect(await serving.metric('betrace_open_traces')).toBe(OPEN);
  expect(await serving.metric('betrace_traces_evicted_total')).toBe(0);
  expect(receiver.spans.size).toBe(0);

  await sendAll(serving, OPEN + 1, MORE);
  expect(await serving.metric('betrace_open_trace_bytes')).toBeLessThan(MEMORY * 1.25);
  await expect.poll(() => serving.metric('betrace_open_trace_bytes')).toBeLessThan(MEMORY);
  const evicted = await serving.metric('betrace_traces_evicted_total');
  expect(evicted).toBeGreaterThan(1_000);
  expect(await serving.metric('betrace_open_traces')).toBe(OPEN + MORE - evicted);
  expect(await serving.metric('betrace_ingest_spans_total')).toBe(2 * (OPEN + MORE));
  expect(await serving.metric('betrace_traces_closed_total', { basis: 'partial' })).toBe(evicted);
  await expect.poll(() => receiver.violated().length).toBeGreaterThan(0);
  const violating = receiver.violated().map((id) => Number.parseInt(id, 16) % VIOLATING);
  expect(violating.every((rest) => rest === 0)).toBe(true);
  expect(peakRss(serving)).toBeLessThan(2 ** 30);
  expect(await serving.stop()).toBe(0);
});
