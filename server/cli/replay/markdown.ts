/** A report to paste into an incident document. */

import { clauseNameAt } from '../../../engine/language/words/clause-name.js';
import { RULE_KINDS } from '../../../engine/language/words/rule-kinds.js';
import { unmatchedPatterns, unmatchedText, vacuousTexts } from '../../../engine/plan/vacuity/texts.js';
import type { ReplayResult } from '../../../engine/replay/result.js';
import {
  type JudgedCaseRule,
  type JudgedRule,
  type JudgedWindowRule,
  undecidedCases,
} from '../../../engine/verdicts/judged-rule.js';
import type { TraceViolation } from '../../../engine/verdicts/violation.js';
import { differenceLines, noDifferenceText, notComparedText } from '../../shared/differences-text.js';
import { doubtTexts } from '../../shared/doubt.js';
import { glyphsFor } from '../../shared/glyphs.js';
import { formatCount, percent, plural } from '../../shared/numbers.js';
import { printable } from '../../shared/printable.js';
import { rateText } from '../../shared/rate-text.js';
import { axisTimes, laterText, sampleTime, secondText, spanText } from '../../shared/times.js';
import { axisLines, histogramLine, histogramOf } from './histogram.js';
import { servicesInvolved } from './involved.js';
import { inReportOrder, outcomeText } from './order.js';
import { partialText, ruleProblems } from './rule-problems.js';
import { sharingText } from './sharing.js';
import { comparedTexts, elsewhere, groupedSpans, spanName } from './values.js';
import { numberText, seriesTexts, unjudgedTexts, windowsText, windowText } from './window-text.js';

/** @param limit violations listed for each rule */
export function markdownReport(result: ReplayResult, limit: number): string {
  const { blocks, traces, spans } = result;
  const rules = inReportOrder(result.rules);
  const { fromNs, toNs } = result.range;
  const range =
    fromNs === undefined || toNs === undefined
      ? 'no traces'
      : `${secondText(fromNs)} – ${laterText(toNs - 1n, fromNs)} UTC`;
  const sharing = sharingText(result);
  const parts = [
    `# Replay of ${plural(rules.length, 'rule')} over ${escaped(result.tenant)}`,
    `${range}: ${plural(blocks.read, 'block')}, ${plural(traces, 'trace')}, ${plural(spans, 'span')}. ${outcomeText(rules)}.`,
    ...partialList(result),
    ...(sharing === undefined ? [] : [`${sharing}.`]),
    overview(rules),
    ...wantsList(rules),
    ...RULE_KINDS.flatMap((kind) => {
      const ofOneKind = rules.filter((rule) => rule.kind === kind);
      const violated = ofOneKind.filter((rule) => rule.violated > 0);
      return [...unjudgedList(ofOneKind), ...violated.map((rule) => sectionOf(rule, result, limit))];
    }),
  ];
  return `${parts.join('\n\n')}\n`;
}

function partialList(result: ReplayResult): readonly string[] {
  const partial = partialText(result);
  if (partial === undefined) return [];
  const blocks = result.blocks.unread.map(
    ({ blockId, code, message }) => `- block ${code_(blockId ?? '?')} ${code}: ${escaped(message)}`,
  );
  const rules = ruleProblems(result).map(({ rule, text }) => `- rule ${code_(rule)} ${escaped(text)}`);
  return [[`**Partial, ${partial}:**`, '', ...blocks, ...rules].join('\n')];
}

/** Windows of any rule over many traces that were not judged. */
function unjudgedList(rules: readonly JudgedRule[]): readonly string[] {
  const texts = rules.flatMap((found) =>
    unjudgedTexts(found, '–').map((text) => `- rule ${code_(found.rule.id)} ${escaped(text)}`),
  );
  return texts.length === 0 ? [] : [texts.join('\n')];
}

