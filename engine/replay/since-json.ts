import type { RateHistory } from '../verdicts/rate-history.js';
import { timeText } from './time-json.js';

/** The share of violated cases over time: one part where no change was found. */
export interface SinceJson {
  readonly parts: readonly {
    readonly from: string;
    readonly to: string;
    /** Cases that could be told, up to the first that is undecided. */
    readonly applicable: number;
    readonly violated: number;
  }[];
  /** Each between two parts: most likely at `at`, with 95 % certainty not before `earliest` nor after `latest`. */
  readonly changes: readonly { readonly earliest: string; readonly at: string; readonly latest: string }[];
}

/** Null where no case could be told. */
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
