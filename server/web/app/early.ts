import type { EarlyWindowsJson } from '../../../engine/answers/rule.js';

/** How soon the windows of a rule are judged, and by what; or why they wait. */
export function earlyText({
  delaySeconds,
  correctedAfterSeconds,
  judgedUntil,
  waits,
}: EarlyWindowsJson): string {
  const stored = secondsText(correctedAfterSeconds);
  if (waits !== null) return `cannot tell early: windows wait ${stored} for stored blocks, as ${waits}`;
  const until = judgedUntil === null ? 'none so far' : `up to ${judgedUntil} so far`;
  return `windows are judged ${secondsText(delaySeconds)} after their end by the spans that came (${until}), and corrected ${stored} after it by stored blocks`;
}

function secondsText(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
