import { readsOnlyOwn, rises } from '../../plan/classify.js';
import type { ClausePlan, ConditionPlan, Plan, RulePlan } from '../../plan/plan.js';
import { VERDICT } from '../../verdicts/verdict.js';
import { RULE_CASES, RULE_DECIDED, TRACE_HITS, TRACES, VERDICTS } from '../tables.js';
import {
  allBut,
  allRenamed,
  anyValue,
  cast,
  emptyTable,
  int,
  isIn,
  list,
  tableAs,
} from '../text/operations.js';
import { EMPTY, FALSE, join, name, names, type Sql, sql } from '../text/sql.js';
import { bindingColumn, bindingPrefixes, caseColumns } from './cases.js';
import { compileCondition } from './condition.js';
import type { ConditionContext } from './condition-context.js';
import { Ctes } from './ctes.js';
import { CASE_ALIAS, TRACE_DOMAIN } from './domain.js';
import { type FlowOfRule, flowCandidates, flowOf } from './flow-cases.js';
import { hitTest } from './hits.js';
import { Tests } from './open.js';
import type { Relations, WatchedFlows } from './relations.js';
import { compilePattern } from './spanset.js';

/**
 * The verdicts of all rules. A case that did not pass has a row: `rule` (its index in the plan), `id` (unique in the rule),
 * `trace`, `time_ns`, `verdict`, `clause` (the index in `RulePlan.clauses` of the clause that decided it) and `bound`, the
 * rows of its bound spans. Cases that passed are only counted, unless each is asked for: a row for each bucket of time, or each
 * trace, with their number in `cases` (1 in the other rows).
 */
export function verdictsTable({ flows }: Relations): Sql {
  return emptyTable(
    VERDICTS,
    [
      ['rule', 'int32'],
      ['id', 'int64'],
      ['trace', 'int64'],
      ['time_ns', 'int64'],
      ['verdict', 'int8'],
      ['clause', 'int32'],
      ['bound', 'int64[]'],
      ['cases', 'int64'],
      ...(flows?.watched === undefined ? [] : WATCHED_COLUMNS),
    ],
    { replace: true },
  );
}

/**
 * Of flows that are watched every case has a row, also one that passed; `cases` is 0 where it is not to be counted. `first_ns` and `last_ns`:
 * between which spans start that it may depend on; `due_ns`: when it is to be judged again, null for never.
 */
const WATCHED_COLUMNS = [
  ['first_ns', 'int64'],
  ['last_ns', 'int64'],
  ['due_ns', 'int64'],
] as const;

/** Whether a row of `VERDICTS` is of one of the rules, by index. */
export function isOneOf(rules: readonly number[]): Sql {
  return isIn(cast(list(rules.map((rule) => sql`${rule}`)), 'int32[]'), sql`rule`);
}

/** Where patterns cannot depend on cases yet. */

/**
 * Requirements judged by one statement. Each brings joins: DuckDB plans them in time that grows with the square of their number and
 * more, and needs memory for all at once.
 */
const JUDGED_TOGETHER = 16;

/** A clause, or a part of one that decides it alone. */
interface Requirement {
  /** Index of the clause. */
  readonly clause: number;
  readonly keyword: ClausePlan['keyword'];
  readonly condition: ConditionPlan;
}

function wholeClauses({ clauses }: RulePlan): readonly Requirement[] {
  return clauses.map(({ keyword, condition }, clause) => ({ clause, keyword, condition }));
}

/** `always A and B` fails where A or where B fails, `never A or B` where either holds: each can be judged by itself. */
function requirementsOf(rule: RulePlan): readonly Requirement[] {
  const split = (requirement: Requirement): readonly Requirement[] => {
    const { keyword, condition } = requirement;
    if (condition.kind !== (keyword === 'always' ? 'and' : 'or')) return [requirement];
    return condition.operands.flatMap((operand) => split({ ...requirement, condition: operand }));
  };
  return wholeClauses(rule).flatMap(split);
}

/**
 * What is to run before `verdictsSql` of a rule that requires more than one statement can judge well, none for others: the cases
 * become a table, and some requirements after the other are judged on them.
 */
