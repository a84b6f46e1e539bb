import type { Literal, Pipeline } from './ast.js';
import type { MetricsExpression, MetricsQuery, SearchQuery, ViolationsQuery } from './ast-query.js';
import type { GrammarBuilder, Nonterminal } from './grammar-builder.js';
import { addHints } from './grammar-hint.js';
import { nameOf } from './grammar-nodes.js';
import * as t from './grammar-terminals.js';
import { word } from './grammar-terminals.js';

/** TraceQL: a search or a metrics query, and hints to the engine that runs it. */
export function addTraceQuery(
  g: GrammarBuilder,
  pipeline: Nonterminal<Pipeline>,
  metrics: Nonterminal<MetricsExpression>,
  signedLiteral: Nonterminal<Literal>,
): Nonterminal<SearchQuery | MetricsQuery> {
  const query = g.nonterminal<SearchQuery | MetricsQuery>('query');
  const hints = addHints(g, signedLiteral);
  query.add([pipeline, hints], ([value, list], range) => ({
    kind: 'search',
    pipeline: value,
    hints: list,
    range,
  }));
  query.add([metrics, hints], ([expression, list], range) => ({
    kind: 'metrics',
    expression,
    hints: list,
    range,
  }));
  return query;
}

export function addViolationsQuery(g: GrammarBuilder): Nonterminal<ViolationsQuery> {
  const query = g.nonterminal<ViolationsQuery>('violations query');
  query.add([word('violations'), word('of'), t.RULE_ID], ([, , id], range) => ({
    kind: 'violations',
    rule: nameOf(id),
    range,
  }));
  return query;
}
