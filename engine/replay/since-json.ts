import type { SinceJson } from '../answers/judged-rule.js';
import type { RateHistory } from '../verdicts/rate-history.js';
import { timeText } from './time-json.js';

/** Null where no case could be determined. */
export function sinceJson(history: RateHistory | undefined): SinceJson | null {
  if (history === undefined) return null;
  return {
    parts: history.parts.map(({ fromNs, toNs, applicable, violated }) => ({
      from: timeText(fromNs),
      to: timeText(toNs),
      applicable,
      violated,
    })),
    changes: history.changes.map(({ earliestNs, atNs, latestNs }) => ({
      earliest: timeText(earliestNs),
      at: timeText(atNs),
      latest: timeText(latestNs),
    })),
  };
}