export function partsSql(plan: Plan, n: number, relations: Relations): readonly Sql[] {
  const rule = plan.rules[n]!;
  if (!isInParts(rule)) return [];
  const ctes = new Ctes(relations);
  const { cases } = casesOf(rule, ctes, plan).domain;
  const all = requirementsOf(rule);
  const parts = Array.from({ length: Math.ceil(all.length / JUDGED_TOGETHER) }, (_, part) => {
    const some = all.slice(part * JUDGED_TOGETHER, (part + 1) * JUDGED_TOGETHER);
    const ctesOfPart = new Ctes(relations);
    const context = contextOf(rule, RULE_CASES, ctesOfPart, rule.settings.skewNs);
    const decided = decidedBy(rule, some, context);
    return sql`INSERT INTO ${RULE_DECIDED}
${ctesOfPart.with()}SELECT id, failed, unknown FROM ${decided} WHERE failed IS NOT NULL OR unknown IS NOT NULL`;
  });
  return [
    tableAs(RULE_CASES, sql`${ctes.with()}SELECT * FROM ${cases}`, OWN),
    emptyTable(
      RULE_DECIDED,
      [
        ['id', 'int64'],
        ['failed', 'int32'],
        ['unknown', 'int32'],
      ],
      OWN,
    ),
    ...parts,
  ];
}

/** Each connection judges a rule of its own. */
const OWN = { replace: true, own: true } as const;

/** Whether a rule requires more than one statement can judge well. */
export function isInParts(rule: RulePlan): boolean {
  // Whether a flow is decided is asked of all clauses together.
  return rule.flow === undefined && requirementsOf(rule).length > JUDGED_TOGETHER;
}

/**
 * SELECTs the rows of `verdicts` of one rule, after `partsSql`. `passKey` is the SQL that passed cases are counted by; without it
 * they are left out, with `each` they have rows as the others have.
 */
export function verdictsSql(n: number, plan: Plan, relations: Relations, passKey?: Sql | 'each'): Sql {
  const rule = plan.rules[n]!;
  const ctes = new Ctes(relations);
  const decided =
    rule.flow !== undefined
      ? decidedOverFlows(rule, plan, casesOf(rule, ctes, plan))
      : isInParts(rule)
        ? decidedInParts(rule, ctes)
        : decidedBy(rule, wholeClauses(rule), casesOf(rule, ctes, plan));
  const unknownIs = rule.settings.required ? VERDICT.violation : VERDICT.cannotTell;
  const undecided =
    rule.flow === undefined ? EMPTY : sql` WHEN undecided IS NOT NULL THEN ${VERDICT.undecided}`;
  const columns = rule.flow === undefined ? ['failed', 'unknown'] : ['failed', 'undecided', 'unknown'];
  const verdict = sql`CASE WHEN failed IS NOT NULL THEN ${VERDICT.violation}${undecided} WHEN unknown IS NOT NULL THEN ${unknownIs} ELSE ${VERDICT.pass} END`;
  const all = ctes.add(
    'verdicts',
    sql`SELECT ${allBut(columns)}, coalesce(${join(names(columns), ', ')}) AS clause, ${verdict} AS verdict FROM ${decided}`,
    { once: passKey !== undefined && passKey !== 'each' }, // read twice
  );
  const bound = rule.bindings.map((binding, b) => name(`${bindingColumn(binding.name, b)}__row`));
  const { flows } = relations;
  if (rule.flow !== undefined && flows?.watched !== undefined)
    return sql`${ctes.with()}${watchedRows(n, all, bound, flows.watched, flows.endNs ?? 0n)}`;
  const each = sql`SELECT ${n} AS rule, id, trace, time_ns, verdict, clause, ${cast(list(bound), 'int64[]')} AS bound, 1 AS cases`;
  if (passKey === 'each') return sql`${ctes.with()}${each} FROM ${all}`;
  const notPassed = [each, sql`FROM ${all} WHERE verdict <> ${VERDICT.pass}`];
  if (passKey === undefined) return sql`${ctes.with()}${join(notPassed, '\n')}`;
  const passed = [
    sql`UNION ALL`,
    sql`SELECT ${n}, NULL, ${anyValue(sql`trace`)}, min(time_ns), ${VERDICT.pass}, NULL, NULL, count(*)`,
    sql`FROM ${all} WHERE verdict = ${VERDICT.pass} GROUP BY ${passKey}`,
  ];
  return sql`${ctes.with()}${join([...notPassed, ...passed], '\n')}`;
}

/** Rows of `verdicts` with all cases of a rule. */
function watchedRows(
  n: number,
  all: Sql,
  bound: readonly Sql[],
  { countedNs, newRow }: WatchedFlows,
  endNs: bigint,
): Sql {
  const late = join(
    (bound.length === 0 ? [sql`id`] : bound).map((row) => sql`${row} >= ${int(newRow)}`),
    ' OR ',
  );
  const counts = sql`last_ns < ${int(endNs)} AND (last_ns >= ${int(countedNs)} OR ${late})`;
  const verdict = sql`CASE WHEN unseen THEN ${VERDICT.unseen} ELSE verdict END`;
  const columns = [
    ...[sql`${n} AS rule`, ...names(['id', 'trace', 'time_ns']), sql`${verdict} AS verdict`, sql`clause`],
    ...[sql`${cast(list(bound), 'int64[]')} AS bound`, sql`CASE WHEN ${counts} THEN 1 ELSE 0 END AS cases`],
    ...[
      sql`first_ns`,
      sql`last_ns`,
      sql`CASE WHEN unseen AND due_ns IS NOT NULL THEN last_ns ELSE due_ns END AS due_ns`,
    ],
  ];
  return sql`SELECT ${join(columns, ', ')} FROM ${all}`;
}

