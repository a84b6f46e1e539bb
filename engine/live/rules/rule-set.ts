import { createHash } from 'node:crypto';
import type { ResolvedRule, ResolvedTraceRule } from '../../language/link/resolved.js';
import { carriedField } from '../../plan/carried.js';
import type { FieldPlan } from '../../plan/expression.js';
import { planFlowRules, planRules } from '../../plan/lower/lower.js';
import { planWindowRules } from '../../plan/lower/lower-windows.js';
import type { Plan, RulePlan } from '../../plan/plan.js';
import type { AttributeKey } from '../../plan/schema.js';
import type { WindowPlan } from '../../plan/window-plan.js';
import { ofKind } from '../../shared/of-kind.js';

/** Rules by when they decide on a live trace. */
export interface RuleSet {
  /** The same for sets that judge alike. */
  readonly key: string;
  readonly closing: readonly ClosingGroup[];
  readonly early?: EarlyRules;
  /** Rules over many traces that count spans as they come; absent where there are none, or they wait for stored blocks. */
  readonly windows?: WindowPlan;
}

export type TakenFor = 'flows' | 'windows';

/** Rules that decide at the same time. */
export interface ClosingGroup {
  /** Milliseconds of quiet, from `closes after`; absent for the service's own. */
  readonly closesAfterMs?: number;
  /** Set where the rules are across or over many traces: what they look at is taken out of a trace once it is closed. */
  readonly takes?: TakenFor;
  readonly plan: Plan;
  /** The rules that are judged also where a trace lacks its root or a parent; absent when there is none. */
  readonly partialPlan?: Plan;
}

/** Rules whose violations may be final before the trace is closed. */
export interface EarlyRules {
  readonly plan: Plan;
  /** Milliseconds after a bound span that the slowest of them waits for; absent when all decide at once. */
  readonly longestMs?: number;
}

/** Names a closing group by its waiting time, as its number changes with the rules. */
export function groupName({ closing }: RuleSet, group: number): string {
  const known = closing[group];
  return known?.takes ?? String(known?.closesAfterMs ?? '');
}

/** That of the group which a rule of one trace is closed with. */
export function groupNameOf(rules: RuleSet, { id }: RulePlan): string {
  const group = rules.closing.findIndex(
    ({ takes, plan }) => takes === undefined && plan.rules.some((rule) => rule.id === id),
  );
  return groupName(rules, group);
}

/** Index of the group of `closing` that these are taken for; undefined where there is none. */
export function groupThatTakes({ closing }: RuleSet, what: TakenFor): number | undefined {
  const group = closing.findIndex(({ takes }) => takes === what);
  return group < 0 ? undefined : group;
}

/** Milliseconds after its bound span that a rule waits for; absent for one that decides at once. */
export function deadlineMs({ decidable }: RulePlan): number | undefined {
  return decidable.kind === 'deadline' ? Math.ceil(Number(decidable.after) / 1e6) : undefined;
}

/**
 * Those among the rules that judge traces or flows and are enabled, and those over many traces where these are judged early; `carried`:
 * attributes that violations carry.
 */
export function ruleSet(
  rules: readonly ResolvedRule[],
  carried: readonly AttributeKey[] = [],
  windowsEarly = false,
): RuleSet {
  const windows = windowsEarly ? planWindowRules(rules) : undefined;
  const hasWindows = windows !== undefined && windows.rules.length > 0;
  const carries = carried.map(carriedField);
  const enabled = ofKind(rules, 'trace').filter((rule) => rule.settings.enabled);
  const flows = planFlowRules(rules, carries);
  const groups = new Map<bigint | undefined, ResolvedTraceRule[]>();
  for (const rule of enabled) {
    const { closesAfterNs } = rule.settings;
    groups.set(closesAfterNs, [...(groups.get(closesAfterNs) ?? []), rule]);
  }
  const early = earlyRules(enabled, carries);
  return {
    key: keyOf([...planRules(enabled).rules, ...flows.rules, ...(windows?.rules ?? [])]),
    closing: [
      ...[...groups].map(([closesAfterNs, rulesOfGroup]) =>
        closingGroup(closesAfterNs, rulesOfGroup, carries),
      ),
      ...(flows.rules.length === 0 ? [] : [{ takes: 'flows', plan: flows, partialPlan: flows } as const]),
      ...(hasWindows ? [{ takes: 'windows', plan: NO_RULES } as const] : []),
    ],
    ...(early === undefined ? {} : { early }),
    ...(hasWindows ? { windows } : {}),
  };
}

/** What judges nothing. */
export const NO_RULES: Plan = {
  version: 1,
  predicates: [],
  rules: [],
  needs: { spans: [], spanAttributes: [] },
};

/** All rules of the set that judge traces or flows; each of those about traces decides when a trace closes, at the latest. */
export function rulesOf({ closing }: RuleSet): readonly RulePlan[] {
  return closing.flatMap(({ plan }) => plan.rules);
}

function keyOf(plans: readonly Pick<RulePlan, 'id' | 'revision' | 'settings'>[]): string {
  const all = plans.map(({ id, revision, settings }) => [id, revision, settings.onPartial].join(' '));
  return createHash('sha256').update(all.sort().join('\n')).digest('hex').slice(0, 16);
}

function closingGroup(
  closesAfterNs: bigint | undefined,
  rules: readonly ResolvedTraceRule[],
  carries: readonly FieldPlan[],
): ClosingGroup {
  const reporting = rules.filter((rule) => rule.settings.onPartial === 'report');
  const plan = planRules(rules, carries);
  return {
    ...(closesAfterNs === undefined ? {} : { closesAfterMs: Number(closesAfterNs / 1_000_000n) }),
    plan,
    ...(reporting.length === 0
      ? {}
      : { partialPlan: reporting.length === rules.length ? plan : planRules(reporting, carries) }),
  };
}

function earlyRules(
  rules: readonly ResolvedTraceRule[],
  carries: readonly FieldPlan[],
): EarlyRules | undefined {
  const open = new Set(
    planRules(rules)
      .rules.filter(({ decidable }) => decidable.kind === 'closure')
      .map(({ id }) => id),
  );
  // Whether a trace will be partial is not known early.
  const early = rules.filter((rule) => !open.has(rule.item.id.text) && rule.settings.onPartial === 'report');
  if (early.length === 0) return undefined;
  const plan = planRules(early, carries);
  const deadlines = plan.rules.map(deadlineMs).filter((after) => after !== undefined);
  return { plan, ...(deadlines.length === 0 ? {} : { longestMs: Math.max(...deadlines) }) };
}
