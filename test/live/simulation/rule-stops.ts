/** What was reported of rules that could not be judged on some traces, and whether it was so. */
import type { RuleEvent } from '../../../engine/live/rule-health.js';
import type { RulePlan } from '../../../engine/plan/plan.js';
import { type Judged, keyOf, ruleKeyOf } from './judged.js';

/** Virtual milliseconds. */
interface Span {
  readonly from: number;
  until: number;
}

interface Stop extends Span {
  readonly fromSpans: number;
}

/** When a trace was to be judged, and how large it was at most. */
export interface JudgingTime {
  readonly from: number;
  readonly until: number;
  readonly mostSpans: number;
}

/** So many traces have to fail alone before a rule is stopped for others … */
const STRIKES = 3;
/** … or so many parts of one batch. */
const FAILED_PARTS = 12;
/** Milliseconds for which a rule may be stopped before it is tried again. */
const LONGEST_STOP_MS = 600_000;

export class RuleStops {
  /** By tenant and rule. */
  private readonly stops = new Map<string, Stop[]>();
  /** By trace and rule: while a trace was known as too large for the rule. */
  private readonly named = new Map<string, Span[]>();

  constructor(
    private readonly judged: Judged,
    private readonly onFault: (fault: string) => void,
  ) {}

  note(timeMs: number, tenant: string, rule: RulePlan, event: RuleEvent): void {
    const key = `${tenant} ${ruleKeyOf(rule)}`;
    const stops = this.stops.get(key) ?? [];
    this.stops.set(key, stops);
    switch (event.kind) {
      case 'too large': {
        const { traceId } = event;
        const name = `${keyOf({ tenant, traceId })} ${ruleKeyOf(rule)}`;
        const known = this.named.get(name) ?? [];
        this.named.set(name, known);
        known.push({ from: timeMs, until: Number.POSITIVE_INFINITY });
        if (!this.judged.failures(tenant, rule).alone.has(traceId))
          this.onFault(
            `${traceId} is reported as too large for ${rule.id}, which has not failed on it alone`,
          );
        return;
      }
      case 'stopped': {
        const { alone, parts } = this.judged.failures(tenant, rule);
        if (stops.length === 0 && alone.size < STRIKES && parts < FAILED_PARTS)
          this.onFault(`${rule.id} was stopped after it failed on ${alone.size} traces and ${parts} parts`);
        if (event.forMs > LONGEST_STOP_MS) this.onFault(`${rule.id} was stopped for ${event.forMs} ms`);
        stops.push({ fromSpans: event.fromSpans, from: timeMs, until: timeMs + event.forMs });
        return;
      }
      case 'tried again':
        return;
      case 'running again':
        end(stops, timeMs);
        return;
    }
  }

  /** Nothing is stopped or too large any more: the process or the rules are others. */
  restarted(timeMs: number): void {
    for (const spans of [...this.stops.values(), ...this.named.values()]) end(spans, timeMs);
  }

  /** Whether it was reported that the rule has no verdict on the trace if it was to be judged in that time. */
  tellOf(key: string, rule: RulePlan, time: JudgingTime): boolean {
    const named = this.named.get(`${key} ${ruleKeyOf(rule)}`) ?? [];
    return named.some((span) => overlaps(span, time)) || this.wasStopped(key, rule, time);
  }

  /** Whether the rule was stopped at some moment of that time for traces as large. */
  wasStopped(key: string, rule: RulePlan, time: JudgingTime): boolean {
    const [tenant = ''] = key.split(' ');
    const stops = this.stops.get(`${tenant} ${ruleKeyOf(rule)}`) ?? [];
    return stops.some((stop) => stop.fromSpans <= time.mostSpans && overlaps(stop, time));
  }
}

function overlaps(span: Span, { from, until }: JudgingTime): boolean {
  return span.from <= until && span.until >= from;
}

function end(spans: readonly Span[], timeMs: number): void {
  for (const span of spans) span.until = Math.min(span.until, timeMs);
}
