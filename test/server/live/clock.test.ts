/** Somebody sets the clock of the machine, ahead and back by hours: traces are waited for as long as is configured. */
import { expect, it } from 'vitest';
import { traceId } from '../../support/arbitrary/spans.js';
import { send, serve, traceNow } from './process.js';
import { startReceiver } from './receiver.js';

const HOUR_MS = 3_600_000;

it('neither closes traces nor keeps them open when the clock jumps', async () => {
  const receiver = await startReceiver();
  const serving = await serve({ export: receiver.url, settings: { 'live.quiet_after': '50s' } });
  const whole = traceNow(1, 'charge', 'other', 'check');
  const [root, ...rest] = whole.spans;

  // Without its root it has to wait for the quiet time.
  expect(await send(serving, { ...whole, spans: [rest[0]!] })).toBe(200);
  await serving.setClock(HOUR_MS);
  expect(await send(serving, traceNow(2, 'charge'))).toBe(200);
  await expect.poll(() => receiver.violated()).toEqual([traceId(2)]);
  expect(await serving.metric('betrace_open_traces')).toBe(2);
  expect(await serving.metric('betrace_traces_closed_total', { basis: 'quiet' })).toBe(0);
  expect(await send(serving, { ...whole, spans: [root!, ...rest.slice(1)] })).toBe(200);
  await expect.poll(() => serving.metric('betrace_rule_passed_total')).toBe(1);
  expect(await serving.metric('betrace_late_spans_total')).toBe(0);

  expect(await send(serving, traceNow(3, 'charge'))).toBe(200);
  await serving.setClock(-HOUR_MS);
  expect(await send(serving, traceNow(4, 'charge'))).toBe(200);
  await expect.poll(() => receiver.violated()).toEqual([2, 3, 4].map(traceId));
  expect(receiver.spans.size).toBe(3);
  expect(await serving.stop()).toBe(0);
});
