import { NAMES, RARE_AMOUNT } from './live-requests.js';

/** A rule that is violated by few traces, as soon as a span is there, and one that only the end of the trace violates. */
export const RARE = { now: 'rare-now', atClosure: 'rare-at-closure' } as const;

/** Ten rules across the traces of an order, which look at three of its eight spans, and that the traffic keeps. */
export function flowRulesText(): string {
  const reserve = '{ name = "inventory.reserve" }';
  const charge = '{ name = "payment.charge_card" }';
  const audit = '{ name = "audit.log" }';
  const rules = [
    `when ${reserve} as r always ${charge} after r within 1m`,
    `when ${charge} as c always ${audit} after c within 1m`,
    `when ${charge} as c always ${reserve} before c`,
    `when ${audit} as a always ${charge} before a within 5m`,
    `when ${reserve} as r never count(${charge}) > 1000`,
    `when ${charge} as c never { name = "payment.charge_card" && status = error } after c`,
    `when ${charge} as c never { name = "audit.log" && span.tenant.id = "nobody" && span:start >= c.start }`,
    `when ${audit} as a always a.span.amount < 2000`,
    `when ${reserve} as r always r then ${charge} then ${audit} within 5m`,
    `when ${charge} as c never ${charge} before c within 1ms`,
  ];
  return rules.map((rule, n) => `rule across-${n} { across span.order.id within 10m ${rule} }`).join('\n');
}

/** Ten rules over many traces, which count most of the spans in each window, and that the traffic keeps. */
export function windowRulesText(): string {
  const forms = [
    (name: string) =>
      `always ({ name = "${name}" && status = error } | rate() by (resource.service.name)) / ({ name = "${name}" } | rate() by (resource.service.name)) < 0.5`,
    (name: string) => `always { name = "${name}" } | quantile_over_time(duration, 0.9) < 1h`,
    (name: string) => `never { name = "${name}" } | count_over_time() by (kind) > 1000000000`,
    (name: string) => `always { name = "${name}" } | max_over_time(duration) by (resource.service.name) < 1h`,
    (name: string) => `never { name = "${name}" } | distinct_over_time(span.tenant.id) > 1000000000`,
  ];
  const rules = ['payment.charge_card', 'audit.log'].flatMap((name) => forms.map((form) => form(name)));
  return rules.map((rule, n) => `rule over-${n} { over 10s ${rule} }`).join('\n');
}

/** One rule over many traces and one across them, which stored blocks of the fixture `flow-v5` violate. */
export const STORED = { over: 'stored-over', across: 'stored-across' } as const;

export function storedRulesText(): string {
  return `
rule ${STORED.over} { over 1h  never { name = "order.created" } | count_over_time() > 0 }
rule ${STORED.across} {
  across span.order.id within 6h
  when   { name = "order.created" } as o
  always { name = "order.shipped" } after o within 10m
}`;
}

/** Fifty rules of every class that the traffic of the benchmark nearly always keeps, as rules in production are kept. */
export function liveRulesText(): string {
  const forms = [
    (a: string, b: string) => `when { name = "${a}" } always { name = "${b}" }`,
    (a: string, b: string) => `when { name = "${b}" } as x always { name = "${a}" } before x`,
    (a: string, b: string) => `when { name = "${a}" } always count({ name = "${b}" }) <= 5`,
    (a: string, b: string) =>
      `when { name = "${a}" } as x never { name = "${b}" && span.tenant.id != x.span.tenant.id }`,
    (a: string) => `never { name = "${a}" && status = error }`,
    (a: string, b: string) => `when { name = "${a}" } as x always { name = "${b}" } after x`,
  ];
  const steps = NAMES.slice(1);
  const rules = Array.from({ length: 48 }, (_, n) => {
    const first = n % (steps.length - 1);
    const later = first + 1 + (Math.floor(n / forms.length) % (steps.length - 1 - first));
    return `rule bench-${n} { ${forms[n % forms.length]!(steps[first]!, steps[later]!)} }`;
  });
  return [
    ...rules,
    `rule ${RARE.now} { never { name = "payment.charge_card" && span.amount > ${RARE_AMOUNT} } }`,
    `rule ${RARE.atClosure} { when { name = "payment.charge_card" && span.amount > ${RARE_AMOUNT} } as c always { name = "refund" } after c }`,
  ].join('\n');
}
