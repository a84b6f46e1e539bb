import { changeText, countChanges, type RuleChange } from '../service/replay-change.js';
import { timeText } from './format.js';
import type { ComparedData } from './view-data.js';

/** How a result differs from an earlier one. */
export interface Compared {
  /** RFC 3339: when the other replay ended. */
  readonly ended: string;
  /** By rule, for those that can be compared. */
  readonly changes: ReadonlyMap<string, RuleChange>;
}

/** For the page; undefined where no rule can be compared. */
export function comparedData({ ended, changes }: Compared): ComparedData | undefined {
  if (changes.size === 0) return undefined;
  const change = changeText(countChanges(changes.values()));
  const than = change === undefined ? 'The same violations as' : `${change} since`;
  return {
    text: `${than} the replay at ${timeText(ended).slice(11, 19)} UTC`,
    rules: [...changes].map(([id, own]) => ({
      ...{ id, change: changeTextOf(own), added: [...own.added], gone: own.gone },
    })),
  };
}

/** `+3 −1`; undefined where nothing has changed, or nothing is known. */
export function changeTextOf(change: RuleChange | undefined): string | undefined {
  return change === undefined ? undefined : changeText(countChanges([change]));
}
