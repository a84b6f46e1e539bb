/** What the text report says of a rule of any kind. */

import { unmatchedPatterns, unmatchedText, vacuousTexts } from '../../../engine/plan/vacuity/texts.js';
import type { JudgedCaseRule, JudgedRule } from '../../../engine/verdicts/judged-rule.js';
import { differenceLines, noDifferenceText, notComparedText } from '../../shared/differences-text.js';
import { plural } from '../../shared/numbers.js';
import { printable, truncate } from '../../shared/printable.js';
import { rateText } from '../../shared/rate-text.js';
import type { StyleName } from '../../shared/terminal.js';
import { isCalm } from './order.js';
import { problemText } from './rule-problems.js';
import type { TextContext } from './text-context.js';

export const INDENT = '  ';

const COLOURS: Readonly<Record<JudgedRule['rule']['settings']['severity'], StyleName>> = {
  critical: 'red',
  high: 'red',
  medium: 'yellow',
  low: 'cyan',
  info: 'cyan',
};

/** Its verdict, id and severity, and below it what it demands. */
export function titleLines(found: JudgedRule, context: TextContext): readonly string[] {
  return [title(found, context), ...summary(found, context)];
}

function title(found: JudgedRule, context: TextContext): string {
  const { style } = context;
  return `${markOf(found, context)} ${style.bold(printable(found.rule.id))}  ${severityText(found, style)}`;
}

export function markOf(found: JudgedRule, { style, glyphs }: Pick<TextContext, 'style' | 'glyphs'>): string {
  if (found.violated > 0) return style.red(glyphs.violated);
  return isCalm(found) ? style.green(glyphs.passed) : style.yellow(glyphs.unsure);
}

export function severityText({ rule, violated }: JudgedRule, style: TextContext['style']): string {
  const { severity } = rule.settings;
  return violated > 0 ? style[COLOURS[severity]](severity) : style.dim(severity);
}

function summary({ rule }: JudgedRule, { width, style }: TextContext): readonly string[] {
  const { summary } = rule.settings;
  return summary === undefined ? [] : [INDENT + style.dim(truncate(printable(summary), width - 2))];
}

/** What kept the rule from being judged to the end. */
export function problemLines(found: JudgedRule, { style }: Pick<TextContext, 'style'>): readonly string[] {
  const text = problemText(found);
  if (text === undefined) return [];
  const rest = found.applicable > 0 ? '; of the traces before that:' : '';
  return [INDENT + style.yellow(`not judged to the end: ${text}${rest}`)];
}

/** Since when it is violated as often as it is. */
export function rateLines(found: JudgedRule, { result, width }: TextContext): readonly string[] {
  const text = rateText(found, result);
  return text === undefined ? [] : [truncate(`${INDENT}rate: ${text}`, width)];
}

/** What is different about the cases that violate it. */
export function differsLines(
  { rule, differences }: JudgedCaseRule,
  { width, style }: TextContext,
): readonly string[] {
  if (differences === undefined) return [];
  const line = (text: string): string => truncate(printable(text), width);
  const { lines, leftOut } = differenceLines(rule, differences);
  const left = notComparedText(differences);
  return [
    ...(lines.length === 0 ? [line(`${INDENT}differs: ${noDifferenceText(differences)}`)] : []),
    ...lines.flatMap(({ conditions, shares, firstSeen, echoes, echoesLeftOut }, n) => [
      line(`${INDENT}${n === 0 ? 'differs' : 'and'}: ${conditions}`),
      line(`${INDENT}${INDENT}${shares}`),
      ...(firstSeen === undefined ? [] : [line(`${INDENT}${INDENT}${firstSeen}`)]),
      ...[...echoes, ...(echoesLeftOut > 0 ? [`${echoesLeftOut} more`] : [])].map((echo) =>
        style.dim(line(`${INDENT}${INDENT}with it: ${echo}`)),
      ),
    ]),
    ...(leftOut > 0 ? [`${INDENT}and: ${plural(leftOut, 'more difference')}`] : []),
    ...(left === undefined ? [] : [INDENT + style.yellow(left)]),
  ];
}

/** Which clauses could not have failed, and what merely never occurred. */
export function wants(
  { rule, clauses }: JudgedRule,
  { width, style }: Pick<TextContext, 'width' | 'style'>,
): readonly string[] {
  const unmatched = unmatchedPatterns(clauses);
  const line = (text: string): string => truncate(printable(text), width - INDENT.length);
  return [
    ...vacuousTexts(rule, clauses).map((text) => INDENT + style.yellow(line(text))),
    ...(unmatched.length > 0 ? [INDENT + style.dim(line(unmatchedText(unmatched)))] : []),
  ];
}
