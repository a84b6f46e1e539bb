/** A rule that judges traces, alone or across them, in the text report. */

import { type JudgedCaseRule, undecidedCases } from '../../../engine/verdicts/judged-rule.js';
import { doubtTexts } from '../../shared/doubt.js';
import { formatCount, percent, plural } from '../../shared/numbers.js';
import { printable, truncate } from '../../shared/printable.js';
import { agoText, axisTimes, laterText, secondText, spanText } from '../../shared/times.js';
import { axisLines, histogramLine, histogramOf } from './histogram.js';
import { servicesInvolved } from './involved.js';
import { differsLines, INDENT, problemLines, rateLines, titleLines, wants } from './rule-lines.js';
import { sampleLines } from './samples.js';
import type { TextContext } from './text-context.js';

const SERVICES_SHOWN = 3;

export function traceRuleText(found: JudgedCaseRule, context: TextContext): string {
  const lines = [
    ...titleLines(found, context),
    ...problemLines(found, context),
    ...(found.problem !== undefined && found.applicable === 0 ? [] : [counts(found, context)]),
  ];
  lines.push(...doubt(found, context));
  if (found.applicable > 0) lines.push(...wants(found, context));
  if (found.violated > 0) {
    const facts = [
      when(found, context),
      ...rateLines(found, context),
      ...differsLines(found, context),
      ...broken(found),
      ...servicesLine(found, context),
    ];
    const samples = sampleLines(found, context);
    lines.push(...facts.map((line) => truncate(line, context.width)), ...timeline(found, context));
    lines.push(...samples);
  }
  return lines.map((line) => `${line}\n`).join('');
}

function counts(found: JudgedCaseRule, context: TextContext): string {
  const { rule, applicable, passed, vacuous, violated, cannotTell } = found;
  const undecided = undecidedCases(found);
  const { style, glyphs, result } = context;
  if (applicable === 0) {
    if (result.traces === 0) return `${INDENT}never applied: there was no trace`;
    const why = rule.bindings.length > 0 || rule.when ? 'nothing its `when` asks for was found' : 'no case';
    return `${INDENT}${style.yellow(`never applied: ${why} in ${plural(result.traces, 'trace')}`)}`;
  }
  const parts = [`${formatCount(applicable)} applicable`];
  if (vacuous === 0) parts.push(`${formatCount(passed)} passed`);
  const share = percent(violated, applicable);
  if (violated > 0) parts.push(style.bold(`${formatCount(violated)} violated (${share})`));
  if (cannotTell > 0) parts.push(style.yellow(`${formatCount(cannotTell)} cannot tell`));
  if (vacuous > 0) parts.push(style.yellow(`${formatCount(vacuous)} vacuous`));
  if (undecided > 0) parts.push(style.yellow(`${formatCount(undecided)} undecided`));
  return INDENT + parts.join(` ${glyphs.dot} `);
}

/** What was wanting. */
function doubt(found: JudgedCaseRule, { width, style }: TextContext): readonly string[] {
  return doubtTexts(found).map(
    (text) => INDENT + style.yellow(truncate(printable(text), width - INDENT.length)),
  );
}

function when({ first, last }: JudgedCaseRule, { nowMs }: TextContext): string {
  if (first === undefined || last === undefined) return '';
  const ago = agoText(last, nowMs);
  const tail = ago === undefined ? '' : ` (${ago})`;
  if (first === last) return `${INDENT}at ${secondText(first)} UTC${tail}`;
  return `${INDENT}first ${secondText(first)} UTC, last ${laterText(last, first)}${tail}`;
}

/** Which clause it is, where there is but one; else every sample tells its own. */
function broken({ rule: { clauses } }: JudgedCaseRule): readonly string[] {
  const [only, ...others] = clauses;
  return only === undefined || others.length > 0 ? [] : [`${INDENT}broken: ${printable(only.text)}`];
}

function timeline(found: JudgedCaseRule, { result, width, style, glyphs }: TextContext): readonly string[] {
  const { range, bucketNs } = result;
  const histogram = histogramOf(found, result, Math.min(width, 200) - INDENT.length - 2);
  if (histogram === undefined || found.first === undefined) return [];
  const { columns, startNs, columnNs, peak } = histogram;
  const time = axisTimes(range.fromNs ?? startNs, range.toNs ?? startNs);
  const end = range.toNs ?? startNs + BigInt(columns.length) * columnNs;
  const firstBucket = (found.first / bucketNs) * bucketNs;
  const column = Number((firstBucket - startNs) / columnNs);
  const axis = axisLines(
    columns.length,
    time(range.fromNs ?? startNs),
    time(end - 1n),
    { column, text: time(found.first) },
    glyphs.marker,
  );
  const line = histogramLine(histogram, glyphs).trimEnd();
  const bars = line.replace(/[^ .·]+/g, (run) => style.red(run));
  const scale = `highest bar: ${plural(peak, 'violation')} in ${spanText(columnNs)}`;
  return [
    '',
    INDENT + bars,
    ...axis.map((labels) => INDENT + style.dim(labels)),
    INDENT + style.dim(scale),
    '',
  ];
}

function servicesLine({ violations, violated }: JudgedCaseRule, { glyphs }: TextContext): readonly string[] {
  const services = servicesInvolved(violations);
  if (services.length === 0) return [];
  const shown = services
    .slice(0, SERVICES_SHOWN)
    .map(([service, count]) => `${printable(service)} ${formatCount(count)}`);
  if (services.length > SERVICES_SHOWN) shown.push(`${services.length - SERVICES_SHOWN} more`);
  const share =
    violated > violations.length ? ` (in the first ${formatCount(violations.length)} violations)` : '';
  return [`${INDENT}services: ${shown.join(` ${glyphs.dot} `)}${share}`];
}