/**
 * SELECTs which of the patterns of a rule's needs, by their numbers, match a span: `pattern` and `key`, which is SQL over the row `t` of
 * `traces`.
 */
export function patternsSql(
  rule: RulePlan,
  relations: Relations,
  patterns: readonly number[],
  key: Sql,
  plan: Pick<Plan, 'predicates'>,
): Sql {
  const ctes = new Ctes(relations);
  const { domain } = casesOf(rule, ctes, plan);
  const selects = patterns.flatMap((n) => {
    const pattern = rule.needs.patterns[n];
    if (pattern === undefined) return [];
    const { narrow } = compilePattern(pattern, { domain, ctes });
    const traces = pattern.perCase
      ? sql`${narrow} n JOIN ${domain.cases} ${CASE_ALIAS} ON ${CASE_ALIAS}.id = n.k0 JOIN ${TRACES} t ON t.trace = ${CASE_ALIAS}.trace`
      : sql`${narrow} n JOIN ${TRACES} t ON t.trace = n.k0`;
    return [sql`SELECT DISTINCT ${n} AS pattern, ${key} AS key FROM ${traces}`];
  });
  return sql`${ctes.with()}${join(selects, '\nUNION ALL\n')}`;
}

/** The cases with the first of these clauses that is violated and the first that cannot be told; null for none. */
function decidedBy(rule: RulePlan, all: readonly Requirement[], context: ConditionContext): Sql {
  const truths = all.map(
    ({ keyword, condition }, n) => sql`${compileCondition(condition, keyword, context)} AS holds_${n}`,
  );
  const { ctes } = context;
  const judged = ctes.add(
    'judged',
    sql`SELECT ${join([...keptOf(rule), ...truths], ', ')} FROM ${context.domain.cases} ${CASE_ALIAS} ${join(context.joins, ' ')}`,
  );
  const firstOf = (test: (requirement: Requirement, holds: Sql) => Sql): Sql =>
    sql`CASE ${join(
      all.map((one, n) => sql`WHEN ${test(one, sql`holds_${n}`)} THEN ${one.clause}`),
      ' ',
    )} END`;
  const failed = firstOf(({ keyword }, holds) => (keyword === 'always' ? sql`NOT ${holds}` : holds));
  const unknown = firstOf((_, holds) => sql`${holds} IS NULL`);
  const truthColumns = all.map((_, n) => `holds_${n}`);
  return ctes.add(
    'decided',
    sql`SELECT ${allBut(truthColumns)}, ${failed} AS failed, ${unknown} AS unknown FROM ${judged}`,
  );
}

/**
 * The same of a rule across traces, whose cases may also be `undecided`: the first clause of which that is so. A clause that is violated
 * for good decides a case, whatever the others may come to; where `when` may come not to hold, nothing does.
 */
