/**
 * Violations as CSV (RFC 4180), one row each. A spreadsheet would run a cell that starts like a formula, so such cells get
 * an apostrophe in front.
 */

import { clauseNameAt } from '../../../engine/language/words/clause-name.js';
import { vacuousTexts } from '../../../engine/plan/vacuity/texts.js';
import { windowViolationJson } from '../../../engine/replay/over/result-json.js';
import type { ReplayResult } from '../../../engine/replay/result.js';
import { timeText } from '../../../engine/replay/time-json.js';
import { comparedValues } from '../../../engine/verdicts/compared-values.js';
import type { JudgedCaseRule, JudgedRule, JudgedWindowRule } from '../../../engine/verdicts/judged-rule.js';
import type { FlowValues, TraceViolation } from '../../../engine/verdicts/violation.js';
import type { WindowViolation } from '../../../engine/verdicts/window-violation.js';
import { sharesText } from '../../shared/differences-text.js';
import { doubtTexts } from '../../shared/doubt.js';
import { formatCount, plural } from '../../shared/numbers.js';
import { printable, printableJson } from '../../shared/printable.js';
import { servicesOf } from './involved.js';
import { ruleProblems } from './rule-problems.js';
import { sharingText } from './sharing.js';
import { UNJUDGED_HERE } from './window-text.js';

/**
 * `record` is `violation`; or `unread` for a block, `left out` for violations beyond the limit, `cannot tell` for cases of a rule that could not be determined,
 * `undecided` for a case of a rule across traces that sees beyond the end of the range, `vacuous` for a rule none of whose clauses could have failed, `not judged` for a rule that was stopped or windows that could not be judged, and
 * `shared ids` where spans share one, all explained in `note`. With `--why`, `differs` is what is different about the violations of a rule, the strongest first: how often it
 * is so in `note`, and in `values` the fields with their values, of the root of a trace as `root.…`, and null for a field that is missing.
 */
export const CSV_COLUMNS = [
  'record',
  'tenant',
  'rule',
  'severity',
  'violation_id',
  'trace_id',
  'time',
  'clause',
  'clause_text',
  'root_service',
  'services',
  'bound_spans',
  'evidence_spans',
  'values',
  'note',
  'key',
] as const;

type Row = Partial<Readonly<Record<(typeof CSV_COLUMNS)[number], string>>>;

export function csvReport(result: ReplayResult): string {
  const { tenant } = result;
  const rows: Row[] = [];
  for (const rule of result.rules) {
    rows.push(...violationRows(tenant, rule));
    const left = rule.violated - rule.violations.length;
    if (left > 0)
      rows.push({
        ...ruleCells(tenant, rule),
        record: 'left out',
        note: `${formatCount(left)} more violations`,
      });
  }
  for (const rule of result.rules) rows.push(...differsRows(tenant, rule));
  for (const rule of result.rules)
    if (rule.cannotTell > 0)
      rows.push({
        ...ruleCells(tenant, rule),
        record: 'cannot tell',
        note: `${plural(rule.cannotTell, 'case')}: ${doubtTexts(rule).join('; ')}`,
      });
  for (const rule of result.rules)
    if (rule.vacuous > 0)
      rows.push({
        ...ruleCells(tenant, rule),
        record: 'vacuous',
        note: `${plural(rule.vacuous, 'case')}: ${vacuousTexts(rule.rule, rule.clauses).join('; ')}`,
      });
  for (const rule of result.rules) rows.push(...unjudgedRows(tenant, rule), ...undecidedRows(tenant, rule));
  const shared = sharingText(result);
  if (shared !== undefined) rows.push({ record: 'shared ids', tenant, note: shared });
  for (const { rule, text } of ruleProblems(result))
    rows.push({ record: 'not judged', tenant, rule, note: text });
  for (const { blockId, code, message } of result.blocks.unread)
    rows.push({ record: 'unread', tenant, note: `block ${blockId ?? '?'} ${code}: ${message}` });
  const lines = rows.map((row) => CSV_COLUMNS.map((column) => cell(row[column] ?? '')).join(','));
  return [CSV_COLUMNS.join(','), ...lines].map((line) => `${line}\r\n`).join('');
}

