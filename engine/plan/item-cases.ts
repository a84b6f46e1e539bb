import { type Expression, type Item, itemOf, mentionsItem } from './expression.js';

/**
 * One way in which a span may satisfy a filter about its events and links: `condition` holds of one of each of `some`, and the
 * span has none of those in `none`.
 */
export interface ItemCase {
  readonly some: readonly Item[];
  readonly none: readonly Item[];
  readonly condition: Expression;
}

/** Every way in which a span may satisfy a filter; one without items for a filter that asks nothing of them. */
export function itemCases(filter: Expression): readonly ItemCase[] {
  let cases: readonly ItemCase[] = [{ some: [], none: [], condition: filter }];
  for (const item of ITEMS)
    cases = cases.flatMap((itemCase): readonly ItemCase[] => {
      const { some, none, condition } = itemCase;
      if (!mentionsItem(condition, item)) return [itemCase];
      const without = withoutItem(condition, item);
      const has: ItemCase = { some: [...some, item], none, condition };
      return without === FALSE ? [has] : [has, { some, none: [...none, item], condition: without }];
    });
  return cases;
}

const ITEMS: readonly Item[] = ['event', 'link'];
const FALSE: Expression = { kind: 'constant', type: 'bool', value: false };

/**
 * What a filter comes to for a span without events (links): every test that asks something of one is false, and what else it
 * says stays. So `{ status = error || event:name = "x" }` finds the error without events, `{ !(event:name = "x") }` any span
 * without events, and `{ event:name = "x" && event.n > 1 }` none: it is `FALSE`.
 */
export function withoutItem(filter: Expression, item: Item): Expression {
  if (!mentionsItem(filter, item)) return filter;
  switch (filter.kind) {
    case 'logical': {
      const operands = filter.operands.map((operand) => withoutItem(operand, item));
      if (filter.operator === 'and') return operands.includes(FALSE) ? FALSE : { ...filter, operands };
      const open = operands.filter((operand) => operand !== FALSE);
      return open.length === 0 ? FALSE : { ...filter, operands: open };
    }
    case 'not':
      return { kind: 'not', operand: withoutItem(filter.operand, item) };
    case 'compare':
      if (asks(filter.left, item) || asks(filter.right, item)) return FALSE;
      return { ...filter, left: withoutItem(filter.left, item), right: withoutItem(filter.right, item) };
    case 'present':
    case 'absent':
      if (asks(filter.operand, item)) return FALSE;
      return { kind: filter.kind, operand: withoutItem(filter.operand, item) };
    case 'constant':
    case 'field':
    case 'negate':
    case 'arithmetic':
    case 'call':
      return FALSE;
  }
}

/** Whether a side of a test reads a field of the item itself; a test inside the side is another test. */
function asks(side: Expression, item: Item): boolean {
  switch (side.kind) {
    case 'field':
      return itemOf(side.field) === item;
    case 'negate':
    case 'call':
      return asks(side.operand, item);
    case 'arithmetic':
      return asks(side.left, item) || asks(side.right, item);
    case 'constant':
    case 'logical':
    case 'not':
    case 'compare':
    case 'present':
    case 'absent':
      return false;
  }
}
