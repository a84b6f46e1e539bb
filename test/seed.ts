/**
 * Property tests try other cases in every run. In CI these follow from the commit: a run that failed fails again, and a commit that
 * passed does not fail by chance. `BETRACE_SEED=N` gives any run a seed.
 */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';

const seed = process.env.BETRACE_SEED ?? (process.env.CI ? commitSeed() : undefined);
if (seed !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });

/** Undefined where there is no repository to ask. */
function commitSeed(): number | undefined {
  try {
    const hash = execFileSync('git', ['rev-parse', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return Number.parseInt(hash.slice(0, 7), 16);
  } catch {
    return undefined;
  }
}