function ruleCells(tenant: string, { rule }: JudgedRule): Row {
  return { tenant, rule: rule.id, severity: rule.settings.severity };
}

function violationRows(tenant: string, found: JudgedRule): readonly Row[] {
  switch (found.kind) {
    case 'trace':
    case 'flow':
      return found.violations.map((violation) => traceRow(tenant, found, violation));
    case 'window':
      return found.violations.map((violation) => windowRow(tenant, found, violation));
  }
}

/** What is different about the violations, all that was found. */
function differsRows(tenant: string, found: JudgedRule): readonly Row[] {
  return (found.differences?.findings ?? []).map(({ conditions, counts }) => ({
    ...ruleCells(tenant, found),
    record: 'differs',
    values: printableJson(
      Object.fromEntries(
        conditions.map(({ of: { span, field }, operator, value }) => [
          span.kind === 'root' ? `root.${field}` : field,
          operator === '=' ? value : `${operator} ${value}`,
        ]),
      ),
    ),
    note: sharesText(counts),
  }));
}

function unjudgedRows(tenant: string, found: JudgedRule): readonly Row[] {
  switch (found.kind) {
    case 'trace':
    case 'flow':
      return [];
    case 'window':
      return found.unjudged.map(({ reason, count, fromNs, toNs }) => ({
        ...ruleCells(tenant, found),
        record: 'not judged',
        time: timeText(fromNs),
        note: `${formatCount(count)} windows up to ${timeText(toNs)}: ${UNJUDGED_HERE[reason]}`,
      }));
  }
}

/** Cases listed, and how many more there are. */
function undecidedRows(tenant: string, found: JudgedRule): readonly Row[] {
  if (found.kind !== 'flow') return [];
  const listed = found.undecidedCases.map(
    ({ key, traceId, time, clause }): Row => ({
      ...ruleCells(tenant, found),
      record: 'undecided',
      trace_id: traceId,
      time: timeText(time),
      clause: clauseNameAt(found.rule, clause),
      note: 'what it sees reaches beyond the end of the range',
      key: keyText(key),
    }),
  );
  const more = found.undecided - listed.length;
  if (more === 0) return listed;
  return [
    ...listed,
    { ...ruleCells(tenant, found), record: 'undecided', note: `${formatCount(more)} more cases` },
  ];
}

function traceRow(tenant: string, found: JudgedCaseRule, violation: TraceViolation): Row {
  const { id, traceId, time, clause, rootService = '', evidence } = violation;
  const values = comparedValues(violation);
  const bound = evidence.filter((span) => span.bound !== undefined);
  return {
    ...ruleCells(tenant, found),
    record: 'violation',
    violation_id: id,
    trace_id: traceId,
    time: timeText(time),
    clause: clauseNameAt(found.rule, clause),
    clause_text: found.rule.clauses[clause]?.text ?? '',
    root_service: rootService,
    services: servicesOf(violation).join(' '),
    bound_spans: bound.map((span) => `${span.bound}:${span.spanId}`).join(' '),
    evidence_spans: evidence
      .map(({ traceId: own, spanId }) => (own === undefined ? spanId : `${own}/${spanId}`))
      .join(' '),
    values: values.size === 0 ? '' : printableJson(Object.fromEntries(values)),
    ...(violation.key === undefined ? {} : { key: keyText(violation.key) }),
  };
}

/** Of a rule across traces. */
function keyText(key: FlowValues): string {
  return printableJson(Object.fromEntries(key));
}

/** A window of a series: its start is the time, the value and the labels are the values. */
function windowRow(tenant: string, found: JudgedWindowRule, violation: WindowViolation): Row {
  const { id, window, labels, value, clauseText, traces } = windowViolationJson(found, violation);
  const named = Object.fromEntries(labels.map((label) => [label.name, label.value]));
  return {
    ...ruleCells(tenant, found),
    record: 'violation',
    violation_id: id,
    trace_id: traces[0] ?? '',
    time: window.from,
    clause: clauseNameAt(found.rule, violation.clause),
    clause_text: clauseText,
    values: printableJson({ ...named, value, window_end: window.to }),
  };
}

/** Printable, unlike a formula, and quoted where it has to be. */
export function cell(text: string): string {
  const safe = printable(text).replace(/^(?=[=+\-@])/, "'");
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