function decidedOverFlows(rule: RulePlan, { predicates }: Plan, context: ConditionContext): Sql {
  const { ctes, domain } = context;
  const endNs = ctes.flows?.endNs;
  const all = wholeClauses(rule);
  const tests = new Tests(context, predicates, endNs);
  const truths = all.map(({ keyword, condition }) => ({ keyword, ...tests.decide(condition, keyword) }));
  const columns = [
    ...keptOf(rule),
    ...watchedNames(ctes).map((column) => sql`${CASE_ALIAS}.${name(column)}`),
    sql`${CASE_ALIAS}.is_open`,
    sql`${CASE_ALIAS}.may_not_apply`,
    ...tests.columns,
  ];
  const tested = ctes.add(
    'tested',
    sql`SELECT ${join(columns, ', ')} FROM ${domain.cases} ${CASE_ALIAS} ${join(context.joins, ' ')}`,
  );
  const judged = ctes.add(
    'judged',
    sql`SELECT *, ${join(
      truths.map(({ holds, open }, n) => sql`${holds} AS holds_${n}, ${open} AS open_${n}`),
      ', ',
    )} FROM ${tested}`,
  );
  const firstOf = (test: (keyword: ClausePlan['keyword'], n: number) => Sql): Sql =>
    sql`CASE ${join(
      all.map(({ keyword, clause }, n) => sql`WHEN ${test(keyword, n)} THEN ${clause}`),
      ' ',
    )} END`;
  const violated = (keyword: ClausePlan['keyword'], n: number): Sql =>
    keyword === 'always' ? sql`NOT holds_${n}` : sql`holds_${n}`;
  const forGood = (test: Sql, n: number): Sql => sql`${test} AND NOT open_${n} AND NOT may_not_apply`;
  const broken = firstOf((keyword, n) => forGood(violated(keyword, n), n));
  // What cannot be told for good counts as violated where the rule requires it, whatever is open beside it.
  const failed = rule.settings.required
    ? sql`coalesce(${broken}, ${firstOf((_, n) => forGood(sql`holds_${n} IS NULL`, n))})`
    : broken;
  const undecided = firstOf((_, n) => sql`open_${n} OR may_not_apply`);
  const unknown = firstOf((_, n) => sql`holds_${n} IS NULL`);
  const kept = [...keptNames(rule), ...watchedNames(ctes)];
  const decided = sql`SELECT *, ${failed} AS failed, ${undecided} AS undecided, ${unknown} AS unknown FROM ${judged}`;
  const shown = [
    ...names([...kept, 'failed', 'undecided', 'unknown']),
    ...(ctes.flows?.watched === undefined ? [] : [sql`${dueSql(tests)} AS due_ns`]),
  ];
  return ctes.add('decided', sql`SELECT ${join(shown, ', ')} FROM (${decided})`);
}

/** What a verdict keeps of a case that is watched. */
function watchedNames({ flows }: Ctes): readonly string[] {
  return flows?.watched === undefined ? [] : ['first_ns', 'last_ns', 'unseen', 'when_due_ns'];
}

/** When a case is to be judged again: where it is undecided once a test may be decided, else when it is to be counted. */
function dueSql(tests: Tests): Sql {
  return sql`CASE WHEN is_open THEN CASE WHEN failed IS NULL AND undecided IS NOT NULL THEN least(${tests.nextLast()}, when_due_ns) ELSE last_ns END END`;
}

/** The same out of what `partsSql` made. */
function decidedInParts(rule: RulePlan, ctes: Ctes): Sql {
  const first = sql`SELECT id, min(failed) AS failed, min(unknown) AS unknown FROM ${RULE_DECIDED} GROUP BY id`;
  return ctes.add(
    'decided',
    sql`SELECT ${join(keptOf(rule), ', ')}, failed, unknown FROM ${RULE_CASES} ${CASE_ALIAS} LEFT JOIN (${first}) USING (id)`,
  );
}

/** What a verdict keeps of its case. */
function keptOf(rule: RulePlan): readonly Sql[] {
  return keptNames(rule).map((column) => sql`${CASE_ALIAS}.${name(column)}`);
}

function keptNames({ bindings }: RulePlan): readonly string[] {
  const rows = bindings.map((binding, n) => `${bindingColumn(binding.name, n)}__row`);
  return ['id', 'trace', 'time_ns', ...rows];
}

/** The cases of a rule: candidates for which the rest of its `when` holds. */
function casesOf(rule: RulePlan, ctes: Ctes, { predicates }: Pick<Plan, 'predicates'>): ConditionContext {
  const { when } = rule;
  const asked = when === undefined ? [] : when.kind === 'and' ? when.operands : [when];
  const flow = flowOf(rule, ctes);
  if (flow !== undefined) {
    const candidates = flowCandidates(rule, flow, ctes);
    const context = contextOf(rule, candidates, ctes, 0n, flow);
    const cases = ctes.add('cases', flowRestSql(rule, asked, predicates, context), { once: true });
    return contextOf(rule, cases, ctes, rule.settings.skewNs, flow);
  }
  const hits = new Map(asked.map((one) => [one, hitOf(rule, one, ctes)]));
  const candidates = ctes.add(
    'candidates',
    rule.bindings.length > 0
      ? boundCandidatesSql(rule, ctes)
      : traceCandidatesSql([...hits.values()].filter((hit) => hit !== undefined)),
  );
  const rest = asked.filter((one) => hits.get(one) === undefined);
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
  const open = join([unbound, ...all.map((one) => one.open)], ' OR ');
  const holds = join(
    all.map((one) => one.holds),
    ' AND ',
  );
  const columns = [sql`${CASE_ALIAS}.*`, ...tests.columns];
  const tested = sql`SELECT ${join(columns, ', ')} FROM ${candidates} ${CASE_ALIAS} ${join(context.joins, ' ')}`;
  return sql`SELECT ${allBut(tests.names)}, (${open}) AS may_not_apply${due} FROM (${tested}) WHERE ${holds}`;
}

function contextOf(
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
