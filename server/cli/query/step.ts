import { UsageError } from '../../shared/usage-error.js';
import { parseSecondsOrDuration } from '../../tempo/params/duration.js';

/** Nanoseconds, from `30s`, `5m`, or seconds. Throws `UsageError`. */
export function parseStep(text: string): bigint {
  const step = parseSecondsOrDuration(text);
  if (step !== undefined && step > 0n) return step;
  throw new UsageError(`--step: "${text}" is not a duration. Write 30s, 5m, 1h.`);
}
