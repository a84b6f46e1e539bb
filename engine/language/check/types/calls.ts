import { printExpression, printScalar } from '../../print/print-expression.js';
import { replaceFix } from '../../problems/diagnostic.js';
import type { Report } from '../../problems/report.js';
import { suggest } from '../../problems/spelling.js';
import type {
  CallExpression,
  CallScalar,
  FieldExpression,
  Range,
  Scalar,
  StringLiteral,
} from '../../tree/ast.js';
import { describeType, isOpen, type StaticType } from '../../tree/types.js';
import { VALUE_FUNCTIONS } from '../../tree/value-functions.js';
import { isZone, zoneNames } from '../../tree/zones.js';
import { literalFix } from './literal-fix.js';
import type { Operand } from './operand.js';

/** Checks what a function of one value is given, and returns the type of what it gives. */
export function checkCall(call: CallExpression | CallScalar, operand: Operand, report: Report): StaticType {
  const { takes, gives } = VALUE_FUNCTIONS[call.function];
  if (call.zone !== undefined) checkZone(call.zone, report);
  const inner = takes === 'time' ? timeFunctionIn(call.operand) : undefined;
  if (inner !== undefined)
    report(
      'BT2223',
      inner.range,
      `\`${call.function}\` takes a time, and \`${inner.function}\` has left none of it; write \`${call.function}(${textOf(inner.operand)})\`.`,
      {
        fixes: [replaceFix(`Write ${textOf(inner.operand)}`, inner.range, textOf(inner.operand))],
      },
    );
  else if (!isOpen(operand.type) && operand.type !== takes) reportOperand(call, operand, takes, report);
  return gives;
}

function reportOperand(
  { function: name }: CallExpression | CallScalar,
  operand: Operand,
  takes: 'string' | 'time',
  report: Report,
): void {
  const fix = literalFix(operand, takes);
  const hint = fix ? `; write \`${fix.edits[0]?.newText}\`` : '';
  report(
    'BT2223',
    operand.range,
    `\`${name}\` takes ${describeType(takes)}; this is ${describeType(operand.type)}${hint}.`,
    fix ? { fixes: [fix] } : {},
  );
}

function checkZone(zone: StringLiteral, report: Report): void {
  if (isZone(zone.value)) return;
  const near = suggest(zone.value, zoneNames()) ?? cityMeant(zone.value);
  report(
    'BT2224',
    zone.range,
    `There is no time zone \`${zone.value}\`${near === undefined ? '; write one as "Europe/Berlin"' : `; did you mean \`${near}\`?`}`,
    near === undefined ? {} : { fixes: [replaceFix(`Change to ${near}`, zone.range, JSON.stringify(near))] },
  );
}

/** `"Berlin"`, `"New York"`: the zone of a city. */
function cityMeant(text: string): string | undefined {
  const city = text.trim().replaceAll(' ', '_').toLowerCase();
  return zoneNames().find((name) => name.toLowerCase().endsWith(`/${city}`));
}

interface TimeCall {
  readonly function: string;
  readonly range: Range;
  readonly operand: FieldExpression | Scalar;
}

/** A function of times within what another is given. */
function timeFunctionIn(operand: FieldExpression | Scalar): TimeCall | undefined {
  switch (operand.kind) {
    case 'call':
      return VALUE_FUNCTIONS[operand.function].takes === 'time' ? operand : undefined;
    case 'binary':
      return timeFunctionIn(operand.left) ?? timeFunctionIn(operand.right);
    case 'unary':
    case 'negate':
      return timeFunctionIn(operand.operand);
    case 'literal':
    case 'parameter':
    case 'field':
    case 'in':
    case 'count':
    case 'aggregate':
      return undefined;
  }
}

function textOf(operand: FieldExpression | Scalar): string {
  switch (operand.kind) {
    case 'count':
    case 'aggregate':
    case 'negate':
      return printScalar(operand);
    case 'unary':
    case 'in':
      return printExpression(operand);
    default:
      return printExpression(operand as FieldExpression);
  }
}
