/**
 * Property tests try other cases in every run. In CI they are always the same, so that what passed does not fail by chance together with a
 * change that has nothing to do with it. `BETRACE_SEED=N` gives any run a seed.
 */
import fc from 'fast-check';

const CI_SEED = 82_286_169;

const seed = process.env.BETRACE_SEED ?? (process.env.CI ? CI_SEED : undefined);
if (seed !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
