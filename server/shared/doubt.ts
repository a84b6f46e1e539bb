import { formatCount } from './numbers.js';

export interface Doubt {
  readonly cannotTell: number;
  /** What was missing, with the number of cases. */
  readonly missing: ReadonlyMap<string, number>;
  /** The cases in which that was looked for; all of them without it. */
  readonly looked?: number;
}

/** Why a rule cannot tell about some cases, a line for each thing that was missing; empty where there are none. */
export function doubtTexts({ missing, cannotTell, looked = cannotTell }: Doubt): readonly string[] {
  if (cannotTell === 0) return [];
  if (missing.size === 0) return ['cannot tell for want of an attribute'];
  const share = looked < cannotTell ? ` of ${formatCount(looked)} looked at` : '';
  return [...missing].map(
    ([name, count]) => `cannot tell for want of ${name} (${formatCount(count)}${share})`,
  );
}
