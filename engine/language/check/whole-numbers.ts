import { printField } from '../print/print-field.js';
import type { Report } from '../problems/report.js';
import type { FieldExpression } from '../tree/ast.js';
import type { KnownType } from '../tree/catalogue.js';
import { type Constraint, expressionConstraints, operandsOf } from './truth/contradictions.js';

/**
 * Warns of bounds between which there is no whole number, of an attribute that was stored as nothing else.
 *
 * @param typesOf the types in which an attribute was stored
 */
export function checkWholeNumbers(
  expression: FieldExpression,
  typesOf: (field: Constraint['field']) => ReadonlySet<KnownType>,
  report: Report,
): void {
  if (expression.kind !== 'binary' || expression.operator !== '&&') return;
  const bounds = new Map<string, { low?: bigint; high?: bigint; first: Constraint }>();
  for (const constraint of expressionConstraints(operandsOf(expression))) {
    const { field, operator, literal } = constraint;
    if (literal.kind !== 'int' || operator === '!=' || operator === '=') continue;
    const types = typesOf(field);
    if (types.size !== 1 || !types.has('int')) continue;
    const name = printField(field);
    const known = bounds.get(name) ?? { first: constraint };
    bounds.set(name, known);
    const value = literal.value;
    if (operator === '>' || operator === '>=') {
      const low = operator === '>' ? value + 1n : value;
      if (known.low === undefined || low > known.low) known.low = low;
    } else {
      const high = operator === '<' ? value - 1n : value;
      if (known.high === undefined || high < known.high) known.high = high;
    }
    // Bounds that no number at all satisfies are reported whatever is stored.
    if (known.low === undefined || known.high === undefined || known.low !== known.high + 1n) continue;
    const range = { start: known.first.range.start, end: constraint.range.end };
    report(
      'BT2304',
      range,
      `This never holds: stored spans have \`${name}\` as a whole number only, and there is none between these.`,
    );
  }
}
