/** The cases of a rule as SQL: candidates for which the rest of its `when` holds. */
import { readsOnlyOwn, rises } from '../../../plan/classify.js';
import type { ConditionPlan, Plan, RulePlan } from '../../../plan/plan.js';
import { TRACE_HITS } from '../../tables.js';
import { allBut, allRenamed } from '../../text/operations.js';
import { EMPTY, FALSE, join, name, type Sql, sql } from '../../text/sql.js';
import { compileCondition } from '../condition/condition.js';
import type { ConditionContext } from '../condition/condition-context.js';
import { hitTest } from '../condition/hits.js';
import { Tests } from '../condition/open.js';
import type { Ctes } from '../ctes.js';
import { CASE_ALIAS, TRACE_DOMAIN } from '../domain.js';
import { compilePattern } from '../spanset/spanset.js';
import { bindingColumn, bindingPrefixes, caseColumns } from './cases.js';
import { type FlowOfRule, flowCandidates, flowOf } from './flow-cases.js';

export function casesOf(
  rule: RulePlan,
  ctes: Ctes,
  { predicates }: Pick<Plan, 'predicates'>,
): ConditionContext {
  const { when } = rule;
  const asked = when === undefined ? [] : when.kind === 'and' ? when.operands : [when];
  const flow = flowOf(rule, ctes);
  if (flow !== undefined) {
    const candidates = flowCandidates(rule, flow, ctes);
    const context = contextOf(rule, candidates, ctes, 0n, flow);
    const cases = ctes.add('cases', flowRestSql(rule, asked, predicates, context), { once: true });
    return contextOf(rule, cases, ctes, rule.settings.skewNs, flow);
  }
  const hits = new Map(asked.map((conditionPlan) => [conditionPlan, hitOf(rule, conditionPlan, ctes)]));
  const candidates = ctes.add(
    'candidates',
    rule.bindings.length > 0
      ? boundCandidatesSql(rule, ctes)
      : traceCandidatesSql([...hits.values()].filter((hit) => hit !== undefined)),
  );
  const rest = asked.filter((conditionPlan) => hits.get(conditionPlan) === undefined);
  const cases = rest.length === 0 ? candidates : ctes.add('cases', restSql(rule, rest, candidates, ctes));
  return contextOf(rule, cases, ctes, rule.settings.skewNs);
}

function hitOf(rule: RulePlan, asked: ConditionPlan, ctes: Ctes): Sql | undefined {
  if (rule.bindings.length > 0 || asked.kind !== 'exists') return undefined;
  return hitTest(asked.pattern.stages, ctes);
}

/** A candidate is a trace … */
function traceCandidatesSql(hits: readonly Sql[]): Sql {
  const where = hits.length === 0 ? EMPTY : sql` WHERE ${join(hits, ' AND ')}`;
  return sql`SELECT trace AS id, ${allRenamed([['start_ns', 'time_ns']])} FROM ${TRACE_HITS} ${CASE_ALIAS}${where}`;
}

/** … or a trace with one choice of bound spans. */
function boundCandidatesSql(rule: RulePlan, ctes: Ctes): Sql {
  const kept = caseColumns(rule, ctes.columns);
  const sets = rule.bindings.map(({ pattern }) => compilePattern(pattern, { domain: TRACE_DOMAIN, ctes }));
  const selected = rule.bindings.flatMap((binding, n) =>
    kept.map(
      (column) => sql`b${n}.${name(column)} AS ${name(`${bindingColumn(binding.name, n)}__${column}`)}`,
    ),
  );
  // The database may make the candidates anew for each part of a statement that reads them, in another order.
  const inOrder = join(
    sets.map((_, n) => sql`b${n}.row`),
    ', ',
  );
  const id = rule.bindings.length === 1 ? sql`b0.row` : sql`row_number() OVER (ORDER BY ${inOrder})`;
  const joins = sets.map((set, n) =>
    n === 0 ? sql`${set.wide} b0` : sql`JOIN ${set.wide} b${n} ON b${n}.trace = b0.trace`,
  );
  return sql`SELECT ${join([sql`${id} AS id`, sql`b0.trace AS trace`, sql`b0.start_ns AS time_ns`, ...selected], ', ')} FROM ${join(joins, ' ')}`;
}

function restSql(rule: RulePlan, rest: readonly ConditionPlan[], candidates: Sql, ctes: Ctes): Sql {
  const context = contextOf(rule, candidates, ctes, 0n);
  const holds = rest.map((condition) => compileCondition(condition, 'when', context));
  return sql`SELECT ${CASE_ALIAS}.* FROM ${candidates} ${CASE_ALIAS} ${join(context.joins, ' ')} WHERE ${join(holds, ' AND ')}`;
}

/** Whether more spans may keep a span from being bound: its pattern reads what they change, or counts them. */
function bindingsMayGo({ bindings }: RulePlan, predicates: Plan['predicates']): boolean {
  return bindings.some(({ pattern }) => {
    const exists = { kind: 'exists', pattern } as const;
    return !readsOnlyOwn(exists, predicates) || !rises(exists);
  });
}

/** Of a flow, whether the rest of `when` may come not to hold is known of each case. */
function flowRestSql(
  rule: RulePlan,
  rest: readonly ConditionPlan[],
  predicates: Plan['predicates'],
  context: ConditionContext,
): Sql {
  const { ctes } = context;
  const candidates = context.domain.cases;
  const tests = new Tests(context, predicates, ctes.flows?.endNs);
  const all = rest.map((condition) => tests.decide(condition, 'when'));
  const unbound = bindingsMayGo(rule, predicates) ? sql`is_open` : FALSE;
  const due = ctes.flows?.watched === undefined ? EMPTY : sql`, ${tests.nextLast()} AS when_due_ns`;
  if (all.length === 0) return sql`SELECT *, ${unbound} AS may_not_apply${due} FROM ${candidates}`;
  const open = join([unbound, ...all.map((decided) => decided.open)], ' OR ');
  const holds = join(
    all.map((decided) => decided.holds),
    ' AND ',
  );
  const columns = [sql`${CASE_ALIAS}.*`, ...tests.columns];
  const tested = sql`SELECT ${join(columns, ', ')} FROM ${candidates} ${CASE_ALIAS} ${join(context.joins, ' ')}`;
  return sql`SELECT ${allBut(tests.names)}, (${open}) AS may_not_apply${due} FROM (${tested}) WHERE ${holds}`;
}

export function contextOf(
  rule: RulePlan,
  cases: Sql,
  ctes: Ctes,
  skewNs: bigint,
  flow?: FlowOfRule,
): ConditionContext {
  const hits = rule.bindings.length === 0 && flow === undefined;
  return {
    ctes,
    domain: {
      kind: 'case',
      cases,
      bound: bindingPrefixes(rule),
      hits,
      ...(flow === undefined ? {} : { flowSpans: flow.spans }),
    },
    skewNs,
    joins: [],
    witnesses: [],
  };
}