function overview(rules: readonly JudgedRule[]): string {
  const tellsUndecided = rules.some((rule) => undecidedCases(rule) > 0);
  const rows = rules.map((found) => {
    const { rule, applicable, passed, vacuous, violated, first, problem, cannotTell } = found;
    return [
      escaped(rule.id),
      rule.settings.severity,
      applicable > 0 ? formatCount(applicable) : problem === undefined ? 'never applied' : 'not judged',
      formatCount(passed),
      violated === 0 ? '0' : `**${formatCount(violated)}** (${percent(violated, applicable)})`,
      formatCount(cannotTell),
      formatCount(vacuous),
      ...(tellsUndecided ? [formatCount(undecidedCases(found))] : []),
      first === undefined ? '' : secondText(first),
    ];
  });
  return table(
    [
      'rule',
      'severity',
      'applicable',
      'passed',
      'violated',
      'cannot tell',
      'vacuous',
      ...(tellsUndecided ? ['undecided'] : []),
      'first violation (UTC)',
    ],
    rows,
  );
}

/** Of which clauses nothing is known, what is missing in cases that cannot be determined, and what merely never occurred. */
function wantsList(rules: readonly JudgedRule[]): readonly string[] {
  const lines = rules.flatMap((result) => {
    const { rule, clauses, applicable } = result;
    if (applicable === 0) return [];
    const unmatched = unmatchedPatterns(clauses);
    const facts = [
      ...doubtTexts(result),
      ...vacuousTexts(rule, clauses),
      ...(unmatched.length > 0 ? [unmatchedText(unmatched)] : []),
    ];
    return facts.map((fact) => `- ${escaped(rule.id)}: ${escaped(fact)}`);
  });
  return lines.length === 0 ? [] : [lines.join('\n')];
}

const WIDTH = 96;

function sectionOf(found: JudgedRule, result: ReplayResult, limit: number): string {
  switch (found.kind) {
    case 'trace':
    case 'flow':
      return traceSection(found, result, limit);
    case 'window':
      return windowSection(found, result, limit);
  }
}

function traceSection(found: JudgedCaseRule, result: ReplayResult, limit: number): string {
  const { rule, first, last, violated, violations } = found;
  const parts = [`## ${escaped(rule.id)}`];
  if (rule.settings.summary !== undefined) parts.push(escaped(rule.settings.summary));
  if (first !== undefined && last !== undefined)
    parts.push(`First ${secondText(first)} UTC, last ${laterText(last, first)}.`);
  parts.push(...rateSentence(found, result), ...differencesList(found));
  const drawn = timeline(found, result);
  if (drawn !== undefined) parts.push(`\`\`\`text\n${drawn}\n\`\`\``);
  const services = servicesInvolved(violations).slice(0, 3);
  if (services.length > 0)
    parts.push(
      `Services: ${services.map(([name, count]) => `${escaped(name)} (${formatCount(count)})`).join(', ')}`,
    );
  const shown = violations.slice(0, limit);
  if (shown.length > 0)
    parts.push(
      table(
        ['time (UTC)', 'trace', 'broken', 'spans', 'values'],
        shown.map((violation) => violationRow(found, violation, result)),
      ),
    );
  if (violated > shown.length) parts.push(`… and ${formatCount(violated - shown.length)} more.`);
  return parts.join('\n\n');
}

function windowSection(found: JudgedWindowRule, result: ReplayResult, limit: number): string {
  const { rule, first, last, violated, violations } = found;
  const parts = [`## ${escaped(rule.id)}`];
  if (rule.settings.summary !== undefined) parts.push(escaped(rule.settings.summary));
  parts.push(`Judged in ${windowsText(found)}.`);
  if (first !== undefined && last !== undefined)
    parts.push(`First ${secondText(first)} UTC, last ${laterText(last, first)}.`);
  parts.push(...rateSentence(found, result));
  const shown = violations.slice(0, limit);
  if (shown.length > 0)
    parts.push(
      table(
        ['window (UTC)', 'series', 'broken', 'value', 'trace'],
        shown.map((violation) => [
          windowText(violation, '–'),
          escaped(seriesTexts(violation).join(', ')),
          `${clauseNameAt(found.rule, violation.clause)} ${code_(rule.clauses[violation.clause]?.text ?? '')}`,
          numberText(violation.value),
          violation.traces.length === 0 ? '' : code_(violation.traces[0]!),
        ]),
      ),
    );
  if (violated > shown.length) parts.push(`… and ${formatCount(violated - shown.length)} more.`);
  return parts.join('\n\n');
}

