import type { Bound, PairRelation, Pattern, RelationTest, SequenceStep, SequenceTest } from '../tree/ast.js';
import { PAIR_RELATIONS, wordsOfRelation } from '../words/words.js';
import { type GrammarBuilder, itemsOf, type Nonterminal } from './grammar-builder.js';
import { durationOf } from './grammar-nodes.js';
import * as t from './grammar-terminals.js';
import { word } from './grammar-terminals.js';

/** `within 30s`, `at least 2s`, both in either order, or nothing. */
export function addBound(g: GrammarBuilder): Nonterminal<Bound> {
  const bound = g.nonterminal<Bound>('bound');
  const within = g.nonterminal<Bound>('within');
  const atLeast = g.nonterminal<Bound>('at least');
  within.add([word('within'), t.DURATION], ([, duration]) => ({ within: durationOf(duration) }));
  atLeast.add([word('at'), word('least'), t.DURATION], ([, , duration]) => ({
    atLeast: durationOf(duration),
  }));
  bound.add([], () => ({}));
  g.either(bound, within, atLeast);
  bound.add([within, atLeast], ([first, second]) => ({ ...first, ...second }));
  bound.add([atLeast, within], ([first, second]) => ({ ...first, ...second }));
  return bound;
}

export function addRelation(
  g: GrammarBuilder,
  pattern: Nonterminal<Pattern>,
  bound: Nonterminal<Bound>,
): Nonterminal<RelationTest> {
  const test = g.nonterminal<RelationTest>('relation test');
  const relation = g.nonterminal<PairRelation>('relation');
  for (const name of PAIR_RELATIONS) {
    relation.add(
      wordsOfRelation(name).map((text) => word(text)),
      () => name,
    );
  }
  test.add([pattern, relation, pattern, bound], ([left, name, reference, limits], range) => ({
    kind: 'relation',
    pattern: left,
    relation: name,
    references: [reference],
    bound: limits,
    range,
  }));
  // The first `and` after `between` belongs to it: a reference is a pattern, and no pattern holds an `and`.
  test.add(
    [pattern, word('between'), pattern, word('and'), pattern, bound],
    ([left, , from, , to, limits], range) => ({
      kind: 'relation',
      pattern: left,
      relation: 'between',
      references: [from, to],
      bound: limits,
      range,
    }),
  );
  return test;
}

export function addSequence(
  g: GrammarBuilder,
  pattern: Nonterminal<Pattern>,
  bound: Nonterminal<Bound>,
): Nonterminal<SequenceTest> {
  const test = g.nonterminal<SequenceTest>('sequence test');
  const step = g.nonterminal<SequenceStep>('step');
  const steps = g.nonterminal<readonly SequenceStep[]>('steps');
  const exclusion = g.nonterminal<Pattern>('exclusion');
  exclusion.add([word('then'), word('not'), pattern], ([, , value]) => value);
  const without = g.many('exclusions', exclusion);
  step.add([without, word('then'), pattern], ([excluded, , value], range) => ({
    link: 'then',
    without: itemsOf(excluded),
    pattern: value,
    range,
  }));
  step.add([without, word('then'), word('starts'), pattern], ([excluded, , , value], range) => ({
    link: 'then starts',
    without: itemsOf(excluded),
    pattern: value,
    range,
  }));
  steps.add([step], ([first]) => [first]);
  steps.add([steps, step], ([list, next]) => [...list, next]);
  test.add([pattern, steps, bound], ([first, rest, limits], range) => ({
    kind: 'sequence',
    steps: [{ link: 'first', without: [], pattern: first, range: first.range }, ...rest],
    bound: limits,
    range,
  }));
  return test;
}
