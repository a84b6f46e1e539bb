import type { Field, Literal, Pipeline } from '../tree/ast.js';
import {
  type MetricsExpression,
  type MetricsQuery,
  type MetricsStep,
  type SearchQuery,
  VIOLATION_FACTS,
  type ViolationFact,
  type ViolationLabel,
  type ViolationMetrics,
  type ViolationsQuery,
} from '../tree/ast-query.js';
import { metricsFunctionsTaking } from '../words/metrics-words.js';
import { type Chain, type GrammarBuilder, itemsOf, type Nonterminal } from './grammar-builder.js';
import { addHints } from './grammar-hint.js';
import { nameOf } from './grammar-nodes.js';
import * as t from './grammar-terminals.js';
import { anyWord, op, word } from './grammar-terminals.js';

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

export function addViolationsQuery(
  g: GrammarBuilder,
  field: Nonterminal<Field>,
  steps: Nonterminal<Chain<MetricsStep>>,
): Nonterminal<ViolationsQuery> {
  const query = g.nonterminal<ViolationsQuery>('violations query');
  const head = [word('violations'), word('of'), t.RULE_ID] as const;
  query.add([...head], ([, , id], range) => ({ kind: 'violations', rule: nameOf(id), range }));
  const grouping = addViolationGrouping(g, field);
  query.add([...head, op('|'), grouping], ([, , id, , by], range) => ({
    kind: 'violations',
    rule: nameOf(id),
    by,
    range,
  }));
  const metrics = addViolationMetrics(g, grouping, steps);
  query.add([...head, op('|'), metrics], ([, , id, , counted], range) => ({
    kind: 'violations',
    rule: nameOf(id),
    metrics: counted,
    range,
  }));
  return query;
}

/** `by (clause, resource.service.version)` */
function addViolationGrouping(
  g: GrammarBuilder,
  field: Nonterminal<Field>,
): Nonterminal<readonly ViolationLabel[]> {
  const label = g.nonterminal<ViolationLabel>('violation label');
  g.either<ViolationLabel>(label, field);
  label.add([FACT], ([name], range) => ({ kind: 'fact', name: name.text as ViolationFact, range }));
  const by = g.nonterminal<readonly ViolationLabel[]>('violation grouping');
  by.add(
    [word('by', 'function'), op('('), g.separated('violation labels', label, op(',')), op(')')],
    ([, , list]) => itemsOf(list),
  );
  return by;
}

function addViolationMetrics(
  g: GrammarBuilder,
  grouping: Nonterminal<readonly ViolationLabel[]>,
  steps: Nonterminal<Chain<MetricsStep>>,
): Nonterminal<ViolationMetrics> {
  const by = g.nonterminal<readonly ViolationLabel[]>('optional violation grouping');
  by.add([], () => []);
  by.add([grouping], ([labels]) => labels);
  const metrics = g.nonterminal<ViolationMetrics>('violation metrics');
  for (const kind of metricsFunctionsTaking('nothing'))
    metrics.add(
      [word(kind, 'metrics function'), op('('), op(')'), by, steps],
      ([, , , labels, chain], range) => ({ kind, by: labels, steps: itemsOf(chain), range }),
    );
  return metrics;
}

const FACT = anyWord('a label', 'field', ...VIOLATION_FACTS);
