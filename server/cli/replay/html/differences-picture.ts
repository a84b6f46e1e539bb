import type { JudgedCaseRule } from '../../../../engine/verdicts/judged-rule.js';
import {
  type DifferenceLine,
  differenceLines,
  noDifferenceText,
  notComparedText,
} from '../../../shared/differences-text.js';
import { plural } from '../../../shared/numbers.js';
import { type Html, html } from '../../../web/html.js';

const WIDTH = 360;
const BAR = 9;

/** What is different about the cases that violate a rule: each finding with its two shares as bars. Nothing where nobody asked. */
export function differencesPicture({ rule, differences }: JudgedCaseRule): Html | undefined {
  if (differences === undefined) return undefined;
  const { lines, leftOut } = differenceLines(rule, differences);
  const left = notComparedText(differences);
  if (lines.length === 0)
    return html`<h3>What differs</h3><p>${noDifferenceText(differences)}${left === undefined ? '' : `; ${left}`}.</p>`;
  return html`<h3>What differs</h3>
<div class="scroll"><table><thead><tr><th>about violations</th><th>share of violations, and of what passed</th><th>with it</th></tr></thead><tbody>
${lines.map((line) => row(line))}
</tbody></table></div>
${leftOut > 0 ? html`<p>${plural(leftOut, 'more difference')}.</p>` : undefined}${left === undefined ? undefined : html`<p class="warn">${left}.</p>`}`;
}

function row({ conditions, shares, firstSeen, counts, echoes, echoesLeftOut }: DifferenceLine): Html {
  const more = echoesLeftOut > 0 ? [`${echoesLeftOut} more`] : [];
  return html`<tr><td class="name"><code>${conditions}</code>${firstSeen === undefined ? undefined : html`<small>${firstSeen}</small>`}</td><td>${bars(counts, shares)}</td><td>${[...echoes, ...more].map((echo) => html`<small><code>${echo}</code></small>`)}</td></tr>\n`;
}

function bars({ violated, passed }: DifferenceLine['counts'], label: string): Html {
  const width = (share: { readonly meeting: number; readonly all: number }): number =>
    share.all === 0 ? 0 : Math.round((share.meeting / share.all) * WIDTH * 10) / 10;
  return html`<svg viewBox="0 0 ${WIDTH} ${2 * BAR + 5}" role="img" aria-label="${label}"><rect class="held" width="${WIDTH}" height="${2 * BAR + 3}"/><rect class="share" width="${width(violated)}" height="${BAR}"/><rect class="passed" y="${BAR + 3}" width="${width(passed)}" height="${BAR}"/></svg><small>${label}</small>`;
}
