import { messageOf } from '../../shared/message-of.js';
import type { RunProblem } from '../../verdicts/rule-problem.js';
import { RULE_FAILED, RULE_TOO_LARGE, RULE_TOO_SLOW, RULE_UNCOVERED } from '../../verdicts/rule-problem.js';
import { EngineError } from './engine-error.js';
import { isOutOfMemory } from './out-of-memory.js';
import { TooSlow } from './time-limit.js';

/** What a database says of a statement may be long, and ends with the SQL. */
const LONGEST = 300;

export function problemOf(error: unknown): RunProblem {
  if (error instanceof TooSlow) return { code: RULE_TOO_SLOW, message: error.message };
  if (isOutOfMemory(error))
    return { code: RULE_TOO_LARGE, message: 'needs more memory than the run has, even for a few traces' };
  if (error instanceof EngineError && error.code === RULE_UNCOVERED)
    return { code: RULE_UNCOVERED, message: error.message };
  const text = messageOf(error);
  const [first = ''] = text.split('\n');
  const shown = first.length > LONGEST ? `${first.slice(0, LONGEST)}…` : first;
  return { code: RULE_FAILED, message: `the database refused it: ${shown}` };
}
