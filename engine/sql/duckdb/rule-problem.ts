import { isOutOfMemory } from './database.js';
import { TooSlow } from './time-limit.js';

/** What keeps one rule from being judged, and no other. Told in the catalogue of codes. */
export interface RuleProblem {
  readonly code: string;
  /** What failed, without a full stop. */
  readonly message: string;
}

/** Met while the database ran it. */
export interface RunProblem extends RuleProblem {
  readonly code: typeof RULE_FAILED | typeof RULE_TOO_SLOW | typeof RULE_TOO_LARGE;
}

export const RULE_FAILED = 'BT3005';
const RULE_TOO_SLOW = 'BT3006';
export const RULE_TOO_LARGE = 'BT3007';

/** What a database says of a statement may be long, and ends with the SQL. */
const LONGEST = 300;

export function problemOf(error: unknown): RunProblem {
  if (error instanceof TooSlow) return { code: RULE_TOO_SLOW, message: error.message };
  if (isOutOfMemory(error))
    return { code: RULE_TOO_LARGE, message: 'needs more memory than the run has, even for a few traces' };
  const text = error instanceof Error ? error.message : String(error);
  const [first = ''] = text.split('\n');
  const told = first.length > LONGEST ? `${first.slice(0, LONGEST)}…` : first;
  return { code: RULE_FAILED, message: `the database refused it: ${told}` };
}
