/** A rule over many traces in the text report. */
import type { OverRuleResult, OverViolation } from '../../../engine/replay/over/result.js';
import { formatCount, plural } from '../terminal/numbers.js';
import { printable, truncate } from '../terminal/printable.js';
import { isCalm, percent } from './order.js';
import { problemLines, type TextContext, wants } from './rule-text.js';
import { laterText, secondText, spanText } from './times.js';
import { valueText } from './values.js';

const INDENT = '  ';

export function overRuleText(found: OverRuleResult, context: TextContext): string {
  const { style, glyphs, width } = context;
  const { rule, violated, applicable } = found;
  const mark =
    violated > 0
      ? style.red(glyphs.violated)
      : isCalm(found)
        ? style.green(glyphs.passed)
        : style.yellow(glyphs.unsure);
  const { severity, summary } = rule.settings;
  const lines = [
    `${mark} ${style.bold(printable(rule.id))}  ${violated > 0 ? style.yellow(severity) : style.dim(severity)}`,
    ...(summary === undefined ? [] : [INDENT + style.dim(truncate(printable(summary), width - 2))]),
    ...(found.problem === undefined ? [INDENT + counts(found, context)] : problemLines(found, context)),
    ...(applicable > 0 ? wants(found, context) : []),
    ...(violated > 0 ? samples(found, context).map((line) => INDENT + truncate(line, width - 2)) : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function counts(found: OverRuleResult, { style, glyphs }: TextContext): string {
  const { rule, windows, series, applicable, passed, vacuous, violated } = found;
  const width = spanText(BigInt(rule.window));
  if (windows.count === 0) return style.yellow(`never applied: the range holds no whole window of ${width}`);
  const judged = `${plural(windows.count, 'window')} of ${width}`;
  if (applicable === 0) return style.yellow(`never applied: no series had a value in ${judged}`);
  const parts = [`${judged}, ${formatCount(series)} series`];
  if (vacuous === 0) parts.push(`${formatCount(passed)} passed`);
  if (violated > 0)
    parts.push(style.bold(`${formatCount(violated)} violated (${percent(violated, applicable)})`));
  if (vacuous > 0) parts.push(style.yellow(`${formatCount(vacuous)} vacuous`));
  return parts.join(` ${glyphs.dot} `);
}

function samples(found: OverRuleResult, { samples, style, glyphs }: TextContext): readonly string[] {
  const { first, last, violations, violated } = found;
  const shown = violations.slice(0, samples);
  const more = violated - shown.length;
  const [only, ...others] = found.rule.clauses;
  return [
    ...(first === undefined || last === undefined || first === last
      ? []
      : [`first window ${secondText(first)} UTC, last ${laterText(last, first)}`]),
    ...(only === undefined || others.length > 0 ? [] : [`broken: ${printable(only.text)}`]),
    ...shown.map((violation) => {
      const facts = [
        windowText(violation, glyphs.dash),
        style.red(numberText(violation.value)),
        ...seriesTexts(violation),
        ...(others.length > 0 ? [printable(found.rule.clauses[violation.clause]?.text ?? '')] : []),
        ...violation.traces.slice(0, 1).map((trace) => style.dim(`trace ${trace}`)),
      ];
      return facts.join('  ');
    }),
    ...(more > 0 ? [style.dim(`and ${formatCount(more)} more`)] : []),
  ];
}

/** `2026-11-20 14:20:00–14:25:00` */
export function windowText({ fromNs, toNs }: OverViolation, dash: string): string {
  return `${secondText(fromNs)}${dash}${laterText(toNs, fromNs)}`;
}

/** `resource.service.name = "payment"` for each label; none for the one series of a rule without `by`. */
export function seriesTexts({ labels }: OverViolation): readonly string[] {
  return labels.map(({ name, value }) => `${printable(name)} = ${labelText(name, value)}`);
}

function labelText(name: string, value: OverViolation['labels'][number]['value']): string {
  if (value === null) return 'nil';
  return valueText(name, typeof value === 'bigint' ? Number(value) : value);
}

/** To four digits. */
export function numberText(value: number): string {
  return String(Number(value.toPrecision(4)));
}
