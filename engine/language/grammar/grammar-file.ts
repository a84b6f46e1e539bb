import type { Token } from '../text/tokens.js';
import type {
  Clause,
  ClauseKeyword,
  Condition,
  Field,
  FlowKey,
  LetItem,
  ListItem,
  ListValue,
  Literal,
  Name,
  Pipeline,
  Setting,
  SettingValue,
  UseItem,
  WindowClause,
} from '../tree/ast.js';
import type { MetricsTest, NumberComparison } from '../tree/ast-query.js';
import { keywordsFor } from '../words/words.js';
import { type GrammarBuilder, itemsOf, type Nonterminal } from './grammar-builder.js';
import type { MetricsSymbols } from './grammar-metrics.js';
import { durationOf, literalOf, nameOf, rangeOf, stringOf } from './grammar-nodes.js';
import * as t from './grammar-terminals.js';
import { anyWord, op, word } from './grammar-terminals.js';

/** `["a", "b"]`, as the value of a setting or of an attribute in a test. */
export function addList(g: GrammarBuilder, signedLiteral: Nonterminal<Literal>): Nonterminal<ListValue> {
  const list = g.nonterminal<ListValue>('list');
  const items = g.separated('list items', signedLiteral, op(','));
  list.add([op('['), op(']')], (_, range) => ({ kind: 'list', items: [], range }));
  list.add([op('['), items, op(']')], ([, values], range) => ({
    kind: 'list',
    items: itemsOf(values),
    range,
  }));
  return list;
}

export function addUse(g: GrammarBuilder): Nonterminal<UseItem> {
  const use = g.nonterminal<UseItem>('use');
  use.add([word('use'), t.STRING], ([, path], range) => ({ kind: 'use', path: stringOf(path), range }));
  return use;
}

/** What a `let` gives a name to. */
type LetValue = Pick<LetItem, 'kind' | 'parameters' | 'value'> | Pick<ListItem, 'kind' | 'values'>;

export function addLet(
  g: GrammarBuilder,
  pipeline: Nonterminal<Pipeline>,
  signedLiteral: Nonterminal<Literal>,
): Nonterminal<LetItem | ListItem> {
  const item = g.nonterminal<LetItem | ListItem>('let');
  const value = addLetValue(g, pipeline, signedLiteral);
  item.add([word('let'), t.NEW_NAME, value], ([, name, given], range) => ({
    ...given,
    exported: false,
    name: nameOf(name),
    range,
  }));
  item.add([word('export'), word('let'), t.NEW_NAME, value], ([, , name, given], range) => ({
    ...given,
    exported: true,
    name: nameOf(name),
    range,
  }));
  return item;
}

function addLetValue(
  g: GrammarBuilder,
  pipeline: Nonterminal<Pipeline>,
  signedLiteral: Nonterminal<Literal>,
): Nonterminal<LetValue> {
  const value = g.nonterminal<LetValue>('let value');
  value.add([op('='), pipeline], ([, pattern]) => ({ kind: 'let', value: pattern }));
  const parameter = g.nonterminal<Name>('new parameter');
  parameter.add([t.NEW_NAME], ([token]) => nameOf(token));
  const parameters = g.separated('new parameters', parameter, op(','));
  value.add([op('('), parameters, op(')'), op('='), pipeline], ([, names, , , pattern]) => ({
    kind: 'let',
    parameters: itemsOf(names),
    value: pattern,
  }));
  const items = g.separated('list values', signedLiteral, op(','));
  value.add([op('='), op('('), items, op(')')], ([, , values]) => ({
    kind: 'list',
    values: itemsOf(values),
  }));
  value.add([op('='), word('list'), word('from'), t.STRING], ([, list, , path]) => ({
    kind: 'list',
    values: { kind: 'file', path: stringOf(path), range: { start: list.start, end: path.end } },
  }));
  return value;
}

/** The start of a rule, up to its `{`. The parser takes bodies apart, so that one bad clause does not cost the rest. */
export function addRuleHead(g: GrammarBuilder): Nonterminal<Token> {
  const head = g.nonterminal<Token>('rule head');
  head.add([word('rule'), t.RULE_ID, op('{')], ([, id]) => id);
  return head;
}

