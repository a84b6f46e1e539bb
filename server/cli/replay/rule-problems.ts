/** Rules that a replay could not judge to the end, in the words of its reports. */

import type { ReplayResult } from '../../../engine/replay/result.js';
import { crowdedWindows, type JudgedRule } from '../../../engine/verdicts/judged-rule.js';
import { plural } from '../../shared/numbers.js';
import { printable } from '../../shared/printable.js';

export interface RuleProblemText {
  readonly rule: string;
  /** `BT3006: took longer than 60 s …`, printable. */
  readonly text: string;
}

/** In the order of the result. */
export function ruleProblems({ rules }: Pick<ReplayResult, 'rules'>): readonly RuleProblemText[] {
  return rules.flatMap((found) => {
    const text = problemText(found);
    return text === undefined ? [] : [{ rule: found.rule.id, text }];
  });
}

export function problemText({ problem }: JudgedRule): string | undefined {
  return problem === undefined ? undefined : printable(`${problem.code}: ${problem.message}`);
}

/** `1 block unread, 2 rules not judged`; undefined for a result that is whole. */
export function partialText(result: ReplayResult): string | undefined {
  const unread = result.blocks.unread.length;
  const stopped = ruleProblems(result).length;
  const crowded = result.rules.reduce((sum, rule) => sum + crowdedWindows(rule), 0);
  const parts = [
    ...(unread > 0 ? [`${plural(unread, 'block')} unread`] : []),
    ...(stopped > 0 ? [`${plural(stopped, 'rule')} not judged to the end`] : []),
    ...(crowded > 0 ? [`${plural(crowded, 'window')} with too many series not judged`] : []),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}
