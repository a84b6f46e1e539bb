import type { Item, RuleItem } from './ast.js';

const RULES: Readonly<Record<Item['kind'], boolean>> = {
  rule: true,
  'over rule': true,
  let: false,
  list: false,
  use: false,
  test: false,
};

/** Whether an item is a rule, of whatever kind. */
export function isRuleItem(item: Item): item is RuleItem {
  return RULES[item.kind];
}
