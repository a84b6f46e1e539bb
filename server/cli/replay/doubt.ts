import { formatCount } from '../../shared/numbers.js';

/** Why a rule cannot tell about some cases, a line for each thing that was missing; empty where there are none. */
export function doubtTexts({
  missing,
  cannotTell,
}: {
  readonly missing: ReadonlyMap<string, number>;
  readonly cannotTell: number;
}): readonly string[] {
  if (cannotTell === 0) return [];
  if (missing.size === 0) return ['cannot tell for want of an attribute'];
  return [...missing].map(([name, count]) => `cannot tell for want of ${name} (${formatCount(count)})`);
}
