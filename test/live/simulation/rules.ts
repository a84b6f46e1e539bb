import type { ResolvedRule, ResolvedTraceRule } from '../../../engine/language/link/resolved.js';
import { rulesOf as plansOf, type RuleSet, ruleSet } from '../../../engine/live/rules/rule-set.js';
import type { LiveSettings } from '../../../engine/live/settings.js';
import type { Plan, RulePlan } from '../../../engine/plan/plan.js';
import { ofKind } from '../../../engine/shared/of-kind.js';
import { FLOW_VARIANTS } from './flow-rules.js';
import { resolvedRules } from './resolved-rules.js';
import { WINDOW_VARIANTS } from './window-rules.js';

/** Those of the text that judge traces. */
export function rulesOf(text: string): readonly ResolvedTraceRule[] {
  return ofKind(resolvedRules(text), 'trace');
}

/** Those that judge traces or flows. */
export function casesOf(text: string): readonly ResolvedRule[] {
  const all = resolvedRules(text);
  return [...ofKind(all, 'trace'), ...ofKind(all, 'flow')];
}

/** Rules of every class over the words of the generated traces, each with texts that one may be revised to. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  'now-never': ['never { name = "b" && status = error }', 'never { name = "a" && status = error }'],
  'now-each': [
    'when { name = "a" } as x never { name = "c" && span.n > 1 } after x',
    'when { name = "b" } as x never { name = "c" } after x',
  ],
  'now-count': ['always count({ name = "a" }) <= 2', 'always count({ name = "a" }) <= 1'],
  'deadline-before': [
    'when { name = "c" } as x always { name = "a" } before x',
    'enabled = false when { name = "c" } as x always { name = "a" } before x',
  ],
  'deadline-then': [
    'when { name = "a" } as x always x then { name = "b" } within 3ms',
    'when { name = "a" } as x always x then { name = "b" } within 1ms',
  ],
  'closing-exists': [
    'when { name = "a" } always { name = "b" }',
    'when { name = "a" } always { name = "c" }',
    'enabled = false when { name = "a" } always { name = "b" }',
  ],
  'closing-each': [
    'when { name = "b" } as x always { name = "c" } after x',
    'when { name = "b" } as x always { name = "c" } before x',
  ],
  'closing-field': ['when { name = "a" } as x always x.span.n < 2', 'when { } as x always x.span.n < 3'],
  'closing-structure': ['when { name = "a" } never { name = "a" } >> { name = "b" }'],
  'closing-root': ['never { rootName = nil }'],
  'closing-parent': ['when { kind = server } as x always x.parent.name != "c"'],
  soon: [
    'closes after 3s when { name = "payment charge" } always { name = "a" }',
    'closes after 12s when { name = "payment charge" } always { name = "a" }',
  ],
  slowly: ['closes after 45s always { name = "c" }', 'closes after 45s always { name = "b" }'],
};

export const NAMES_OF_RULES: readonly string[] = Object.keys(TEXTS);
/** Those that wait longer than others before they judge. */
export const NAMES_OF_SLOW_RULES: readonly string[] = ['slowly'];

/** All of them, as a file. */
export const SIMULATED_RULES = Object.entries(TEXTS)
  .map(([name, [text]]) => `rule ${name} { ${text} }`)
  .join('\n');

/** For each rule, the texts that it may have. */
export const RULE_VARIANTS: Readonly<Record<string, readonly ResolvedTraceRule[]>> = Object.fromEntries(
  Object.entries(TEXTS).map(([name, texts]) => [
    name,
    texts.map((text) => rulesOf(`rule ${name} { ${text} }`)[0]!),
  ]),
);

/** The n-th text of a rule, of whichever kind. */
export function variantOf(name: string, variant: number): ResolvedRule {
  return (
    WINDOW_VARIANTS[name]?.[variant] ??
    RULE_VARIANTS[name]?.[variant] ??
    FLOW_VARIANTS[name]![variant]!.resolved
  );
}

/** Those of the set that judge traces … */
export function traceRulesOf(set: RuleSet): readonly RulePlan[] {
  return plansOf(set).filter(({ flow }) => flow === undefined);
}

/** … and those across them. */
export function flowRulesOf(set: RuleSet): readonly RulePlan[] {
  return plansOf(set).filter(({ flow }) => flow !== undefined);
}

/** Sets that are remembered, as planning takes longer than judging few traces does. */
const MOST_SETS = 200;
const sets = new Map<string, RuleSet>();
/** Of the plans by which traces are judged while they are open, what no other plan has. */
const earlyPredicates = new WeakSet<Plan['predicates']>();

/** The rules with these texts, of whichever kind. */
export function resolvedIn(inForce: ReadonlyMap<string, number>): readonly ResolvedRule[] {
  return [...inForce].map(([name, variant]) => variantOf(name, variant));
}

/** The set of rules with these texts. */
export function ruleSetOf(inForce: ReadonlyMap<string, number>): RuleSet {
  const key = JSON.stringify([...inForce]);
  const set = sets.get(key) ?? ruleSet(resolvedIn(inForce), [], true);
  if (set.early !== undefined) earlyPredicates.add(set.early.plan.predicates);
  sets.delete(key);
  sets.set(key, set);
  const [oldest] = sets.size > MOST_SETS ? sets.keys() : [];
  if (oldest !== undefined) sets.delete(oldest);
  return set;
}

/** Whether it is some rules of a plan by which traces are judged while they are open. */
export function isEarly({ predicates }: Plan): boolean {
  return earlyPredicates.has(predicates);
}

/** Milliseconds of quiet after which every rule has judged a trace. */
export function longestQuiet({ closing }: RuleSet, { quietAfterMs }: LiveSettings): number {
  return Math.max(quietAfterMs, ...closing.map(({ closesAfterMs }) => closesAfterMs ?? 0));
}

/** Milliseconds of quiet up to which some rule still waits, whatever the trace is like. */
export function openFor({ closing }: RuleSet, { completeAfterMs }: LiveSettings): number {
  return Math.max(0, ...closing.map(({ closesAfterMs }) => closesAfterMs ?? completeAfterMs));
}
