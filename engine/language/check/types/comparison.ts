import { printField } from '../../print/print-field.js';
import { guesses, replaceFix } from '../../problems/diagnostic.js';
import type { Report } from '../../problems/report.js';
import type { ComparisonOperator, FieldOperator, Literal, Range, StringLiteral } from '../../tree/ast.js';
import { durationValue } from '../../tree/literals.js';
import { timeText } from '../../tree/literals-time.js';
import { areComparable, describeType, isOpen, isOrdered } from '../../tree/types.js';
import { literalFix } from './literal-fix.js';
import { isNeverMissing, type Operand } from './operand.js';
import { quotedField } from './quoted-field.js';
import { regexProblem } from './regex.js';

type Comparison = ComparisonOperator | Extract<FieldOperator, 'contains' | 'starts with'>;

/** Checks that two values can be compared in this way; filters, stages and clauses have the same rules. */
export function checkComparison(operator: Comparison, left: Operand, right: Operand, report: Report): void {
  if (left.literal && checkQuoted(left.literal, right, report)) return;
  switch (operator) {
    case '=~':
    case '!~':
      checkRegex(operator, left, right, report);
      return;
    case 'contains':
    case 'starts with':
      checkPart(operator, left, right, report);
      return;
    case '=':
    case '!=':
      if (left.type === 'nil' || right.type === 'nil') checkPresence(operator, left, right, report);
      else if (checkTypes(left, right, report)) {
        checkUnit(left, right, report);
        checkTime(left, right, report);
      }
      return;
    case '<':
    case '<=':
    case '>':
    case '>=':
      if (!checkTypes(left, right, report)) return;
      checkOrder(operator, left, right, report);
      checkUnit(left, right, report);
      checkTime(left, right, report);
  }
}

/** Whether the left side was reported as a field in quotes. */
export function checkQuoted(left: Literal, right: Operand, report: Report): boolean {
  const quoted = quotedField(left, right.literal);
  if (quoted === undefined) return false;
  const { message, ...extra } = quoted;
  report(areComparable(left.kind, right.type) ? 'BT2225' : 'BT2202', left.range, message, extra);
  return true;
}

function checkPresence(operator: '=' | '!=', left: Operand, right: Operand, report: Report): void {
  const { field } = left.type === 'nil' ? right : left;
  if (operator === '!=' || field === undefined || !isNeverMissing(field)) return;
  report(
    'BT2208',
    { start: Math.min(left.range.start, right.range.start), end: Math.max(left.range.end, right.range.end) },
    `\`${printField(field)}\` is never missing, so \`= nil\` never holds.`,
  );
}

function checkTypes(left: Operand, right: Operand, report: Report): boolean {
  if (areComparable(left.type, right.type)) return true;
  const [status, truth] =
    left.literal?.kind === 'status' ? [left.literal, right.literal] : [right.literal, left.literal];
  if (status?.kind === 'status' && truth?.kind === 'bool') {
    const range = {
      start: Math.min(status.range.start, truth.range.start),
      end: Math.max(status.range.end, truth.range.end),
    };
    const text = `status ${truth.value ? '=' : '!='} ${status.value}`;
    const message = `\`${status.value}\` is a status, which a span has or has not: write \`${text}\`.`;
    report('BT2202', range, message, { fixes: [replaceFix(`Write ${text}`, range, text)] });
    return false;
  }
  const wrong = left.literal && !right.literal ? left : right;
  const other = wrong === left ? right : left;
  const fix = literalFix(wrong, other.type);
  const name = other.field ? `\`${printField(other.field)}\` is` : 'The other side is';
  const hint = fix ? `; write \`${fix.edits[0]?.newText}\`` : '';
  report(
    'BT2202',
    wrong.range,
    `${name} ${describeType(other.type)} and never compares with ${describeType(wrong.type)}${hint}.`,
    fix ? { fixes: [fix] } : {},
  );
  return false;
}

/** Below a millisecond hardly anybody counts in nanoseconds, and everybody in seconds. */
const LEAST_NANOSECONDS = 1_000_000;

/** Warns of `duration > 5`, which TraceQL takes for 5 nanoseconds. */
function checkUnit(left: Operand, right: Operand, report: Report): void {
  const { literal } = left.type === 'duration' ? right : left;
  if ((left.type === 'duration') === (right.type === 'duration')) return;
  if (literal?.kind !== 'int' && literal?.kind !== 'float') return;
  const size = Math.abs(Number(literal.value));
  if (size === 0 || size >= LEAST_NANOSECONDS) return;
  report('BT2217', literal.range, `\`${literal.raw}\` next to a duration is ${literal.raw} nanoseconds.`, {
    fixes: guesses(
      ['s', 'ms', 'ns']
        .map((unit) => `${literal.raw}${unit}`)
        .filter((text) => durationValue(text.replace(/^-/u, '')) !== undefined)
        .map((text) => replaceFix(`Change to ${text}`, literal.range, text)),
    ),
  });
}

