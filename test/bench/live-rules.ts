import { NAMES, RARE_AMOUNT } from './live-requests.js';

/** A rule that is violated by few traces, as soon as a span is there, and one that only the end of the trace violates. */
export const RARE = { now: 'rare-now', atClosure: 'rare-at-closure' } as const;

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
    const at = n % (steps.length - 1);
    const later = at + 1 + (Math.floor(n / forms.length) % (steps.length - 1 - at));
    return `rule bench-${n} { ${forms[n % forms.length]!(steps[at]!, steps[later]!)} }`;
  });
  return [
    ...rules,
    `rule ${RARE.now} { never { name = "payment.charge_card" && span.amount > ${RARE_AMOUNT} } }`,
    `rule ${RARE.atClosure} { when { name = "payment.charge_card" && span.amount > ${RARE_AMOUNT} } as c always { name = "refund" } after c }`,
  ].join('\n');
}
