/** Rules across and over traces in a process that is killed: what it had taken of a flow, or counted for a window, is judged by the next one. */
import { expect, it } from 'vitest';
import type { Trace } from '../../../engine/otlp/model.js';
import { span, traceId } from '../../support/arbitrary/spans.js';
import { temporaryDirectory } from '../service/support.js';
import { send, serve } from './process.js';
import { startReceiver } from './receiver.js';

const RULES = `
  rule ships { across span.order.id within 1m when { name = "order" } as o always { name = "ship" } after o within 1s }
  rule busy { over 4s never { name = "login" } | count_over_time() by (span.order.id) > 1 }`;
const WINDOW_MS = 4000;

function traceAt(number: number, name: string, order: string, atMs: number): Trace {
  const timeless = span(number, undefined, { name, attributes: { 'order.id': order } });
  return { traceId: traceId(number), spans: [{ ...timeless, start: BigInt(Math.floor(atMs)) * 1_000_000n }] };
}

it('a flow and what was counted for a window outlive kill -9, and their violations come once their time has passed', async () => {
  const receiver = await startReceiver();
  const options = {
    directory: temporaryDirectory(),
    rules: RULES,
    export: receiver.url,
    settings: {
      'live.lateness': '10ms',
      'live.quiet_after': '1s',
      'live.grace': '1s',
      'live.over_early_delay': '10ms',
    },
  };
  const first = await serve(options);
  const begun = Date.now();
  expect(await send(first, traceAt(1, 'order', 'a', begun + 1))).toBe(200);
  expect(await send(first, traceAt(2, 'order', 'b', begun + 1))).toBe(200);
  expect(await send(first, traceAt(3, 'ship', 'b', begun + 100))).toBe(200);
  const windowMs = Math.ceil(begun / WINDOW_MS) * WINDOW_MS;
  expect(await send(first, traceAt(5, 'login', 'w', windowMs + 10))).toBe(200);
  // The trace of the order is over: nothing of it is left but what was taken.
  await expect.poll(() => first.metric('betrace_flow_spans')).toBe(3);
  await expect.poll(() => first.metric('betrace_open_traces')).toBe(0);
  await first.kill();
  expect(receiver.spans.size).toBe(0);

  const last = await serve(options);
  await expect.poll(() => last.metric('betrace_flow_spans')).toBe(3);
  expect(await send(last, traceAt(6, 'login', 'w', windowMs + 20))).toBe(200);
  while (Date.now() < windowMs + WINDOW_MS + 100) await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await send(last, traceAt(4, 'order', 'c', Date.now()))).toBe(200);
  await expect.poll(() => receiver.violated()).toEqual([traceId(1), traceId(5)]);
  const window = [...receiver.spans.values()].find((sent) => sent.attributes['betrace.rule.id'] === 'busy')!;
  expect(window.attributes).toMatchObject({
    'betrace.violation.basis': 'early',
    'betrace.violation.series': ['span.order.id=w'],
  });
  expect(window.start).toBe(String(BigInt(windowMs) * 1_000_000n));
  await expect.poll(() => last.metric('betrace_rule_undecided_cases', { rule: 'ships' })).toBe(1);
  expect(await last.stop()).toBe(0);
});
