import type { Token } from '../text/tokens.js';
import type {
  ByStage,
  CoalesceStage,
  Field,
  FieldExpression,
  Filter,
  Pipeline,
  Range,
  SelectStage,
  SpansetExpression,
  SpansetOperator,
  SpansetStage,
  Stage,
} from '../tree/ast.js';
import { addAggregateStage } from './grammar-aggregate.js';
import { type GrammarBuilder, itemsOf, type Nonterminal } from './grammar-builder.js';
import type { ExpressionSymbols } from './grammar-expression.js';
import { fieldOf, nameOf, rangeOf } from './grammar-nodes.js';
import * as t from './grammar-terminals.js';
import { op, word } from './grammar-terminals.js';

/** TraceQL pipelines: spansets joined by operators, then stages behind `|`. */
export function addPipeline(
  g: GrammarBuilder,
  { expression, value }: ExpressionSymbols,
  filter: Nonterminal<Filter>,
  field: Nonterminal<Field>,
): Nonterminal<Pipeline> {
  const pipeline = g.nonterminal<Pipeline>('pipeline');
  const stages = g.nonterminal<readonly Stage[]>('stages');
  const first = g.nonterminal<Stage>('first stage');
  const later = g.nonterminal<Stage>('later stage');
  const spansets = g.nonterminal<SpansetExpression>('spansets');
  const structure = g.nonterminal<SpansetExpression>('structure');
  const spanset = g.nonterminal<SpansetExpression>('spanset');
  const build = (
    [left, operator, right]: readonly [SpansetExpression, Token, SpansetExpression],
    range: Range,
  ) => ({ kind: 'operation', operator: operator.text as SpansetOperator, left, right, range }) as const;

  pipeline.add([stages], ([list], range) => ({ stages: list, range }));
  stages.add([first], ([stage]) => [stage]);
  stages.add([stages, op('|'), later], ([list, , stage]) => [...list, stage]);

  first.add([spansets], ([value], range): SpansetStage => ({ kind: 'spanset', expression: value, range }));
  g.either<Stage>(first, addBy(g, expression), addSelect(g, field), addAggregateStage(g, expression));
  g.either(later, first);
  later.add(
    [word('coalesce', 'function'), op('('), op(')')],
    (_, range): CoalesceStage => ({ kind: 'coalesce', range }),
  );

  g.either(spansets, structure);
  spansets.add([spansets, t.LOGIC_OPERATOR, structure], build);
  g.either(structure, spanset);
  structure.add([structure, t.STRUCTURE_OPERATOR, spanset], build);
  g.either<SpansetExpression>(spanset, filter);
  spanset.add([t.PATTERN_NAME], ([token]) => ({ kind: 'name', name: nameOf(token), range: rangeOf(token) }));
  const values = g.separated('arguments', value, op(','));
  spanset.add([t.CALLED_PATTERN, op('('), values, op(')')], ([token, , given], range) => ({
    kind: 'name',
    name: nameOf(token),
    arguments: itemsOf(given),
    range,
  }));
  spanset.add([op('('), pipeline, op(')')], ([, inner], range) => ({
    kind: 'group',
    pipeline: inner,
    range,
  }));
  return pipeline;
}

/** `{ … }`. */
export function addFilter(g: GrammarBuilder, expression: Nonterminal<FieldExpression>): Nonterminal<Filter> {
  const filter = g.nonterminal<Filter>('filter');
  filter.add([op('{'), op('}')], (_, range) => ({ kind: 'filter', range }));
  filter.add([op('{'), expression, op('}')], ([, inner], range) => ({
    kind: 'filter',
    expression: inner,
    range,
  }));
  return filter;
}

function addBy(g: GrammarBuilder, expression: Nonterminal<FieldExpression>): Nonterminal<ByStage> {
  const by = g.nonterminal<ByStage>('by');
  const list = g.separated('by expressions', expression, op(','));
  by.add([word('by', 'function'), op('('), list, op(')')], ([, , expressions], range) => ({
    kind: 'by',
    expressions: itemsOf(expressions),
    range,
  }));
  return by;
}

/** A field where no expression can be. */
export function addField(g: GrammarBuilder): Nonterminal<Field> {
  const field = g.nonterminal<Field>('field');
  field.add([t.FIELD], ([token]) => fieldOf(token));
  return field;
}

function addSelect(g: GrammarBuilder, field: Nonterminal<Field>): Nonterminal<SelectStage> {
  const select = g.nonterminal<SelectStage>('select');
  const list = g.separated('selected fields', field, op(','));
  select.add([word('select', 'function'), op('('), list, op(')')], ([, , fields], range) => ({
    kind: 'select',
    fields: itemsOf(fields),
    range,
  }));
  return select;
}
