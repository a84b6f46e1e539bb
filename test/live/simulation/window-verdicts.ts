/** What a rule over many traces finds in some windows, by the slow evaluator. */
import { createHash } from 'node:crypto';
import { printField } from '../../../engine/language/print/print-field.js';
import { type SomeWindows, WINDOWS_BEFORE } from '../../../engine/live/windows/window-store.js';
import type { Span, Trace } from '../../../engine/otlp/model.js';
import type { WindowRulePlan } from '../../../engine/plan/window-plan.js';
import { notJudged } from '../../../engine/replay/over/judge.js';
import { seriesKey } from '../../../engine/replay/over/slot-counts.js';
import type { JudgedWindowRule } from '../../../engine/verdicts/judged-rule.js';
import type { WindowViolation } from '../../../engine/verdicts/window-violation.js';
import { evaluateWindowRule } from '../../support/oracle/over.js';
import { windowRuleOf } from './window-rules.js';

/** The spans of each trace of a tenant, by its id. */
export type SpansByTrace = ReadonlyMap<string, Iterable<Span>>;

export function judgedWindows(
  tenant: string,
  rule: WindowRulePlan,
  spans: SpansByTrace,
  { fromNs, toNs }: SomeWindows,
): JudgedWindowRule {
  const traces = [...spans].map(([traceId, all]): Trace => ({ traceId, spans: [...all] }));
  const [windowNs, everyNs] = [BigInt(rule.window), BigInt(rule.every)];
  const violations: WindowViolation[] = [];
  for (let start = fromNs; start + windowNs <= toNs; start += everyNs)
    violations.push(...violationsIn(tenant, rule, traces, start, start + windowNs));
  return { ...notJudged(rule), violations, violated: violations.length };
}

function violationsIn(
  tenant: string,
  rule: WindowRulePlan,
  traces: readonly Trace[],
  fromNs: bigint,
  toNs: bigint,
): readonly WindowViolation[] {
  const [windowNs, everyNs] = [BigInt(rule.window), BigInt(rule.every)];
  // What a window shows is what it and those before it have.
  const range = { fromNs: fromNs - BigInt(WINDOWS_BEFORE) * windowNs, toNs };
  const near = traces.filter(({ spans }) =>
    spans.some(({ start }) => start >= range.fromNs && start < range.toNs),
  );
  if (near.length === 0) return [];
  const { expanded } = windowRuleOf(rule);
  const clauses = expanded.clauses.map(({ keyword, test }) => ({ kind: keyword, test }));
  const found = evaluateWindowRule({ clauses, windowNs, everyNs }, near, {
    range,
    nameOf: printField,
    maxSeries: 1000,
  });
  return found.violations
    .filter((violation) => violation.fromNs === fromNs)
    .map(({ labels, clause, value }) => {
      const series = seriesKey([...labels].map(([name, text]) => ({ name, value: labelValue(text) })));
      const parts = [tenant, rule.id, rule.revision, series, fromNs.toString(), rule.window];
      const id = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
      return { ...{ id, fromNs, toNs, clause, value }, labels: [], traces: [] };
    });
}

/** The rules have texts as labels, which a span may lack. */
function labelValue(identity: string): string | null {
  return identity === 'nil' ? null : identity.replace(/^string /, '');
}
