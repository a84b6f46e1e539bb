/**
 * `--blocks` with every identity that a process may have: services that stand in for those of the clouds hand out credentials, each time
 * others, and the stores accept no others.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { IDENTITIES, type Identity } from './processes.js';
import { startWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());
afterEach(() => {
  world.clouds.issuer.lifetimeMs = 86_400_000;
  world.clouds.issuer.withdrawn = 0;
  world.clouds.log.length = 0;
  world.delayMs = 0;
});

/** What a replay says that it read, which has found the violation. */
async function read(
  identity: Identity,
): Promise<{ readonly identity: string; readonly requests: number; readonly retried: number }> {
  const { out, err } = await world.replay(identity, '--format', 'json');
  for (const secret of world.secrets()) expect(`${out}${err}`).not.toContain(secret);
  expect(err).toBe('');
  const result = JSON.parse(out) as {
    readonly read: { readonly identity: string; readonly requests: number; readonly retried: number };
    readonly rules: readonly { readonly violated: number }[];
  };
  expect(result.rules.map(({ violated }) => violated)).toEqual([1]);
  return result.read;
}

describe.each(['s3', 'gcs', 'azure'] as const)('%s', (cloud) => {
  const own = IDENTITIES.filter((identity) => identity.cloud === cloud);
  const renewed = own.filter(({ isRenewed }) => isRenewed === true);

  it.each(own)('is read with $name, and says so', async (identity) => {
    expect(await read(identity)).toMatchObject({ identity: identity.words, retried: 0 });
  });

  it.each(renewed)(
    'is read with new credentials of $name where those before have run out',
    async (identity) => {
      world.clouds.issuer.lifetimeMs = 2_000;
      world.delayMs = 300;
      const before = world.clouds.issuer.issued;
      expect(await read(identity)).toMatchObject({ identity: identity.words });
      expect(world.clouds.issuer.issued - before).toBeGreaterThan(1);
    },
  );

  it.each(renewed)(
    'is read with new credentials of $name where those before were withdrawn',
    async (identity) => {
      world.clouds.issuer.withdrawn = 1;
      expect(await read(identity)).toMatchObject({ identity: identity.words, retried: 1 });
    },
  );

  it('is not read with credentials that it does not know, which the message says', async () => {
    const [identity] = own;
    world.clouds.issuer.withdrawn = 1000;
    const { code, out, err } = await world.replay(identity!);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`with ${identity!.words}, which it does not know, or no more`);
    for (const secret of world.secrets()) expect(err).not.toContain(secret);
  });
});
