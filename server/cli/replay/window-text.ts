/** A rule over many traces in the text report. */

import { stripVTControlCharacters } from 'node:util';
import type { JudgedRule, JudgedWindowRule } from '../../../engine/verdicts/judged-rule.js';
import type { WindowViolation } from '../../../engine/verdicts/window-violation.js';
import { formatCount, percent, plural } from '../../shared/numbers.js';
import { displayWidth, printable, truncate } from '../../shared/printable.js';
import { laterText, secondText, spanText } from '../../shared/times.js';
import { UNJUDGED } from '../../shared/unjudged.js';
import { INDENT, problemLines, rateLines, titleLines, wants } from './rule-lines.js';
import type { TextContext } from './text-context.js';
import { valueText } from './values.js';

export function windowRuleText(found: JudgedWindowRule, context: TextContext): string {
  const { style, glyphs, width } = context;
  const { violated, applicable } = found;
  const lines = [
    ...titleLines(found, context),
    ...(found.problem === undefined ? [INDENT + counts(found, context)] : problemLines(found, context)),
    ...(applicable > 0 ? wants(found, context) : []),
    ...unjudgedTexts(found, glyphs.dash).map((text) => INDENT + style.yellow(truncate(text, width - 2))),
    ...(violated > 0
      ? [...rateLines(found, context), ...samples(found, context).map((line) => INDENT + line)]
      : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function counts(found: JudgedWindowRule, { style, glyphs }: TextContext): string {
  const { rule, windows, series, applicable, passed, vacuous, violated } = found;
  const judged = windowsText(found);
  if (windows.count === 0)
    return style.yellow(
      `never applied: none of the windows of ${spanText(BigInt(rule.window))} could be judged`,
    );
  if (applicable === 0) return style.yellow(`never applied: no series had a value in ${judged}`);
  const parts = [`${judged}, ${formatCount(series)} series`];
  if (vacuous === 0) parts.push(`${formatCount(passed)} passed`);
  if (violated > 0)
    parts.push(style.bold(`${formatCount(violated)} violated (${percent(violated, applicable)})`));
  if (vacuous > 0) parts.push(style.yellow(`${formatCount(vacuous)} vacuous`));
  return parts.join(` ${glyphs.dot} `);
}

/** `1,436 windows of 5 min, one each 1 min` */
export function windowsText({ rule, windows }: JudgedWindowRule): string {
  const each = rule.every === rule.window ? '' : `, one each ${spanText(BigInt(rule.every))}`;
  return `${plural(windows.count, 'window')} of ${spanText(BigInt(rule.window))}${each}`;
}

/** Runs of windows that are named. */
const MOST_RUNS = 3;

/** Which windows of the rule were not judged, and why; a text for each run of them. */
export function unjudgedTexts(found: JudgedRule, dash: string): readonly string[] {
  switch (found.kind) {
    case 'trace':
    case 'flow':
      return [];
    case 'window':
      return runTexts(found, dash);
  }
}

function runTexts({ unjudged }: JudgedWindowRule, dash: string): readonly string[] {
  const more = unjudged.slice(MOST_RUNS).reduce((sum, { count }) => sum + count, 0);
  return [
    ...unjudged.slice(0, MOST_RUNS).map(({ reason, count, fromNs, toNs }) => {
      const windows = plural(count, 'window');
      return `not judged: ${windows} in ${secondText(fromNs)}${dash}${laterText(toNs, fromNs)}, ${UNJUDGED_HERE[reason]}`;
    }),
    ...(more > 0 ? [`not judged: ${formatCount(more)} more`] : []),
  ];
}

function samples(found: JudgedWindowRule, { samples, style, glyphs, width }: TextContext): readonly string[] {
  const { first, last, violations, violated } = found;
  const shown = violations.slice(0, samples);
  const more = violated - shown.length;
  const [only, ...others] = found.rule.clauses;
  return [
    ...(first === undefined || last === undefined || first === last
      ? []
      : [`first window ${secondText(first)} UTC, last ${laterText(last, first)}`]),
    ...(only === undefined || others.length > 0
      ? []
      : [truncate(`broken: ${printable(only.text)}`, width - 2)]),
    ...shown.flatMap((violation) => {
      const facts = [
        windowText(violation, glyphs.dash),
        style.red(numberText(violation.value)),
        ...seriesTexts(violation),
        ...(others.length > 0 ? [printable(found.rule.clauses[violation.clause]?.text ?? '')] : []),
        ...violation.traces.slice(0, 1).map((trace) => style.dim(`trace ${trace}`)),
      ];
      return wrapped(facts, width - 2);
    }),
    ...(more > 0 ? [style.dim(`and ${formatCount(more)} more`)] : []),
  ];
}

/** Nothing of it is cut, which may be what somebody wants to copy: what does not fit is on lines of its own, further in. */
function wrapped(facts: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const fact of facts) {
    const last = lines.at(-1);
    if (last === undefined) lines.push(fact);
    else if (widthOf(last) + 2 + widthOf(fact) <= width) lines[lines.length - 1] = `${last}  ${fact}`;
    else lines.push(INDENT + fact);
  }
  return lines;
}

/** Without the codes of colours. */
function widthOf(text: string): number {
  return displayWidth(stripVTControlCharacters(text));
}

/** `2026-11-20 14:20:00–14:25:00` */
export function windowText({ fromNs, toNs }: WindowViolation, dash: string): string {
  return `${secondText(fromNs)}${dash}${laterText(toNs, fromNs)}`;
}

/** `resource.service.name = "payment"` for each label; none for the one series of a rule without `by`. */
export function seriesTexts({ labels }: WindowViolation): readonly string[] {
  return labels.map(({ name, value }) => `${printable(name)} = ${labelText(name, value)}`);
}

function labelText(name: string, value: WindowViolation['labels'][number]['value']): string {
  if (value === null) return 'nil';
  return valueText(name, typeof value === 'bigint' ? Number(value) : value);
}

/** To four digits. */
export function numberText(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** Why windows were not judged, and what to do. */
export const UNJUDGED_HERE: typeof UNJUDGED = { ...UNJUDGED, series: `${UNJUDGED.series}: see --max-series` };
