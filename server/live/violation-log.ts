import type { EmittedViolation } from '../../engine/live/violation/span.js';
import type { OverRulePlan } from '../../engine/plan/over-plan.js';
import type { RulePlan } from '../../engine/plan/plan.js';
import type { OverViolation } from '../../engine/replay/over/result.js';
import { timeText } from '../../engine/replay/time-json.js';
import type { Logger } from '../log.js';

/** Lines in one period; a rule that everything violates must not fill the disk of whoever keeps the logs. */
const MOST_LINES = 20;
const PERIOD_MS = 1000;

/** Writes violations to the log, a line each, and says how many it left out. */
export class ViolationLog {
  private since = Number.NEGATIVE_INFINITY;
  private written = 0;
  private leftOut = 0;

  constructor(private readonly log: Logger) {}

  add(tenant: string, { id, rule, found, basis }: EmittedViolation): void {
    this.write({
      ...factsOf(tenant, id, rule),
      clause: rule.clauses[found.clause]?.text,
      trace: found.traceId,
      service: found.evidence[0]?.service ?? found.rootService,
      basis,
    });
  }

  /** Of a window of a rule over many traces. */
  addWindow(tenant: string, rule: OverRulePlan, violation: OverViolation): void {
    const { id, fromNs, toNs, labels, clause, value } = violation;
    this.write({
      ...factsOf(tenant, id, rule),
      clause: rule.clauses[clause]?.text,
      from: timeText(fromNs),
      to: timeText(toNs),
      series: labels.map((label) => `${label.name}=${String(label.value)}`),
      value,
    });
  }

  private write(line: object): void {
    const now = performance.now();
    if (now - this.since >= PERIOD_MS) {
      if (this.leftOut > 0) this.log.warn({ violations: this.leftOut }, 'more violations, not shown');
      this.since = now;
      this.written = 0;
      this.leftOut = 0;
    }
    if (this.written === MOST_LINES) {
      this.leftOut++;
      return;
    }
    this.written++;
    this.log.warn(line, 'violation');
  }
}

function factsOf(
  tenant: string,
  violation: string,
  { id, settings }: Pick<RulePlan, 'id' | 'settings'>,
): Readonly<Record<string, unknown>> {
  return { violation, tenant, rule: id, severity: settings.severity, summary: settings.summary };
}