export function addSetting(
  g: GrammarBuilder,
  signedLiteral: Nonterminal<Literal>,
  list: Nonterminal<ListValue>,
  field: Nonterminal<Field>,
): Nonterminal<Setting> {
  const setting = g.nonterminal<Setting>('setting');
  const value = g.nonterminal<SettingValue>('setting value');
  g.either<SettingValue>(value, signedLiteral, list);
  value.add([t.NIL], ([token]) => literalOf(token));
  value.add([t.SETTING_WORD], ([token]) => ({ kind: 'word', text: token.text, range: rangeOf(token) }));
  setting.add([t.SETTING_NAME, op('='), value], ([name, , set], range) => ({
    kind: 'setting',
    name: nameOf(name),
    value: set,
    range,
  }));
  setting.add([word('closes'), word('after'), t.DURATION], ([first, second, duration], range) => ({
    kind: 'setting',
    name: { text: 'closes after', range: { start: first.start, end: second.end } },
    value: durationOf(duration),
    range,
  }));
  setting.add([word('over'), t.DURATION], ([first, duration], range) => ({
    kind: 'setting',
    name: nameOf(first),
    value: durationOf(duration),
    range,
  }));
  setting.add([word('over'), t.DURATION, word('every'), t.DURATION], ([first, duration, , step], range) => ({
    kind: 'setting',
    name: nameOf(first),
    value: durationOf(duration),
    every: durationOf(step),
    range,
  }));
  setting.add([word('across'), addFlowKey(g, field)], ([first, key], range) => ({
    kind: 'setting',
    name: nameOf(first),
    value: key,
    range,
  }));
  setting.add([word('on'), word('partial'), t.SETTING_WORD], ([first, second, choice], range) => ({
    kind: 'setting',
    name: { text: 'on partial', range: { start: first.start, end: second.end } },
    value: { kind: 'word', text: choice.text, range: rangeOf(choice) },
    range,
  }));
  return setting;
}

/** What follows `across`. That `within` is missing is said by the checker, which knows what to put there. */
function addFlowKey(g: GrammarBuilder, field: Nonterminal<Field>): Nonterminal<FlowKey> {
  const key = g.nonterminal<FlowKey>('flow key');
  const fields = g.nonterminal<readonly Field[]>('key fields');
  const list = g.separated('several key fields', field, op(','));
  fields.add([field], ([field]) => [field]);
  fields.add([op('('), list, op(')')], ([, several]) => itemsOf(several));
  fields.add([word('links')], () => []);
  key.add([fields], ([named], range) => ({ kind: 'flow key', fields: named, range }));
  key.add([fields, word('within'), t.DURATION], ([named, , duration], range) => ({
    kind: 'flow key',
    fields: named,
    within: durationOf(duration),
    range,
  }));
  return key;
}

const CLAUSE = anyWord('a clause', 'keyword', ...keywordsFor('clause'));

export function addClause(g: GrammarBuilder, condition: Nonterminal<Condition>): Nonterminal<Clause> {
  const clause = g.nonterminal<Clause>('clause');
  clause.add([CLAUSE, condition], ([keyword, value], range) => ({
    kind: keyword.text as ClauseKeyword,
    condition: value,
    range,
  }));
  return clause;
}

/** A clause of a rule over many traces. */
export function addWindowClause(
  g: GrammarBuilder,
  { expression, number }: MetricsSymbols,
): Nonterminal<WindowClause> {
  const clause = g.nonterminal<WindowClause>('over clause');
  const test = g.nonterminal<MetricsTest>('metrics test');
  test.add([expression, t.NUMBER_COMPARISON, number], ([series, operator, value], range) => ({
    series,
    operator: operator.text as NumberComparison,
    value,
    range,
  }));
  clause.add([CLAUSE, test], ([keyword, value], range) => ({
    kind: keyword.text as ClauseKeyword,
    test: value,
    range,
  }));
  return clause;
}
