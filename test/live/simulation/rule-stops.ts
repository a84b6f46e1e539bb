/** What was told of rules that could not be judged on some traces, and whether it was so. */
import type { RuleEvent } from '../../../engine/live/rule-health.js';
import type { RulePlan } from '../../../engine/plan/plan.js';
import { type Judged, keyOf, ruleKeyOf } from './judged.js';

interface Stop {
  readonly fromSpans: number;
  readonly from: number;
  until: number;
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
  /** Traces that were told as too large for a rule. */
  private readonly named = new Set<string>();

  constructor(
    private readonly judged: Judged,
    private readonly onFault: (fault: string) => void,
  ) {}

  note(at: number, tenant: string, rule: RulePlan, event: RuleEvent): void {
    const key = `${tenant} ${ruleKeyOf(rule)}`;
    const stops = this.stops.get(key) ?? [];
    this.stops.set(key, stops);
    switch (event.kind) {
      case 'too large': {
        const { traceId } = event;
        this.named.add(`${keyOf({ tenant, traceId })} ${ruleKeyOf(rule)}`);
        if (!this.judged.failures(tenant, rule).alone.has(traceId))
          this.onFault(`${traceId} is told as too large for ${rule.id}, which has not failed on it alone`);
        return;
      }
      case 'stopped': {
        const { alone, parts } = this.judged.failures(tenant, rule);
        if (stops.length === 0 && alone.size < STRIKES && parts < FAILED_PARTS)
          this.onFault(`${rule.id} was stopped after it failed on ${alone.size} traces and ${parts} parts`);
        if (event.forMs > LONGEST_STOP_MS) this.onFault(`${rule.id} was stopped for ${event.forMs} ms`);
        stops.push({ fromSpans: event.fromSpans, from: at, until: at + event.forMs });
        return;
      }
      case 'tried again':
        return;
      case 'running again':
        end(stops, at);
        return;
    }
  }

  /** Nothing is stopped any more: the process or the rules are others. */
  restarted(at: number): void {
    for (const stops of this.stops.values()) end(stops, at);
  }

  /** Whether it was told that the rule has no verdict on the trace. */
  tellOf(key: string, rule: RulePlan, { from, until, mostSpans }: JudgingTime): boolean {
    if (this.named.has(`${key} ${ruleKeyOf(rule)}`)) return true;
    const [tenant = ''] = key.split(' ');
    const stops = this.stops.get(`${tenant} ${ruleKeyOf(rule)}`) ?? [];
    return stops.some((stop) => stop.fromSpans <= mostSpans && stop.from <= until && stop.until >= from);
  }
}

function end(stops: readonly Stop[], at: number): void {
  for (const stop of stops) stop.until = Math.min(stop.until, at);
}
