import { ofKind } from '../../shared/of-kind.js';

/**
 * What a rule judges, in the order in which results list rules: each trace by itself; with `across` among its settings,
 * each flow, the spans of one key in whatever traces they are; or, with `over` among its settings, every window of
 * time over all traces. Whatever differs between them is decided by a switch over the kind, so a further kind does not compile until each
 * of these knows it.
 */
export const RULE_KINDS = ['trace', 'flow', 'window'] as const;

export type RuleKind = (typeof RULE_KINDS)[number];

/** What JSON calls the list of the rules of each kind. */
export const RULE_LISTS = { trace: 'rules', flow: 'rules', window: 'overRules' } as const satisfies Record<
  RuleKind,
  string
>;

export type RuleList = (typeof RULE_LISTS)[RuleKind];

type KindIn<List extends RuleList> = {
  [Kind in RuleKind]: (typeof RULE_LISTS)[Kind] extends List ? Kind : never;
}[RuleKind];

/** Those that JSON has in that list: one kind after the other, as `RULE_KINDS` has them. */
export function inList<Rule extends { readonly kind: RuleKind }, List extends RuleList>(
  rules: readonly Rule[],
  list: List,
): readonly Extract<Rule, { readonly kind: KindIn<List> }>[] {
  return RULE_KINDS.filter((kind): kind is KindIn<List> => RULE_LISTS[kind] === list).flatMap((kind) =>
    ofKind(rules, kind),
  );
}
