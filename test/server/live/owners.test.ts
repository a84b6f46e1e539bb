/** Services that share a tenant: a window is reported by one of them, and by another once that one is gone. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Running, startKept, temporaryDirectory } from '../service/support.js';
import { startReceiver } from './receiver.js';

const RULES = `
rule quiet { over 4s  never { } | count_over_time() >= 0 }
rule pair { across span.order.id within 1m  never { name = "a" } }`;
/** In the blocks something happens all the time from then on. */
const BUSY = Date.UTC(2026, 10, 20, 12);
it('take over from one another, and tell each window once', async () => {
  const receiver = await startReceiver();
  const directory = temporaryDirectory();
  const rules = join(directory, 'windows.betrace');
  writeFileSync(rules, RULES);
  // For the windows it is now that time.
  const delay = `${Date.now() - BUSY}ms`;
  const replica = (name: string): Promise<Running> =>
    startKept({
      settings: {
        rules: [rules],
        'otlp.http_port': 0,
        'export.endpoint': receiver.url,
        'live.directory': join(directory, name),
        'live.owners': join(directory, 'owners'),
        'live.owner_lease': '3s',
        'live.over_delay': delay,
      },
    });
  const reportedBy = (service: Running): readonly string[] =>
    service.log
      .map((line) => JSON.parse(line) as { readonly msg: string; readonly to: string })
      .filter(({ msg }) => msg === 'violation')
      .map(({ to }) => to);
  const a = await replica('a');
  await expect.poll(() => reportedBy(a).length).toBeGreaterThan(0);
  const b = await replica('b');
  expect(await a.metric('betrace_owned_tenants')).toBe(1);
  expect(await b.metric('betrace_owned_tenants')).toBe(0);
  expect(a.log.join('\n')).toContain('"pair"');
  const before = reportedBy(a).length;
  await expect.poll(() => reportedBy(a).length).toBeGreaterThan(before);
  expect(reportedBy(b)).toEqual([]);
  await a.stop();
  await expect.poll(() => reportedBy(b).length).toBeGreaterThan(1);
  const all = [...reportedBy(a), ...reportedBy(b)];
  expect(new Set(all).size).toBe(all.length);
  expect(await b.metric('betrace_open_claims', { replica: 'others' })).toBe(0);
  await b.stop();
  await expect.poll(() => receiver.spans.size).toBe(all.length);
  expect(readdirSync(join(directory, 'owners', 'owners'))).toContain('single-tenant.json');
});
