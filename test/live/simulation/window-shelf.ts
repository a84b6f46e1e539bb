/** What processes keep of windows, each op of it on a disk that fails as a seed says: all of it, or nothing. */
import type { SomeWindows } from '../../../engine/live/windows/window-store.js';
import type { Span } from '../../../engine/otlp/model.js';
import type { WindowRulePlan } from '../../../engine/plan/window-plan.js';
import type { WindowViolation } from '../../../engine/verdicts/window-violation.js';

/** What windows of a rule were said to be, by whom it was asked. */
export interface WindowsAnswer extends SomeWindows {
  readonly tenant: string;
  readonly rule: WindowRulePlan;
  /** Ids of what was found. */
  readonly found: readonly string[];
}

export interface StoredAnswer extends WindowsAnswer {
  /** Whether it is on disk where the rule begins, or continues. */
  readonly isBegun: boolean;
}

export interface EarlyAnswer extends WindowsAnswer {
  /** When the rule came, and up to where windows were those of stored blocks by then. */
  readonly sinceNs: bigint;
  readonly storedNs: bigint;
  /** Whether it is on disk that these windows are judged. */
  isSettled: boolean;
}

export interface KnownWindow extends SomeWindows {
  readonly tenant: string;
  readonly rule: WindowRulePlan;
}

/** As `JudgedUntil` keeps it. */
interface Mark {
  readonly tenant: string;
  readonly rule: string;
  readonly revision: string;
}

interface ShelvedWindowRule {
  readonly sinceNs: bigint;
  /** By tenant and the id of the trace. */
  readonly traces: Map<string, Map<string, ReadonlySet<Span>>>;
}

export class WindowShelf {
  /** Of the rules that there are, by `windowRuleKey`. */
  private rules = new Map<string, ShelvedWindowRule>();
  readonly tenants = new Set<string>();
  /** Up to where windows were judged by the spans that came, by tenant and rule. */
  readonly marks = new Map<string, bigint>();
  /** Up to where they were judged by stored blocks, as the process keeps it. */
  judgedText: string | undefined;
  /** What was said by the spans that came … */
  readonly early: EarlyAnswer[] = [];
  /** … and by stored blocks, in the order of time. */
  readonly stored: StoredAnswer[] = [];
  /** All violated windows that anybody ever found, by id. */
  readonly known = new Map<string, KnownWindow>();
  /** The rules that were set last. */
  plans: readonly WindowRulePlan[] = [];

  /** Rules that are new, or others than before, begin with nothing. */
  setRules(rules: readonly WindowRulePlan[], nowNs: bigint): void {
    this.plans = rules;
    this.rules = new Map(
      rules.map((rule) => [
        windowRuleKey(rule),
        this.rules.get(windowRuleKey(rule)) ?? { sinceNs: nowNs, traces: new Map() },
      ]),
    );
  }

  take(
    tenant: string,
    traces: readonly { readonly traceId: string; readonly spans: ReadonlySet<Span> }[],
  ): void {
    this.tenants.add(tenant);
    for (const rule of this.rules.values()) {
      const mine = rule.traces.get(tenant) ?? new Map<string, ReadonlySet<Span>>();
      rule.traces.set(tenant, mine);
      for (const { traceId, spans } of traces) mine.set(traceId, spans);
    }
  }

  isBegun(tenant: string, { id, revision }: WindowRulePlan): boolean {
    const { marks = [] } = JSON.parse(this.judgedText ?? '{}') as { readonly marks?: readonly Mark[] };
    return marks.some((mark) => mark.tenant === tenant && mark.rule === id && mark.revision === revision);
  }

  noteFound(tenant: string, rule: WindowRulePlan, violations: readonly WindowViolation[]): readonly string[] {
    for (const { id, fromNs, toNs } of violations) this.known.set(id, { tenant, rule, fromNs, toNs });
    return violations.map(({ id }) => id);
  }

  /** Undefined where the rule is not there. */
  sinceNs(rule: WindowRulePlan): bigint | undefined {
    return this.rules.get(windowRuleKey(rule))?.sinceNs;
  }

  tracesOf(tenant: string, rule: WindowRulePlan): ReadonlyMap<string, ReadonlySet<Span>> {
    return this.rules.get(windowRuleKey(rule))?.traces.get(tenant) ?? new Map();
  }
}

export function windowRuleKey({ id, revision }: Pick<WindowRulePlan, 'id' | 'revision'>): string {
  return `${id} ${revision}`;
}

export function markKey(tenant: string, rule: Pick<WindowRulePlan, 'id' | 'revision'>): string {
  return `${tenant} ${windowRuleKey(rule)}`;
}
