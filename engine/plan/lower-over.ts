import type { MetricsTest } from '../language/ast-query.js';
import { printMetricsTest } from '../language/print-metrics.js';
import type { ResolvedOverRule } from '../language/workspace.js';
import { withAbsentSeries } from './absent-series.js';
import { lowerNumber, MetricsLowering } from './lower-metrics.js';
import type { NumberPlan, SelectionPlan, SeriesPlan } from './metrics-plan.js';
import type { OverPlan, OverRulePlan, OverTestPlan } from './over-plan.js';
import { revisionOfOver } from './revision.js';
import { overNeedsOf } from './vacuity/over-needs.js';

/** One plan for all rules over many traces of a run. Disabled rules are left out. */
export function planOverRules(rules: readonly ResolvedOverRule[]): OverPlan {
  const lowering = new MetricsLowering();
  const enabled = rules.filter(({ settings }) => settings.enabled);
  const plans = enabled.map((rule) => lowerRule(rule, lowering));
  const { predicates, selections, needs } = lowering.parts();
  return { version: 1, predicates, selections, rules: plans, needs };
}

function lowerRule({ item, expanded, settings }: ResolvedOverRule, lowering: MetricsLowering): OverRulePlan {
  const { when } = expanded;
  const plan = {
    settings,
    window: String(settings.overNs ?? 0n),
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
    needs: overNeedsOf(plan.clauses, lowering.selections, lowering.predicates.all),
  };
}

function lowerTest(test: MetricsTest, lowering: MetricsLowering): OverTestPlan {
  const series = withAbsentSeries(lowering.series(test.series), lowering.selections);
  return {
    series,
    operator: test.operator,
    value: lowerNumber(test.value),
    labels: labelsOf(series, lowering.selections) ?? [],
    text: printMetricsTest(test),
  };
}

/** The labels that a result is told apart by; nothing for a number, which takes those of the other side. */
function labelsOf(
  series: SeriesPlan | NumberPlan,
  selections: readonly SelectionPlan[],
): readonly string[] | undefined {
  switch (series.kind) {
    case 'number':
      return undefined;
    case 'selection':
      return (selections[series.selection]?.by ?? []).map(({ name }) => name);
    case 'operation': {
      const left = labelsOf(series.left, selections);
      const right = labelsOf(series.right, selections);
      if (left === undefined || left.length === 0) return right ?? left;
      return left;
    }
  }
}
