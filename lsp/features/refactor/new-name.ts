import { bindingsOf } from '../../../engine/language/scope/scope.js';
import { isFreeName } from '../../../engine/language/text/tokens.js';
import type { FieldExpression, Item, Pipeline } from '../../../engine/language/tree/ast.js';
import { spansetsOf } from '../../../engine/language/tree/walk.js';
import type { Analysis } from '../../workspace/analysis.js';

/** The name that a pattern's spans have, if its filter asks for one: `payment.charge_card`. */
export function spanNameOf(pipeline: Pipeline): string | undefined {
  for (const spanset of spansetsOf(pipeline)) {
    if (spanset.kind !== 'filter' || spanset.expression === undefined) continue;
    const name = partsOf(spanset.expression)
      .map(nameAsked)
      .find((text) => text !== undefined);
    if (name !== undefined) return name;
  }
  return undefined;
}

/** What `&&` joins. */
export function partsOf(expression: FieldExpression): readonly FieldExpression[] {
  return expression.kind === 'binary' && expression.operator === '&&'
    ? [...partsOf(expression.left), ...partsOf(expression.right)]
    : [expression];
}

function nameAsked(expression: FieldExpression): string | undefined {
  if (expression.kind !== 'binary' || expression.operator !== '=') return undefined;
  const { left, right } = expression;
  const isName = left.kind === 'field' && left.field.kind === 'intrinsic' && left.field.name === 'span:name';
  const isOwn = isName && left.field.bound === undefined && left.field.hop === 'self';
  return isOwn && right.kind === 'literal' && right.literal.kind === 'string'
    ? right.literal.value
    : undefined;
}

/** A name that nothing in the file has: the one that is wanted, else with a number behind it. */
export function newName(wanted: string, analysis: Analysis, path: string, items: readonly Item[]): string {
  const scope = analysis.workspace.scopes.get(path);
  const taken = new Set<string>([
    ...(scope?.lets.keys() ?? []),
    ...(scope?.lists.keys() ?? []),
    ...items.flatMap((item) => (item.kind === 'rule' ? bindingsOf(item) : [])),
  ]);
  const base = isFreeName(wanted) ? wanted : `my-${wanted}`;
  let name = base;
  for (let n = 2; taken.has(name); n++) name = `${base}-${n}`;
  return name;
}

/** The last part of a span's name as a name of the language: `charge-card`. */
export function wordOf(spanName: string | undefined, instead: string): string {
  const last = spanName?.split(/[./\s]/u).findLast((part) => /[A-Za-z]/u.test(part)) ?? '';
  const word = last
    .replace(/[^A-Za-z0-9]+/gu, '-')
    .replace(/^-+|-+$/gu, '')
    .toLowerCase();
  return /^[a-z]/u.test(word) ? word : instead;
}
