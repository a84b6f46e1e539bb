import nearley from 'nearley';
import type { Clause, Condition, LetItem, Pipeline, Setting, TestItem, UseItem } from './ast.js';
import { GrammarBuilder, type Nonterminal } from './grammar-builder.js';
import { addCondition } from './grammar-condition.js';
import { addExpression, addSignedLiteral } from './grammar-expression.js';
import { addClause, addLet, addList, addRuleHead, addSetting, addUse } from './grammar-file.js';
import { addHints, type Hint } from './grammar-hint.js';
import { addPipeline } from './grammar-spanset.js';
import { addTest } from './grammar-test.js';
import type { Token } from './tokens.js';

/** The parts that texts are parsed by, and what each yields. */
export interface PartResults {
  readonly use: UseItem;
  readonly let: LetItem;
  readonly test: TestItem;
  readonly 'rule head': Token;
  readonly setting: Setting;
  readonly clause: Clause;
  readonly condition: Condition;
  readonly query: Query;
}
export type PartName = keyof PartResults;

/** A TraceQL search query: a pipeline and hints to the engine that runs it. */
export interface Query {
  readonly pipeline: Pipeline;
  readonly hints: readonly Hint[];
}

function buildGrammars(): { readonly [P in PartName]: nearley.Grammar } {
  const g = new GrammarBuilder();
  const signedLiteral = addSignedLiteral(g);
  const expression = addExpression(g, signedLiteral);
  const pipeline = addPipeline(g, expression);
  const condition = addCondition(g, pipeline, expression);
  const list = addList(g, signedLiteral);
  const query = g.nonterminal<Query>('query');
  query.add([pipeline, addHints(g, signedLiteral)], ([value, hints]) => ({ pipeline: value, hints }));
  const starts: { readonly [P in PartName]: Nonterminal<PartResults[P]> } = {
    use: addUse(g),
    let: addLet(g, pipeline),
    test: addTest(g, signedLiteral, list),
    'rule head': addRuleHead(g),
    setting: addSetting(g, signedLiteral, list),
    clause: addClause(g, condition),
    condition,
    query,
  };
  const grammar = ({ name }: Nonterminal<unknown>) =>
    nearley.Grammar.fromCompiled({ ParserRules: g.rules, ParserStart: name });
  return {
    use: grammar(starts.use),
    let: grammar(starts.let),
    test: grammar(starts.test),
    'rule head': grammar(starts['rule head']),
    setting: grammar(starts.setting),
    clause: grammar(starts.clause),
    condition: grammar(starts.condition),
    query: grammar(starts.query),
  };
}

let grammars: { readonly [P in PartName]: nearley.Grammar } | undefined;

/** The grammar of one part. Built on first use, since loading the language should cost nothing. */
export function grammarOf(part: PartName): nearley.Grammar {
  grammars ??= buildGrammars();
  return grammars[part];
}
