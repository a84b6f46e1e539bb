import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shrinkingFor } from '../support/shrinking.js';

/** What a property that fails for all from 5 on comes to, where `ms` milliseconds are for simpler cases. */
async function found(ms: number, later: boolean) {
  const fails = (n: number): boolean => n < 5;
  const property = later
    ? fc.asyncProperty(fc.nat(), async (n) => await Promise.resolve(fails(n)))
    : fc.property(fc.nat(), fails);
  return await fc.check<[number]>(property, { seed: 1, plugins: [shrinkingFor(ms)] });
}

test.each([false, true])(
  'a property that failed says so when its time for simpler cases is up (%s)',
  async (later) => {
    expect(await found(60_000, later)).toMatchObject({
      failed: true,
      interrupted: false,
      counterexample: [5],
    });
    const cut = await found(0, later);
    expect(cut).toMatchObject({ failed: true, interrupted: true, numShrinks: 0 });
    expect(cut.counterexample?.[0]).toBeGreaterThan(5);
  },
);
