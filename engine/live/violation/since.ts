import { type RateRise, shareOf } from '../../verdicts/rate-rise.js';
import type { SpanAttribute } from './write-span.js';

/** What a violation span says of since when its rule is violated more often than before; nothing where that is not known. */
export function sinceAttributes(since: RateRise | undefined): readonly SpanAttribute[] {
  if (since === undefined) return [];
  return [
    ['betrace.rule.since', new Date(Number(since.atNs / 1_000_000n)).toISOString()],
    ['betrace.rule.rate', shareOf(since.after)],
    ['betrace.rule.rate_before', shareOf(since.before)],
  ];
}