/** Reports `span:start > 1767225600`, of which nobody sees what it counts, and `span:start >= 2026-12-20`, a subtraction. */
export function checkTime(left: Operand, right: Operand, report: Report): void {
  if ((left.type === 'time') === (right.type === 'time')) return;
  const other = left.type === 'time' ? right : left;
  if (other.type !== 'int' && other.type !== 'float') return;
  const { literal, date } = other;
  const value = literal?.kind === 'int' ? literal.value : undefined;
  const [unit, factor] = TIME_UNITS.find(([, , least]) => value !== undefined && value >= least) ?? [];
  const text = date ?? (value === undefined || factor === undefined ? undefined : timeText(value * factor));
  const written = literal && 'raw' in literal ? `\`${literal.raw}\`` : 'this';
  const meant =
    date !== undefined
      ? `Dates begin with @: \`${date}\``
      : text === undefined
        ? 'Write a time, such as `@2026-12-31T18:00:00Z`'
        : `As ${unit} since 1970 it is \`${text}\``;
  report(
    'BT2218',
    other.range,
    `A time is compared with a time, and ${written} is a number. ${meant}.`,
    text === undefined ? {} : { fixes: [replaceFix(`Change to ${text}`, other.range, text)] },
  );
}

/** What a number from so many on most likely counts, and nanoseconds in it. */
const TIME_UNITS: readonly (readonly [unit: string, factor: bigint, least: bigint])[] = [
  ['nanoseconds', 1n, 10n ** 17n],
  ['microseconds', 1000n, 10n ** 14n],
  ['milliseconds', 1_000_000n, 10n ** 11n],
  ['seconds', 1_000_000_000n, 10n ** 8n],
];

function checkOrder(operator: string, left: Operand, right: Operand, report: Report): void {
  if (isOrdered(left.type) && isOrdered(right.type)) return;
  // A list or an attribute compared with `true` is TraceQL's way of saying nothing; that is a warning of its own.
  if (isOpen(left.type) || isOpen(right.type)) return;
  const side = isOrdered(left.type) ? right : left;
  report(
    'BT2203',
    { start: left.range.start, end: right.range.end },
    `\`${operator}\` does not apply: ${describeType(side.type)} has \`=\` and \`!=\` only.`,
  );
}

function checkRegex(operator: string, left: Operand, right: Operand, report: Report): void {
  if (!isOpen(left.type) && left.type !== 'string') {
    report('BT2203', left.range, `\`${operator}\` matches strings; this is ${describeType(left.type)}.`);
  }
  const { literal } = right;
  if (right.type === 'unknown') return;
  if (literal?.kind !== 'string') {
    report(
      'BT2204',
      right.range,
      `The right side of \`${operator}\` is a regular expression in double quotes or backticks; it cannot come from a span.`,
      literal && 'raw' in literal
        ? { fixes: [replaceFix('Put it in quotes', literal.range, JSON.stringify(literal.raw))] }
        : {},
    );
    return;
  }
  const problem = regexProblem(literal.value);
  if (!problem) return;
  const code = problem.kind === 'size' ? 'BT2206' : 'BT2205';
  report(code, rangeInString(literal, problem.offset, problem.length), problem.message);
}

/** Where a part of a string's value is in the text; all of it where escapes have moved things. */
function rangeInString(literal: StringLiteral, offset: number, length: number): Range {
  if (literal.raw.slice(1, -1) !== literal.value) return literal.range;
  const start = literal.range.start + 1 + offset;
  return { start, end: Math.min(start + length, literal.range.end) };
}

function checkPart(
  operator: 'contains' | 'starts with',
  left: Operand,
  right: Operand,
  report: Report,
): void {
  if (left.type === 'unknown' || right.type === 'unknown') return;
  const known = !isOpen(left.type);
  if (known && left.type !== 'string') {
    report(
      'BT2203',
      left.range,
      `\`${operator}\` looks into strings${operator === 'contains' ? ' and lists' : ''}; this is ${describeType(left.type)}.`,
    );
    return;
  }
  // An attribute may be a list, which contains whatever an attribute can be.
  const element = ['int', 'float', 'duration', 'bool'].includes(right.type);
  if (right.type === 'string' || right.type === 'dynamic') return;
  if (!known && operator === 'contains' && element) return;
  const fix = literalFix(right, 'string');
  report(
    'BT2204',
    right.range,
    `The right side of \`${operator}\` is a string or a field that holds one; this is ${describeType(right.type)}.`,
    fix ? { fixes: [fix] } : {},
  );
}
