import type { RuleJson } from '../../../engine/answers/replay.js';
import { clock, share } from './format.js';

/** "0.05 % until 14:55, 3.1 % since" in the words of the report. Shares are those of cases at times that are decided, as there. */
export function sinceText({
  since,
  violated,
  applicable,
}: Pick<RuleJson, 'since' | 'violated' | 'applicable'>): string {
  if (violated === 0) return applicable === 0 ? 'no case' : 'never violated';
  const [first, ...others] = since?.parts ?? [];
  if (first === undefined) return 'no case at a time that is decided';
  if (others.length === 0) return `steady at ${share(first.violated, first.applicable)}, no change found`;
  return [first, ...others]
    .map((part, n) => {
      const last = n === others.length;
      return `${share(part.violated, part.applicable)} ${last ? `since ${clock(part.from, first.from)}` : `until ${clock(part.to, first.from)}`}`;
    })
    .join(', ');
}
