import type { ResolvedRule } from '../../language/workspace.js';
import { planRules } from '../../plan/lower.js';
import type { Plan } from '../../plan/plan.js';

/** Rules by when they decide on a live trace. */
export interface RuleSet {
  readonly closing: readonly ClosingGroup[];
  readonly early?: EarlyRules;
}

/** Rules that decide at the same time. */
export interface ClosingGroup {
  /** Milliseconds of quiet, from `closes after`; absent for the service's own. */
  readonly closesAfterMs?: number;
  readonly plan: Plan;
  /** Without the rules that say nothing about a trace that lacks its root or a parent; absent when they are all. */
  readonly partialPlan?: Plan;
}

/** Rules whose violations may be final before the trace is closed. */
export interface EarlyRules {
  readonly plan: Plan;
  /** Milliseconds after a bound span that decide, by rule id; 0 for those that decide at once. */
  readonly afterMs: ReadonlyMap<string, number>;
  /** The longest of them. */
  readonly longestMs: number;
}

export function ruleSet(rules: readonly ResolvedRule[]): RuleSet {
  const enabled = rules.filter((rule) => rule.settings.enabled);
  const groups = new Map<bigint | undefined, ResolvedRule[]>();
  for (const rule of enabled) {
    const { closesAfterNs } = rule.settings;
    groups.set(closesAfterNs, [...(groups.get(closesAfterNs) ?? []), rule]);
  }
  const early = earlyRules(enabled);
  return {
    closing: [...groups].map(([closesAfterNs, of]) => closingGroup(closesAfterNs, of)),
    ...(early === undefined ? {} : { early }),
  };
}

function closingGroup(closesAfterNs: bigint | undefined, rules: readonly ResolvedRule[]): ClosingGroup {
  const reporting = rules.filter((rule) => rule.settings.onPartial === 'report');
  const plan = planRules(rules);
  return {
    ...(closesAfterNs === undefined ? {} : { closesAfterMs: Number(closesAfterNs / 1_000_000n) }),
    plan,
    ...(reporting.length === 0
      ? {}
      : { partialPlan: reporting.length === rules.length ? plan : planRules(reporting) }),
  };
}

function earlyRules(rules: readonly ResolvedRule[]): EarlyRules | undefined {
  const classes = new Map(planRules(rules).rules.map(({ id, decidable }) => [id, decidable]));
  const afterMs = new Map<string, number>();
  const early = rules.filter((rule) => {
    const id = rule.item.id.text;
    const decidable = classes.get(id);
    if (decidable === undefined || decidable.kind === 'closure') return false;
    afterMs.set(id, decidable.kind === 'now' ? 0 : Math.ceil(Number(decidable.after) / 1e6));
    return true;
  });
  if (early.length === 0) return undefined;
  return { plan: planRules(early), afterMs, longestMs: Math.max(...afterMs.values()) };
}
