/**
 * Property tests try other cases in every run. In CI they are always the same, so that what passed does not fail by chance together with a
 * change that has nothing to do with it. `BETRACE_SEED=N` gives any run a seed. A property that fails names its seed; a test whose time is
 * up cannot, so it is named here.
 */
import fc from 'fast-check';
import { beforeEach } from 'vitest';
import { boundShrinking } from './support/shrinking.js';

const CI_SEED = 82_286_169;
/** In milliseconds, of the ten minutes that a test may take. */
const SHRINKING = 120_000;

const given = process.env.BETRACE_SEED ?? (process.env.CI ? CI_SEED : undefined);

boundShrinking(SHRINKING);

beforeEach(({ onTestFailed }) => {
  const seed = Number(given ?? Math.floor(Math.random() * 2 ** 31));
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
  onTestFailed(({ task }) => {
    const isLate = task.result?.errors?.some(({ message }) => message.startsWith('Test timed out'));
    if (isLate) console.error(`${task.name}: BETRACE_SEED=${seed} tries the same cases`);
  });
});