/** Since when it is violated as often as it is. */
/** What is different about the cases that violate it. */
function differencesList({ rule, differences }: JudgedCaseRule): readonly string[] {
  if (differences === undefined) return [];
  const { lines, leftOut } = differenceLines(rule, differences);
  const left = notComparedText(differences);
  if (lines.length === 0) return [`What differs: ${noDifferenceText(differences)}.`];
  return [
    'What differs:',
    [
      ...lines.flatMap(({ conditions, shares, firstSeen, echoes, echoesLeftOut }) => [
        `- ${escaped(conditions)}: ${shares}${firstSeen === undefined ? '' : `, ${firstSeen}`}`,
        ...echoes.map((echo) => `  - with it: ${escaped(echo)}`),
        ...(echoesLeftOut > 0 ? [`  - with it: ${echoesLeftOut} more`] : []),
      ]),
      ...(leftOut > 0 ? [`- ${plural(leftOut, 'more difference')}`] : []),
      ...(left === undefined ? [] : [`- ${left}`]),
    ].join('\n'),
  ];
}

function rateSentence(found: JudgedRule, result: ReplayResult): readonly string[] {
  const text = rateText(found, result);
  return text === undefined ? [] : [`Rate: ${text}.`];
}

function timeline(found: JudgedCaseRule, result: ReplayResult): string | undefined {
  const { fromNs, toNs } = result.range;
  const histogram = histogramOf(found, result, WIDTH);
  if (histogram === undefined || fromNs === undefined || toNs === undefined || found.first === undefined)
    return undefined;
  const time = axisTimes(fromNs, toNs);
  const bucket = (found.first / result.bucketNs) * result.bucketNs;
  const column = Number((bucket - histogram.startNs) / histogram.columnNs);
  const glyphs = glyphsFor(true);
  const first = { column, text: time(found.first) };
  const axis = axisLines(histogram.columns.length, time(fromNs), time(toNs - 1n), first, glyphs.marker);
  return [
    histogramLine(histogram, glyphs),
    ...axis,
    `highest bar: ${plural(histogram.peak, 'violation')} in ${spanText(histogram.columnNs)}`,
  ].join('\n');
}

function violationRow(
  { rule }: JudgedCaseRule,
  violation: TraceViolation,
  { range }: ReplayResult,
): readonly string[] {
  const { clause, evidence, time, traceId } = violation;
  const text = rule.clauses[clause]?.text ?? '';
  const bound = evidence.flatMap((span) =>
    span.bound === undefined
      ? []
      : [`${printable(span.bound)}: ${spanName(span.name, span.service)}${elsewhere([span], traceId)}`],
  );
  const spans = [...bound, ...groupedSpans(evidence, '×', traceId).slice(0, 3)];
  return [
    sampleTime(time, range),
    code_(traceId),
    `${clauseNameAt(rule, clause)} ${code_(text)}`,
    escaped(spans.join('; ')),
    escaped(comparedTexts(violation).join('; ')),
  ];
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Text that means nothing to Markdown, on one line. */
export function escaped(text: string): string {
  return printable(text).replace(/[\\`*_{}[\]<>#|~&!]/g, (character) => `\\${character}`);
}

/** As code, in a table too: there a bar ends the cell even in code. */
function code_(text: string): string {
  const safe = printable(text).replaceAll('|', '\\|');
  const ticks = '`'.repeat(Math.max(0, ...[...safe.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  return ticks.length > 1 ? `${ticks} ${safe} ${ticks}` : `\`${safe}\``;
}
