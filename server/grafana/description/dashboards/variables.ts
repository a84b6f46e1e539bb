import type { Variable } from '../panel.js';

/** What the counters of rules can be narrowed by. */
export const RULE_VARIABLES: readonly Variable[] = (['tenant', 'severity', 'rule'] as const).map((name) => ({
  name,
  label: name[0]!.toUpperCase() + name.slice(1),
  metric: 'betrace_rule_applicable_total',
  metricLabel: name,
}));

/** Matchers for what is chosen. */
export const CHOSEN = 'tenant=~"$tenant", severity=~"$severity", rule=~"$rule"';

/** The violation spans of what is chosen, as Tempo stores them; the tenant is that of the data source. */
export const CHOSEN_SPANS =
  '{ span.betrace.violation = true && span.betrace.rule.severity =~ "$severity" && span.betrace.rule.id =~ "$rule" }';
