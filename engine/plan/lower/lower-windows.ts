import type { ResolvedRule, ResolvedWindowRule } from '../../language/link/resolved.js';
import { printMetricsTest } from '../../language/print/print-metrics.js';
import type { MetricsTest } from '../../language/tree/ast-query.js';
import { ofKind } from '../../shared/of-kind.js';
import { revisionOfOver } from '../revision.js';
import { labelsOf } from '../series-labels.js';
import { windowNeedsOf } from '../vacuity/window-needs.js';
import type { WindowPlan, WindowRulePlan, WindowTestPlan } from '../window-plan.js';
import { lowerNumber, MetricsLowering } from './lower-metrics.js';

/** One plan for all rules over many traces of a run. Disabled rules are left out. */
export function planWindowRules(rules: readonly ResolvedRule[]): WindowPlan {
  const lowering = new MetricsLowering();
  const enabled = ofKind(rules, 'window').filter(({ settings }) => settings.enabled);
  const plans = enabled.map((rule) => lowerRule(rule, lowering));
  const { predicates, selections, needs } = lowering.parts();
  return { version: 1, predicates, selections, rules: plans, needs };
}

function lowerRule(
  { item, expanded, settings }: ResolvedWindowRule,
  lowering: MetricsLowering,
): WindowRulePlan {
  const { when } = expanded;
  const plan = {
    settings,
    window: String(settings.overNs ?? 0n),
    every: String(settings.everyNs ?? settings.overNs ?? 0n),
    ...(when === undefined ? {} : { when: lowerTest(when, lowering) }),
    clauses: expanded.clauses.map(({ keyword, index, test }) => ({
      keyword,
      index,
      text: `${keyword} ${printMetricsTest(test)}`,
      test: lowerTest(test, lowering),
    })),
  };
  return {
    id: item.id.text,
    revision: revisionOfOver(plan, lowering.selections, lowering.predicates.all),
    ...plan,
    needs: windowNeedsOf(plan.clauses, lowering.selections, lowering.predicates.all),
  };
}

function lowerTest(test: MetricsTest, lowering: MetricsLowering): WindowTestPlan {
  const series = lowering.series(test.series);
  return {
    series,
    operator: test.operator,
    value: lowerNumber(test.value),
    labels: labelsOf(series, lowering.selections) ?? [],
    text: printMetricsTest(test),
  };
}
