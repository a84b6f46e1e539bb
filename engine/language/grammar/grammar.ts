import nearley from 'nearley';
import type { Token } from '../text/tokens.js';
import type {
  Clause,
  Condition,
  LetItem,
  ListItem,
  Setting,
  TestItem,
  UseItem,
  WindowClause,
} from '../tree/ast.js';
import type { MetricsQuery, SearchQuery, ViolationsQuery } from '../tree/ast-query.js';
import { GrammarBuilder, type Nonterminal } from './grammar-builder.js';
import { addCondition } from './grammar-condition.js';
import { addExpression, addSignedLiteral } from './grammar-expression.js';
import {
  addClause,
  addLet,
  addList,
  addRuleHead,
  addSetting,
  addUse,
  addWindowClause,
} from './grammar-file.js';
import { addMetrics } from './grammar-metrics.js';
import { addMetricsFunction } from './grammar-metrics-function.js';
import { addTraceQuery, addViolationsQuery } from './grammar-query.js';
import { addField, addFilter, addPipeline } from './grammar-spanset.js';
import { addTest } from './grammar-test.js';

/** The parts that texts are parsed by, and what each yields. */
export interface PartResults {
  readonly use: UseItem;
  readonly let: LetItem | ListItem;
  readonly test: TestItem;
  readonly 'rule head': Token;
  readonly setting: Setting;
  readonly clause: Clause;
  readonly 'over clause': WindowClause;
  readonly condition: Condition;
  readonly query: SearchQuery | MetricsQuery;
  readonly violations: ViolationsQuery;
}
export type PartName = keyof PartResults;

type Starts = { readonly [P in PartName]: Nonterminal<PartResults[P]> };

function buildStarts(g: GrammarBuilder): Starts {
  const signedLiteral = addSignedLiteral(g);
  const symbols = addExpression(g, signedLiteral);
  const { expression } = symbols;
  const filter = addFilter(g, expression);
  const field = addField(g);
  const pipeline = addPipeline(g, symbols, filter, field);
  const condition = addCondition(g, pipeline, expression);
  const list = addList(g, signedLiteral);
  const metrics = addMetrics(g, pipeline, addMetricsFunction(g, field, filter), field);
  return {
    use: addUse(g),
    let: addLet(g, pipeline, signedLiteral),
    test: addTest(g, signedLiteral, list),
    'rule head': addRuleHead(g),
    setting: addSetting(g, signedLiteral, list, field),
    clause: addClause(g, condition),
    'over clause': addWindowClause(g, metrics),
    condition,
    query: addTraceQuery(g, pipeline, metrics.expression, signedLiteral),
    violations: addViolationsQuery(g, field, metrics.steps),
  };
}

let built: { readonly rules: readonly nearley.ParserRule[]; readonly starts: Starts } | undefined;
const grammars = new Map<PartName, nearley.Grammar>();

/** The grammar of one part. Built on first use, since loading the language should cost nothing. */
export function grammarOf(part: PartName): nearley.Grammar {
  const known = grammars.get(part);
  if (known !== undefined) return known;
  if (built === undefined) {
    const builder = new GrammarBuilder();
    const starts = buildStarts(builder);
    built = { rules: builder.rules, starts };
  }
  const { rules, starts } = built;
  const grammar = nearley.Grammar.fromCompiled({ ParserRules: [...rules], ParserStart: starts[part].name });
  grammars.set(part, grammar);
  return grammar;
}
