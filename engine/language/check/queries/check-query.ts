import type { Diagnostic } from '../../problems/diagnostic.js';
import { removeFix } from '../../problems/diagnostic.js';
import { collector } from '../../problems/report.js';
import { Suggestions } from '../../problems/spelling.js';
import type { Scopes } from '../../scope/scope.js';
import type { CaseRuleItem, Range, RuleItem, WindowRuleItem } from '../../tree/ast.js';
import type { Query } from '../../tree/ast-query.js';
import type { FieldCatalogue } from '../../tree/catalogue.js';
import { measure } from '../../tree/walk.js';
import type { ItemContext } from '../context.js';
import { KnownWorld } from '../known-world.js';
import { LetTable, MAX_DEPTH } from '../names/let-facts.js';
import { checkListUses } from '../names/list-uses.js';
import { deepExpression } from '../nesting.js';
import { Reads } from '../reads.js';
import { checkRule } from '../rules/check-rule.js';
import { checkWindowRule } from '../rules/check-window-rule.js';
import { checkUnmatched } from '../rules/window-labels.js';
import type { World } from '../world.js';
import { checkMetrics, checkViolationLabels, checkViolationMetrics } from './metrics.js';
import { checkQueryPipeline } from './query-pipeline.js';

export interface QueryCheckOptions {
  /** Attributes known from stored blocks: unknown ones are warned about. */
  readonly catalogue?: FieldCatalogue;
  /** The syntax errors of the query's text. */
  readonly syntax?: readonly Diagnostic[];
}

/**
 * Checks the meaning of a query; syntax errors are the parser's to report. Names of patterns and of bound spans are
 * errors, unless the query is a rule that binds them. Whether the rule of `violations of` exists is for the caller to
 * say, who has the rules.
 */
export function checkQuery(query: Query, options: QueryCheckOptions = {}): readonly Diagnostic[] {
  const { diagnostics, report } = collector();
  const { catalogue } = options;
  const errors = (options.syntax ?? []).filter(({ severity }) => severity === 'error');
  const scope = { path: QUERY_PATH, uses: [], lets: new Map(), lists: new Map() };
  const scopes: Scopes = new Map([[QUERY_PATH, scope]]);
  const world: World = {
    scopes,
    lets: new LetTable(scopes),
    rules: new Map(),
    tests: new Map(),
    items: new Map(),
    ...(catalogue === undefined ? {} : { catalogue }),
  };
  const known = new KnownWorld(world, new Reads(world));
  const suggestions = new Suggestions();
  const context: ItemContext = {
    world: known,
    path: QUERY_PATH,
    scope: known.scopeOf(QUERY_PATH),
    suggest: (word, candidates) => suggestions.suggest(word, candidates),
    report: (code, range, message, extra) => {
      if (range.start < range.end) report(code, range, message, extra);
    },
    broken: (range) => errors.some((error) => touches(error.range, range)),
    used: () => {},
  };
  if (measure(query).depth > MAX_DEPTH) {
    report('BT2019', query.range, 'This is nested too deeply to be checked.');
    return diagnostics;
  }
  const deep = deepExpression(query);
  if (deep) report('BT2019', deep, 'The operators of this expression are nested too deeply to be compiled.');
  checkKind(query, context);
  checkListUses(query, context);
  return [...diagnostics].sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end);
}

/** Queries are in no file; their rules need a path all the same. */
export const QUERY_PATH = '';

function checkKind(query: Query, context: ItemContext): void {
  switch (query.kind) {
    case 'search':
      checkQueryPipeline(query.pipeline, context);
      return;
    case 'metrics':
      checkMetrics(query.expression, context);
      checkUnmatched(query.expression, context.report);
      return;
    case 'rule':
      for (const { name, range } of query.settings)
        if (name.text === 'across')
          context.report('BT2700', name.range, 'A query that is a rule judges each trace by itself.', {
            fixes: [removeFix('Remove `across`', range)],
          });
      checkRule(asRule(query), context);
      return;
    case 'over rule':
      checkWindowRule(asRule(query), context);
      return;
    case 'violations':
      if (query.metrics !== undefined) checkViolationMetrics(query.metrics, context);
      if (query.by !== undefined) checkViolationLabels('by', query.by, context);
  }
}

/** The rule that a query is the body of. Its id takes the place of the first clause, where something is said of the whole. */
export function asRule(query: Extract<Query, { kind: 'rule' }>): CaseRuleItem;
export function asRule(query: Extract<Query, { kind: 'over rule' }>): WindowRuleItem;
export function asRule(query: Extract<Query, { kind: 'rule' | 'over rule' }>): RuleItem {
  const first = query.clauses[0]?.range ?? query.range;
  return { ...query, id: { text: 'query', range: first } };
}

function touches(a: Range, b: Range): boolean {
  return a.start <= b.end && a.end >= b.start;
}
