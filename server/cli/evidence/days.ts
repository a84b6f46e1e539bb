import { DAY_MS, dayOf } from '../../../engine/evidence/record.js';
import { parseTime } from '../../shared/typed-values.js';
import { UsageError } from '../../shared/usage-error.js';

export interface Days {
  readonly first: string;
  readonly last: string;
}

/** More is likely a mistake, and as many replays. */
const MOST_DAYS = 3_700;

/** Whole days in UTC, the last one included. Throws `UsageError`. */
export function parseDays(from: string | undefined, to: string | undefined, nowMs: number): Days {
  if (from === undefined) throw new UsageError('--from DAY is needed: the first day, as 2026-11-20.');
  const day = (option: string, text: string): string =>
    dayOf(Number(parseTime(option, text, nowMs) / 1_000_000n));
  const first = day('--from', from);
  const last = to === undefined ? dayOf(nowMs - DAY_MS) : day('--to', to);
  if (first > last)
    throw new UsageError(
      to === undefined
        ? `--from: ${first} is not over. Name --to as well.`
        : '--from must not be after --to.',
    );
  const count = (Date.parse(last) - Date.parse(first)) / DAY_MS + 1;
  if (count > MOST_DAYS) throw new UsageError(`--from, --to: ${count} days are more than ${MOST_DAYS}.`);
  return { first, last };
}
