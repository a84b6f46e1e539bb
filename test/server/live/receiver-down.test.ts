/** Violations wait while nobody takes them, through a kill as well, and each arrives once somebody does. */
import { expect, it, onTestFinished } from 'vitest';
import { traceId } from '../../support/arbitrary/spans.js';
import { readinessOf, send, serve, traceNow } from './process.js';
import { openReceiver } from './receiver.js';

it('keeps violations while the receiver is down, and delivers each by its id once it is up', async () => {
  const before = await openReceiver();
  let serving = await serve({ export: before.url });
  const violate = async (from: number, to: number): Promise<void> => {
    for (let n = from; n <= to; n++) expect(await send(serving, traceNow(n, 'charge'))).toBe(200);
  };
  await violate(1, 20);
  await expect.poll(() => before.spans.size).toBe(20);
  await before.stop();

  await violate(21, 40);
  await expect.poll(() => serving.metric('betrace_outbox_depth')).toBe(20);
  await expect.poll(() => serving.metric('betrace_export_failures_total')).toBeGreaterThan(0);
  expect(serving.log()).toContain('violations could not be sent, and will be again');
  // Spans are taken all the same.
  expect(await readinessOf(serving, 'delivery')).toMatchObject({
    ready: true,
    state: 'failing',
    needed: false,
    reason: expect.stringMatching(/^violations of 1 tenants wait, for \d+ s: requests fail$/),
    cure: expect.stringContaining('export.endpoint'),
  });
  await serving.kill();
  serving = await serve({ directory: serving.directory, export: before.url });
  expect(await serving.metric('betrace_outbox_depth')).toBe(20);
  await violate(41, 50);

  const after = await openReceiver(before.port);
  onTestFinished(async () => await after.stop());
  const expected = Array.from({ length: 30 }, (_, n) => traceId(n + 21));
  await expect.poll(() => after.violated()).toEqual(expected);
  await expect.poll(() => serving.metric('betrace_outbox_depth')).toBe(0);
  expect(await readinessOf(serving, 'delivery')).toMatchObject({ ready: true, state: 'ok' });
  // One span of one trace each: what was sent before the receiver went down is not sent again.
  expect([...before.spans.keys()].filter((id) => after.spans.has(id))).toEqual([]);
  expect(await serving.stop()).toBe(0);
});
