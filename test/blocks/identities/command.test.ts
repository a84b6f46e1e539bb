/** What a command does on a bucket but for reading it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BLOCKS, IDENTITIES } from './processes.js';
import { ended, startWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const IDENTITY = IDENTITIES[0]!;

it('--estimate tells requests, bytes, time and cost, and reads nothing but footers', async () => {
  world.clouds.log.length = 0;
  const { code, out } = await world.replay(IDENTITY, '--estimate');
  expect(code).toBe(0);
  expect(out).toMatch(/^s3:\/\/traces\/tempo, tenant single-tenant: 2 blocks of [\d.]+ kB in the range/m);
  expect(out).toMatch(/^to read: about [\d.]+ kB \(\d+ %\) in \d+ requests, by the layout of 2 blocks/m);
  expect(out).toMatch(/^time: about .* on two cores, a guess$/m);
  expect(out).toMatch(/^cost: less than \$0\.0001 for requests/m);
  expect(world.clouds.log.filter((line) => line.includes('data.parquet'))).toHaveLength(2);
});

it('is over at once when Ctrl-C is pressed while a store does not answer', async () => {
  world.clouds.log.length = 0;
  world.delayMs = 60_000;
  const before = world.clouds.asked;
  const child = world.start(IDENTITY, ['replay', world.rules, '--blocks', BLOCKS.s3]);
  const end = ended(child);
  await expect.poll(() => world.clouds.asked).toBeGreaterThan(before);
  const started = Date.now();
  child.kill('SIGINT');
  expect((await end).signal).toBe('SIGINT');
  expect(Date.now() - started).toBeLessThan(30_000);
  world.delayMs = 0;
});

it('trusts the authority of a store of its own, and no other', async () => {
  const endpoint = world.clouds.secureUrl;
  const args = ['replay', world.rules, '--blocks', BLOCKS.s3, '--format', 'json'];
  const own = { BETRACE_STORAGE_S3_ENDPOINT: endpoint, NODE_EXTRA_CA_CERTS: '' };
  const strange = await ended(world.start(IDENTITY, args, own));
  expect(strange.code).toBe(2);
  expect(strange.err).toMatch(
    /its certificate is not trusted \((?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT\w*)\)/,
  );
  const trusted = { ...own, BETRACE_STORAGE_S3_CA_FILE: world.certificateFile };
  const { code, out, err } = await ended(world.start(IDENTITY, args, trusted));
  expect([code, err]).toEqual([1, '']);
  expect(JSON.parse(out)).toMatchObject({ read: { identity: IDENTITY.words } });
});
