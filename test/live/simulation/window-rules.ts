import type { ResolvedWindowRule } from '../../../engine/language/link/resolved.js';
import { planWindowRules } from '../../../engine/plan/lower/lower-windows.js';
import type { WindowRulePlan } from '../../../engine/plan/window-plan.js';
import { ofKind } from '../../../engine/shared/of-kind.js';
import { resolvedRules } from './resolved-rules.js';

/** Rules over the generated traces, each with texts that one may be revised to. None is violated where there is no span. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  'window-count': [
    'over 5s never { name = "a" } | count_over_time() > 2',
    'over 5s never { name = "a" } | count_over_time() > 1',
  ],
  'window-each': [
    'over 4s every 2s never { status = error } | count_over_time() by (resource.service.name) > 0',
    'enabled = false over 4s every 2s never { status = error } | count_over_time() by (resource.service.name) > 0',
  ],
  'window-silent': ['over 5s always { name = "b" } | rate() by (name) > 0'],
  'window-sum': [
    'over 6s every 3s never { } | sum_over_time(span.n) by (name) > 1',
    'over 6s every 3s never { } | max_over_time(span.n) by (name) > 1',
  ],
  'window-within': ['over 5s never { name = "a" } >> { } | count_over_time() > 0'],
};

export const NAMES_OF_WINDOW_RULES: readonly string[] = Object.keys(TEXTS);

/** For each rule, the texts that it may have. */
export const WINDOW_VARIANTS: Readonly<Record<string, readonly ResolvedWindowRule[]>> = Object.fromEntries(
  Object.entries(TEXTS).map(([name, texts]) => [
    name,
    texts.map((text) => ofKind(resolvedRules(`rule ${name} { ${text} }`), 'window')[0]!),
  ]),
);

const byPlan = new Map<string, ResolvedWindowRule>(
  Object.values(WINDOW_VARIANTS)
    .flat()
    .flatMap((resolved) =>
      planWindowRules([resolved]).rules.map(({ id, revision }) => [`${id} ${revision}`, resolved] as const),
    ),
);

/** Plans of single rules, which take longer to make than windows to judge. */
const plans = new Map<ResolvedWindowRule, WindowRulePlan>();

export function windowPlanOf(rule: ResolvedWindowRule): WindowRulePlan {
  const known = plans.get(rule) ?? planWindowRules([rule]).rules[0]!;
  plans.set(rule, known);
  return known;
}

/** The rule of the simulation that has this plan. */
export function windowRuleOf({ id, revision }: Pick<WindowRulePlan, 'id' | 'revision'>): ResolvedWindowRule {
  const known = byPlan.get(`${id} ${revision}`);
  if (known === undefined) throw new Error(`${id} is no rule of the simulation`);
  return known;
}
