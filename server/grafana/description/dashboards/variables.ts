import type { Annotation, Variable } from '../panel.js';

const INFO = 'betrace_rule_info';

/** What the counters of rules can be narrowed by. An owner narrows the rules that are offered, and "All" of them are those. */
export const RULE_VARIABLES: readonly Variable[] = [
  {
    name: 'tenant',
    label: 'Tenant',
    metric: 'betrace_rule_applicable_total',
    metricLabel: 'tenant',
    all: 'anything',
  },
  { name: 'owner', label: 'Owner', metric: INFO, metricLabel: 'owner', all: 'anything' },
  { name: 'severity', label: 'Severity', metric: INFO, metricLabel: 'severity', all: 'anything' },
  {
    name: 'rule',
    label: 'Rule',
    metric: `${INFO}{owner=~"$owner", severity=~"$severity"}`,
    metricLabel: 'rule',
    all: 'those offered',
  },
];

/** What violation spans can be narrowed by in addition: the service of the offending span. */
export const SERVICE_VARIABLE: Variable = {
  name: 'service',
  label: 'Service',
  attribute: 'betrace.violation.service',
  all: 'anything',
};

/** Matchers for what is chosen. */
export const CHOSEN = 'tenant=~"$tenant", severity=~"$severity", rule=~"$rule"';

/** The violation spans of what is chosen, as Tempo stores them; the tenant is that of the data source. */
export const CHOSEN_SPANS =
  '{ span.betrace.violation = true && span.betrace.rule.severity =~ "$severity" && span.betrace.rule.id =~ "$rule" && span.betrace.violation.service =~ "$service" }';

/** Since when rules are violated more often than before. */
export const RATE_CHANGES: Annotation = {
  name: 'Violated more often',
  query: `max by (rule) (betrace_rule_violated_more_since_timestamp_seconds{${CHOSEN}} > 0) * 1000`,
  title: '{{rule}} is violated more often',
  text: 'From here on more cases than before violate the rule.',
  valueIsTime: true,
};
