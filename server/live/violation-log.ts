import { isFlowPlace } from '../../engine/live/flows/place.js';
import type { OutboxEntry } from '../../engine/live/outbox/entry.js';
import { traceIdOf } from '../../engine/live/traces/open-trace.js';
import type { EmittedViolation } from '../../engine/live/violation/span.js';
import type { WindowBasis } from '../../engine/live/violation/window-span.js';
import type { RulePlan } from '../../engine/plan/plan.js';
import type { WindowRulePlan } from '../../engine/plan/window-plan.js';
import { timeText } from '../../engine/replay/time-json.js';
import type { WindowViolation } from '../../engine/verdicts/window-violation.js';
import type { Logger } from '../shared/log.js';

/** Lines in one period; a rule that everything violates must not fill the disk of whoever keeps the logs. */
const MOST_LINES = 20;
const PERIOD_MS = 1000;

/** Writes violations and retractions to the log, a line each, and says how many it left out, as soon as the period is over. */
export class ViolationLog {
  private written = 0;
  private leftOut = 0;
  private leftOutInAll = 0;
  private period: NodeJS.Timeout | undefined;

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
  addWindow(tenant: string, rule: WindowRulePlan, violation: WindowViolation, basis: WindowBasis): void {
    const { id, fromNs, toNs, labels, clause, value } = violation;
    this.write({
      ...factsOf(tenant, id, rule),
      clause: rule.clauses[clause]?.text,
      from: timeText(fromNs),
      to: timeText(toNs),
      series: labels.map((label) => `${label.name}=${String(label.value)}`),
      value,
      basis,
    });
  }

  /** Says that a window is not violated after all. */
  retractWindow(tenant: string, rule: WindowRulePlan, { id, sees }: OutboxEntry): void {
    const [from, to] = (sees ?? []).map((ns) => timeText(BigInt(ns)));
    this.write({ ...factsOf(tenant, id, rule), from, to }, 'violation retracted');
  }

  /** Says that a violation is none after all. */
  retract(tenant: string, rule: RulePlan, { id, trace }: OutboxEntry): void {
    const facts = isFlowPlace(trace) ? {} : { trace: traceIdOf(trace) };
    this.write({ ...factsOf(tenant, id, rule), ...facts }, 'violation retracted');
  }

  /** Says what is left to say. */
  stop(): void {
    clearTimeout(this.period);
    this.endPeriod();
  }

  private write(line: object, message = 'violation'): void {
    if (this.period === undefined) {
      this.period = setTimeout(() => this.endPeriod(), PERIOD_MS);
      this.period.unref();
    }
    if (this.written === MOST_LINES) {
      this.leftOut++;
      return;
    }
    this.written++;
    this.log.warn(line, message);
  }

  private endPeriod(): void {
    this.period = undefined;
    this.written = 0;
    if (this.leftOut === 0) return;
    this.leftOutInAll += this.leftOut;
    this.log.warn({ notShown: this.leftOut, sinceStart: this.leftOutInAll }, 'more violations, not shown');
    this.leftOut = 0;
  }
}

function factsOf(
  tenant: string,
  violation: string,
  { id, settings }: Pick<RulePlan, 'id' | 'settings'>,
): Readonly<Record<string, unknown>> {
  return { violation, tenant, rule: id, severity: settings.severity, summary: settings.summary };
}
