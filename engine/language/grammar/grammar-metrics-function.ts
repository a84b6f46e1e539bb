import type { Field, Filter } from '../tree/ast.js';
import type { CompareFunction, FieldFunction, MetricsFunction } from '../tree/ast-query.js';
import { metricsFunctionsTaking } from '../words/metrics-words.js';
import { type GrammarBuilder, itemsOf, type Nonterminal } from './grammar-builder.js';
import { fractionOf, intOf } from './grammar-nodes.js';
import * as t from './grammar-terminals.js';
import { anyWord, op, word } from './grammar-terminals.js';

const FUNCTION_OF_FIELD = anyWord(
  'a metrics function',
  'metrics function',
  ...metricsFunctionsTaking('field'),
);

/** `rate()`, `quantile_over_time(duration, .9) by (…)`, …: what makes series of spans. */
export function addMetricsFunction(
  g: GrammarBuilder,
  field: Nonterminal<Field>,
  filter: Nonterminal<Filter>,
): Nonterminal<MetricsFunction> {
  const call = g.nonterminal<MetricsFunction>('metrics function');
  const by = addGrouping(g, field);
  for (const kind of metricsFunctionsTaking('nothing')) {
    call.add([word(kind, 'metrics function'), op('('), op(')'), by], ([, , , fields], range) => ({
      kind,
      by: fields,
      range,
    }));
  }
  call.add([FUNCTION_OF_FIELD, op('('), field, op(')'), by], ([name, , measured, , fields], range) => ({
    kind: name.text as FieldFunction['kind'],
    field: measured,
    by: fields,
    range,
  }));
  const fraction = g.nonterminal<ReturnType<typeof fractionOf>>('quantile');
  fraction.add([t.FRACTION], ([token]) => fractionOf(token));
  const quantiles = g.separated('quantiles', fraction, op(','));
  call.add(
    [word('quantile_over_time', 'metrics function'), op('('), field, op(','), quantiles, op(')'), by],
    ([, , measured, , list, , fields], range) => ({
      kind: 'quantile_over_time',
      field: measured,
      quantiles: itemsOf(list),
      by: fields,
      range,
    }),
  );
  g.either<MetricsFunction>(call, addCompare(g, filter));
  return call;
}

/** `by (…)` follows the function, where a pipeline has it as a stage of its own. */
function addGrouping(g: GrammarBuilder, field: Nonterminal<Field>): Nonterminal<readonly Field[]> {
  const by = g.nonterminal<readonly Field[]>('metrics grouping');
  by.add([], () => []);
  by.add(
    [word('by', 'function'), op('('), g.separated('metrics labels', field, op(',')), op(')')],
    ([, , list]) => itemsOf(list),
  );
  return by;
}

function addCompare(g: GrammarBuilder, filter: Nonterminal<Filter>): Nonterminal<CompareFunction> {
  const compare = g.nonterminal<CompareFunction>('compare function');
  const head = [word('compare', 'metrics function'), op('('), filter] as const;
  compare.add([...head, op(')')], ([, , selection], range) => ({ kind: 'compare', selection, range }));
  compare.add([...head, op(','), t.INT, op(')')], ([, , selection, , top], range) => ({
    kind: 'compare',
    selection,
    top: intOf(top),
    range,
  }));
  compare.add(
    [...head, op(','), t.INT, op(','), t.INT, op(','), t.INT, op(')')],
    ([, , selection, , top, , start, , end], range) => ({
      kind: 'compare',
      selection,
      top: intOf(top),
      start: intOf(start),
      end: intOf(end),
      range,
    }),
  );
  return compare;
}
