/** What `/-/ready` says to a load balancer and to whoever is on call. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { watchReadiness } from '../../../server/service/readiness.js';
import { start, temporaryDirectory } from './support.js';

const asJson = { headers: { accept: 'application/json' } };

test('parts that fail are named; rules and delivery make nobody unready', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'broken.betrace'), 'rule {');
  const { get } = await start({
    settings: { rules: [directory], 'otlp.http_port': 0, 'live.directory': join(directory, 'live') },
  });
  const response = await get('/-/ready', asJson);
  expect(response.status).toBe(200);
  const { ready, parts } = (await response.json()) as { ready: boolean; parts: readonly { name: string }[] };
  expect(ready).toBe(true);
  expect(parts.map(({ name }) => name)).toEqual([
    'process',
    'blocks',
    'spans',
    'delivery',
    'judging',
    'rules',
  ]);
  expect(parts.find(({ name }) => name === 'spans')).toMatchObject({ state: 'ok', needed: true });
  expect(parts.find(({ name }) => name === 'rules')).toMatchObject({
    state: 'failing',
    needed: false,
    reason: '1 of 1 files of rules have errors',
    cure: expect.stringContaining('betrace check'),
  });
  expect(await (await get('/-/ready')).text()).toBe('ready\n');
  expect(await (await get('/-/healthy', asJson)).text()).toBe('healthy\n');
});

test('a part that is needed makes the service unready, and keeps the time since when', async () => {
  let problem: string | undefined;
  const readiness = watchReadiness([
    { name: 'a', needed: true, cure: 'mend a', problem: () => problem },
    { name: 'b', needed: false, cure: 'mend b', problem: () => problem },
  ]);
  expect(readiness.reason()).toBeUndefined();
  problem = 'broken';
  expect(readiness.reason()).toBe('broken');
  const [first] = readiness.parts();
  expect(first).toMatchObject({ state: 'failing', reason: 'broken', cure: 'mend a' });
  await new Promise((resolve) => setTimeout(resolve, 20));
  problem = 'still broken';
  expect(readiness.parts()[0]).toMatchObject({ since: first!.since, reason: 'still broken' });
  readiness.close();
});
