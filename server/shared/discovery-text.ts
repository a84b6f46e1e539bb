import type { DiscoveredRule, Discovery } from '../../engine/discover/discover.js';
import { undecidedCases } from '../../engine/verdicts/judged-rule.js';
import { formatCount, percent, plural } from './numbers.js';
import { printable } from './printable.js';
import { rateText } from './rate-text.js';

/** A file of rules. Foreign text is in strings that are quoted, and in comments of one line. */
export function discoveryText(discovery: Discovery): string {
  const { found, leftOut, result } = discovery;
  const nothing = found.length === 0 ? ', nothing to propose' : '';
  const head = `// ${plural(result.traces, 'trace')}, ${plural(result.spans, 'span')} of ${printable(result.tenant)}${nothing}`;
  const more = leftOut === 0 ? [] : [`// ${plural(leftOut, 'more rule')} with --limit`];
  return `${[head, ...found.map((discoveredRule) => ruleSection(discoveredRule, discovery)), ...more].join('\n\n')}\n`;
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
