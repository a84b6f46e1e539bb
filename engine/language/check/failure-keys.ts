import { printField } from '../print/print-field.js';
import { type Fix, replaceFix } from '../problems/diagnostic.js';
import type { Field, FieldExpression, Literal } from '../tree/ast.js';

/** Keys that say elsewhere whether a span failed, with the status of their values. */
const FAILURE_KEYS: ReadonlyMap<string, ReadonlyMap<string, '=' | '!='>> = new Map([
  ['error', truth('=', '!=')],
  ['is_error', truth('=', '!=')],
  ['success', truth('!=', '=')],
  ['otel.status_code', new Map([['error', '=']])],
]);

function truth(yes: '=' | '!=', no: '=' | '!='): ReadonlyMap<string, '=' | '!='> {
  return new Map([
    ['true', yes],
    ['false', no],
  ]);
}

/** Whether other conventions have a key for what the status says. */
export function isFailureKey(key: string): boolean {
  return FAILURE_KEYS.has(key);
}

/** Comparisons with such keys, as in `span.error = true`, each as one of the status. */
export function failureFixes(expressions: Iterable<FieldExpression>): ReadonlyMap<Field, Fix> {
  const fixes = new Map<Field, Fix>();
  const open = [...expressions];
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.kind === 'unary' || next.kind === 'call') open.push(next.operand);
    if (next.kind !== 'binary') continue;
    const { left, operator, right, range } = next;
    open.push(right, left);
    if (left.kind !== 'field' || left.field.kind !== 'attribute' || right.kind !== 'literal') continue;
    if (left.field.scope !== 'span' && left.field.scope !== 'any') continue;
    const meant = FAILURE_KEYS.get(left.field.key)?.get(wordOf(right.literal));
    if (meant === undefined || (operator !== '=' && operator !== '!=')) continue;
    const status = printField({ ...left.field, kind: 'intrinsic', name: 'span:status' });
    const text = `${status} ${meant === operator ? '=' : '!='} error`;
    fixes.set(left.field, replaceFix(`Write ${text}`, range, text));
  }
  return fixes;
}

function wordOf(literal: Literal): string {
  return 'value' in literal ? String(literal.value).toLowerCase() : '';
}
