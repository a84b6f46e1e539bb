import { createHash } from 'node:crypto';
import type { ResolvedRule, ResolvedTraceRule } from '../../language/link/resolved.js';
import { carriedField } from '../../plan/carried.js';
import type { FieldPlan } from '../../plan/expression.js';
import { planFlowRules, planRules } from '../../plan/lower/lower.js';
import type { Plan, RulePlan } from '../../plan/plan.js';
import type { AttributeKey } from '../../plan/schema.js';
import { ofKind } from '../../shared/of-kind.js';

/** Rules by when they decide on a live trace. */
export interface RuleSet {
  /** The same for sets that judge alike. */
  readonly key: string;
  readonly closing: readonly ClosingGroup[];
  readonly early?: EarlyRules;
}

/** Rules that decide at the same time. */
export interface ClosingGroup {
  /** Milliseconds of quiet, from `closes after`; absent for the service's own. */
  readonly closesAfterMs?: number;
  /** Set where the rules are across traces: what they look at is taken out of a trace once it is closed. */
  readonly flows?: true;
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
  return known?.flows === true ? 'flows' : String(known?.closesAfterMs ?? '');
}

/** Milliseconds after its bound span that a rule waits for; absent for one that decides at once. */
export function deadlineMs({ decidable }: RulePlan): number | undefined {
  return decidable.kind === 'deadline' ? Math.ceil(Number(decidable.after) / 1e6) : undefined;
}

/** Those among the rules that judge traces or flows and are enabled; `carried`: attributes that their violations carry. */
export function ruleSet(rules: readonly ResolvedRule[], carried: readonly AttributeKey[] = []): RuleSet {
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
    key: keyOf([...planRules(enabled).rules, ...flows.rules]),
    closing: [
      ...[...groups].map(([closesAfterNs, rulesOfGroup]) =>
        closingGroup(closesAfterNs, rulesOfGroup, carries),
      ),
      ...(flows.rules.length === 0 ? [] : [{ flows: true, plan: flows, partialPlan: flows } as const]),
    ],
    ...(early === undefined ? {} : { early }),
  };
}

/** All rules of the set; each of those about traces decides when a trace closes, at the latest. */
export function rulesOf({ closing }: RuleSet): readonly RulePlan[] {
  return closing.flatMap(({ plan }) => plan.rules);
}

function keyOf(plans: readonly RulePlan[]): string {
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
