import type { RulePlan } from '../plan/plan.js';
import type { RuleProblem } from '../verdicts/rule-problem.js';
import type { OpenTrace } from './traces/open-trace.js';

/** What happens to a rule of one tenant that cannot be judged on some traces, or cannot tell about them; each is worth a line in the log. */
export type RuleEvent =
  /** The trace failed alone. */
  | {
      readonly kind: 'too large';
      readonly traceId: string;
      readonly spans: number;
      readonly problem: RuleProblem;
    }
  /** Traces with `fromSpans` or more are not tried for a while. */
  | {
      readonly kind: 'stopped';
      readonly fromSpans: number;
      readonly forMs: number;
      readonly problem: RuleProblem;
    }
  /** This has not been missing before in a case that could not be determined, as it is in this trace. */
  | {
      readonly kind: 'cannot tell';
      readonly missing: readonly string[];
      readonly traceId: string | undefined;
    }
  | { readonly kind: 'tried again' }
  | { readonly kind: 'running again' };

export type OnRuleEvent = (tenant: string, rule: RulePlan, event: RuleEvent) => void;

/** Traces that fail alone in a row, with none in between that is as large and does not: only some one's, and it is no fault of the rule. */
export const STRIKES = 3;
/** Milliseconds until a rule that was stopped is tried again; twice as long after each failure, up to the longest. */
const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 600_000;
/** Rules of tenants that are remembered. */
const MOST_KNOWN = 10_000;

interface Health {
  /** Keys of the traces that failed alone: a trace is one strike, however often it is judged. */
  readonly strikes: Set<string>;
  /** The fewest spans of a trace that failed. */
  fromSpans: number;
  stopped?: { readonly until: number; readonly waitMs: number; trying: boolean };
}

/**
 * Which rules are judged on which traces. What is too large for a rule costs only traces as large, of the same tenant, and those for
 * a while: then one of them is tried, and if it can be judged, all are.
 */
export class RuleHealth {
  private readonly known = new Map<string, Health>();
  /** For each trace, the texts of rules that it is too large for, and whether that was when it was closed. */
  private large = new WeakMap<OpenTrace, Map<string, 'early' | 'closed'>>();
  /** Texts of the rules that some trace was too large for. */
  private readonly everTooLarge = new Set<string>();

  constructor(
    private readonly now: () => number,
    private readonly onEvent: OnRuleEvent,
  ) {}

  /** The rules have changed: nothing is known of them. */
  restart(): void {
    this.known.clear();
    this.large = new WeakMap();
    this.everTooLarge.clear();
  }

  /** Whether the rule is judged on every trace, which need not be asked about then. */
  admitsAll(tenant: string, rule: RulePlan): boolean {
    return !this.everTooLarge.has(textOf(rule)) && this.known.get(keyOf(tenant, rule))?.stopped === undefined;
  }

  /** `try` one trace alone first: only if it can be judged are the others of its size. */
  admits(tenant: string, rule: RulePlan, trace: OpenTrace, early: boolean): 'yes' | 'no' | 'try' {
    const failed = this.large.get(trace)?.get(textOf(rule));
    if (failed === 'closed' || (failed === 'early' && early)) return 'no';
    const { stopped, fromSpans } = this.known.get(keyOf(tenant, rule)) ?? {};
    if (stopped === undefined || trace.spans < fromSpans!) return 'yes';
    return this.now() < stopped.until ? 'no' : 'try';
  }

  isTooLarge(rule: RulePlan, trace: OpenTrace): boolean {
    return this.large.get(trace)?.has(textOf(rule)) ?? false;
  }

  trying(tenant: string, rule: RulePlan): void {
    const stopped = this.known.get(keyOf(tenant, rule))?.stopped;
    if (stopped === undefined || stopped.trying) return;
    stopped.trying = true;
    this.onEvent(tenant, rule, { kind: 'tried again' });
  }

  /** A trace with so many spans could be judged. */
  succeeded(tenant: string, rule: RulePlan, spans: number): void {
    const key = keyOf(tenant, rule);
    const health = this.known.get(key);
    if (health === undefined || spans < health.fromSpans) return;
    this.known.delete(key);
    if (health.stopped !== undefined) this.onEvent(tenant, rule, { kind: 'running again' });
  }

  /** The trace failed alone. */
  failedAlone(tenant: string, rule: RulePlan, trace: OpenTrace, early: boolean, problem: RuleProblem): void {
    const sizes = this.large.get(trace) ?? new Map<string, 'early' | 'closed'>();
    if (!sizes.has(textOf(rule))) {
      const { traceId, spans } = trace;
      this.onEvent(tenant, rule, { kind: 'too large', traceId, spans, problem });
    }
    this.large.set(trace, sizes.set(textOf(rule), early ? 'early' : 'closed'));
    this.everTooLarge.add(textOf(rule));
    const health = this.healthOf(tenant, rule);
    health.strikes.add(trace.key);
    health.fromSpans = Math.min(health.fromSpans, trace.spans);
    if (health.stopped !== undefined || health.strikes.size >= STRIKES)
      this.stop(tenant, rule, health.fromSpans, problem);
  }

  /** Not tried for a while on traces with so many spans or more. */
  stop(tenant: string, rule: RulePlan, fromSpans: number, problem: RuleProblem): void {
    const health = this.healthOf(tenant, rule);
    const waited = health.stopped?.waitMs;
    const waitMs = nextWaitMs(waited);
    health.fromSpans = Math.min(health.fromSpans, fromSpans);
    health.stopped = { until: this.now() + waitMs, waitMs, trying: false };
    this.onEvent(tenant, rule, { kind: 'stopped', fromSpans: health.fromSpans, forMs: waitMs, problem });
  }

  private healthOf(tenant: string, rule: RulePlan): Health {
    const key = keyOf(tenant, rule);
    const health = this.known.get(key) ?? { strikes: new Set<string>(), fromSpans: Number.POSITIVE_INFINITY };
    this.known.delete(key);
    this.known.set(key, health);
    const [oldest] = this.known.size > MOST_KNOWN ? this.known.keys() : [];
    if (oldest !== undefined) this.known.delete(oldest);
    return health;
  }
}

/** Milliseconds that a rule rests after it has rested for so long, or not yet. */
export function nextWaitMs(waitedMs: number | undefined): number {
  return waitedMs === undefined ? FIRST_WAIT_MS : Math.min(LONGEST_WAIT_MS, 2 * waitedMs);
}

function keyOf(tenant: string, rule: RulePlan): string {
  return `${textOf(rule)}\0${tenant}`;
}

/** Of a rule as it is written: a batch may still be judged by the text before, and what that fails on is not held against the new one. */
function textOf({ id, revision }: RulePlan): string {
  return `${id}\0${revision}`;
}
