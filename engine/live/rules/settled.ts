import type { RulePlan } from '../../plan/plan.js';
import type { FoundViolation } from '../../verdicts/violation.js';
import { deadlineMs } from './rule-set.js';

/** Whether no span that may still come, by the watermark in milliseconds, undoes the violation. */
export function isSettled(rule: RulePlan, { evidence }: FoundViolation, watermark: number): boolean {
  const after = deadlineMs(rule);
  if (after === undefined) return true;
  return evidence.every(
    ({ bound, start, duration }) =>
      bound === undefined || Number((start + duration) / 1_000_000n) + after <= watermark,
  );
}
