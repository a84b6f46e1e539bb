import type { DiscoveredRule, Discovery } from '../../engine/discover/discover.js';
import { undecidedCases } from '../../engine/verdicts/judged-rule.js';
import { formatCount, percent, plural } from './numbers.js';
import { printable } from './printable.js';
import { rateText } from './rate-text.js';

const TO_LOOK_AT = `// To look at. So many break what follows that it is no invariant, but they are clearly apart from those that keep it:
// a limit may lie there, and somebody has to say whether it is meant.`;

/** A file of rules. Foreign text is in strings that are quoted, and in comments of one line. */
export function discoveryText(discovery: Discovery): string {
  const { found, leftOut, result } = discovery;
  const nothing = found.length === 0 ? ', nothing to propose' : '';
  const head = `// ${plural(result.traces, 'trace')}, ${plural(result.spans, 'span')} of ${printable(result.tenant)}${nothing}`;
  const more = leftOut === 0 ? [] : [`// ${plural(leftOut, 'more rule')} with --limit`];
  const sections = (some: readonly DiscoveredRule[]): readonly string[] =>
    some.map((rule) => ruleSection(rule, discovery));
  const toLookAt = found.filter(({ proposal }) => proposal.isToLookAt === true);
  return `${[
    head,
    ...sections(found.filter((rule) => !toLookAt.includes(rule))),
    ...(toLookAt.length === 0 ? [] : [TO_LOOK_AT]),
    ...sections(toLookAt),
    ...more,
  ].join('\n\n')}\n`;
}

function ruleSection({ text, judged }: DiscoveredRule, { result }: Discovery): string {
  const { applicable, violated } = judged;
  const open = undecidedCases(judged);
  const undecided = open === 0 ? '' : `, ${formatCount(open)} undecided`;
  if (violated === 0)
    return `// ${formatCount(applicable)} cases, no exception${undecided}\n${text.trimEnd()}`;
  const rate = rateText(judged, result);
  const exceptions = `${plural(violated, 'exception')} in ${plural(applicable, 'case')} (${percent(violated, applicable)})${undecided}`;
  return [`// ${exceptions}`, ...(rate === undefined ? [] : [`// ${rate}`]), text.trimEnd()].join('\n');
}
