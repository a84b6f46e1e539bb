import type { Range, WindowClause, WindowRuleItem } from '../tree/ast.js';
import type { MetricsExpression, MetricsNumber, MetricsTest } from '../tree/ast-query.js';
import { expandPipeline } from './expand.js';
import type { Scopes } from './scope.js';

/** An `always` or `never` over many traces with its lets replaced. */
export interface ExpandedWindowClause {
  readonly keyword: 'always' | 'never';
  /** The n-th of its keyword in the rule, from 1: `always#1`. */
  readonly index: number;
  readonly test: MetricsTest;
  readonly range: Range;
}

export interface ExpandedWindowRule {
  readonly when?: MetricsTest;
  readonly clauses: readonly ExpandedWindowClause[];
}

/** Replaces every let-name in a rule over many traces, as `expandRule` does. */
export function expandWindowRule(path: string, rule: WindowRuleItem, scopes: Scopes): ExpandedWindowRule {
  const expand = (test: MetricsTest): MetricsTest => ({
    ...test,
    series: expandMetrics(path, test.series, scopes),
  });
  const counts = { always: 0, never: 0 };
  const when = rule.clauses.find(({ kind }) => kind === 'when');
  return {
    ...(when === undefined ? {} : { when: expand(when.test) }),
    clauses: rule.clauses.filter(isJudged).map(({ kind, test, range }) => ({
      keyword: kind,
      index: ++counts[kind],
      test: expand(test),
      range,
    })),
  };
}

function isJudged(clause: WindowClause): clause is WindowClause & { readonly kind: 'always' | 'never' } {
  return clause.kind !== 'when';
}

function expandMetrics(path: string, expression: MetricsExpression, scopes: Scopes): MetricsExpression {
  if (expression.kind === 'selection')
    return { ...expression, pipeline: expandPipeline(path, expression.pipeline, scopes) };
  const side = (node: MetricsExpression | MetricsNumber): MetricsExpression | MetricsNumber =>
    node.kind === 'selection' || node.kind === 'operation' ? expandMetrics(path, node, scopes) : node;
  return { ...expression, left: side(expression.left), right: side(expression.right) };
}
