import type { RuleKind } from '../language/words/rule-kinds.js';
import type { RulePlan } from '../plan/plan.js';
import type { DayFacts } from './day-facts.js';
import type { Doubt } from './doubt.js';
import type { LogDamage } from './log/damage.js';
import type { InvalidSpan } from './otlp/batch.js';
import type { RecentRates } from './recent-rates.js';
import type { Basis } from './traces/open-trace.js';
import type { SharingCounts } from './traces/sharing.js';

/** Cases of one rule, for one tenant, since the process began. */
export interface RuleCounts {
  readonly tenant: string;
  readonly rule: string;
  readonly severity: string;
  passed: number;
  /** Violations emitted, less none: a retraction is counted by itself. */
  violations: number;
  cannotTell: number;
  retracted: number;
  /** Of the newest UTC day that the rule had traces of, from which it follows whether its cases are vacuous. */
  today?: DayFacts;
  /** The cases of the last day, by time; absent before the first. */
  rates?: RecentRates;
  /** Why cases could not be determined. */
  doubt?: Doubt;
  /** Violations that were counted and not sent, as a window of a rule over many traces had too many. */
  leftOut: number;
  /** Traces without a verdict, although each was judged alone: too large for the rule. */
  tooLarge: number;
  /** Traces that the rule was not tried on while it was stopped. */
  whileStopped: number;
  /** Cases of flows that could not be determined: spans that they need were let go of, or came before the rule was there. */
  unseen: number;
  /** Violations that were found in stored blocks and are not judged once more, although that is set. */
  unchecked: number;
  /** Cases of flows that are not decided yet. */
  undecided: number;
  /** Why it is not judged for a while, on some traces or at all. */
  stopped?: string;
  /** Nanoseconds since the Unix epoch, up to which this process knows the rule judged over stored blocks; absent where it judges none. */
  storedUntilNs?: bigint;
  /** Set while another replica judges the rule over the stored blocks. */
  elsewhere?: true;
  /** Of a rule over many traces whose windows are judged by the spans that came. */
  early?: EarlyWindowsState;
}

/** How far windows of a rule are judged before stored blocks are asked. */
export interface EarlyWindowsState {
  /** Nanoseconds since the Unix epoch: the end of the last window; absent where none was judged. */
  readonly untilNs?: bigint;
  /** Why windows wait for stored blocks; absent where they do not. */
  readonly waits?: string;
}

/** What judging one rule took. */
export interface RuleCost {
  ms: number;
  batches: number;
  failures: number;
}

type ExpectedRule = Pick<RulePlan, 'id' | 'settings'>;

const MOST_COUNTS = 20_000;
/** No tenant id: those have no blanks. */
export const OTHER_TENANTS = 'other tenants';

/** What happened since the process began; metrics read it. */
export class LiveCounters {
  spans = 0;
  requests = 0;
  /** Spans of our own that came back. */
  own = 0;
  readonly invalid = new Map<InvalidSpan, number>();
  /** Spans of traces that had been judged. */
  late = 0;
  /** Spans of traces that were over. */
  tooLate = 0;
  readonly closed: Record<Basis, number> = { complete: 0, quiet: 0, partial: 0 };
  /** Traces closed before their time for want of memory. */
  evicted = 0;
  /** Flows that lost spans for want of room. */
  flowsEvicted = 0;
  /** Spans of flows that came when the cases that see them were settled. */
  flowSpansLate = 0;
  /** Spans that share their id with another span of their trace, as it was when it was closed. */
  readonly sharingSpans: SharingCounts = { different: 0, same: 0 };
  judgedTraces = 0;
  judgedSpans = 0;
  /** Traces that rules were not tried on early, as judging was behind. */
  earlySkipped = 0;
  readonly rules = new Map<string, RuleCounts>();
  readonly costs = new Map<string, RuleCost>();
  private readonly tenants = new Set<string>();
  private readonly expected = new Map<RuleKind, readonly ExpectedRule[]>();
  /** Parts of the logs that could not be read when the process began. */
  readonly damage: LogDamage[] = [];
  /** Logged requests that could not be read again. */
  unreadable = 0;

  /**
   * Counts these rules from nothing on, for each tenant that is known. So the first violation is an increase, which alerts look
   * for, and a rule that never applies can be seen. Those of the other kind stay expected.
   */
  expectRules(rules: readonly ExpectedRule[], kind: RuleKind = 'trace'): void {
    this.expected.set(kind, rules);
    for (const { id } of rules) this.cost(id);
    for (const tenant of this.tenants) this.startCounts(tenant);
  }

  expectTenant(tenant: string): void {
    const full = Math.max(this.tenants.size, this.rules.size) >= MOST_COUNTS;
    if (full || this.tenants.has(tenant)) return;
    this.tenants.add(tenant);
    this.startCounts(tenant);
  }

  /** Takes up what the rule had had of a day when the process before this one ended. */
  resumeDay(tenant: string, today: DayFacts): void {
    const { id, settings } = today.rule;
    this.expectTenant(tenant);
    const counts = this.of(tenant, id, settings.severity);
    const isNewest = counts.today === undefined || counts.today.day <= today.day;
    if (counts.tenant === tenant && isNewest) counts.today = today;
  }

  private startCounts(tenant: string): void {
    for (const rules of this.expected.values())
      for (const { id, settings } of rules) this.of(tenant, id, settings.severity);
  }

  /** Beyond a bound, tenants share their counts: whoever sends spans may make up any number of names. */
  of(tenant: string, rule: string, severity: string): RuleCounts {
    const own = countsKey(tenant, rule);
    const shared = this.rules.size >= MOST_COUNTS && !this.rules.has(own);
    const key = shared ? rule : own;
    const known = this.rules.get(key) ?? {
      tenant: shared ? OTHER_TENANTS : tenant,
      rule,
      severity,
      passed: 0,
      violations: 0,
      cannotTell: 0,
      retracted: 0,
      leftOut: 0,
      tooLarge: 0,
      whileStopped: 0,
      unseen: 0,
      unchecked: 0,
      undecided: 0,
    };
    this.rules.set(key, known);
    return known;
  }

  /** Undefined for what is not counted by itself. */
  find(tenant: string, rule: string): Readonly<RuleCounts> | undefined {
    return this.rules.get(countsKey(tenant, rule));
  }

  cost(rule: string): RuleCost {
    const known = this.costs.get(rule) ?? { ms: 0, batches: 0, failures: 0 };
    this.costs.set(rule, known);
    return known;
  }
}

function countsKey(tenant: string, rule: string): string {
  return `${rule}\0${tenant}`;
}

/** Whether this process judges a rule over stored blocks for a tenant, or leaves it to another replica. */
export function noteOwner(counts: RuleCounts, isOwn: boolean): void {
  if (isOwn) delete counts.elsewhere;
  else {
    counts.elsewhere = true;
    delete counts.storedUntilNs;
  }
}
