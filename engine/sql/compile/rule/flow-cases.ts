/**
 * The cases of a rule across traces. A case has, in addition to the columns of any other, `flow`, the times `from_ns` and `to_ns` between which
 * the spans that it sees start, and `is_open`: whether it sees so far that some of them may not be there yet.
 */
import type { FlowPlan } from '../../../plan/flow-plan.js';
import { leavesOf } from '../../../plan/leaves.js';
import { looksBack } from '../../../plan/looks-back.js';
import type { BindingPlan, RulePlan } from '../../../plan/plan.js';
import { TRACES } from '../../tables.js';
import { argMin, element, filtered, int } from '../../text/operations.js';
import { concat, EMPTY, FALSE, join, name, type Sql, sql, TRUE } from '../../text/sql.js';
import type { Ctes } from '../ctes.js';
import { CASE_ALIAS } from '../domain.js';
import type { WatchedFlows } from '../relations.js';
import { compilePattern } from '../spanset/spanset.js';
import { bindingColumn, bindingPrefixes, caseColumns } from './cases.js';
import { verdictColumns } from './verdict-columns.js';

/** What tells the flow of a rule: undefined for a rule about each trace by itself. */
export interface FlowOfRule {
  readonly flow: FlowPlan;
  /** See `FlowRelations.spansOf`. */
  readonly spans: Sql;
}

export function flowOf({ id, flow }: RulePlan, ctes: Ctes): FlowOfRule | undefined {
  if (flow === undefined) return undefined;
  if (ctes.flows === undefined) throw new Error(`no flows were made for rule ${id}`);
  return { flow, spans: ctes.flows.spansOf(flow) };
}

/** A CTE of the cases that the run is about, before the rest of `when` is asked. */
export function flowCandidates(rule: RulePlan, flow: FlowOfRule, ctes: Ctes): Sql {
  if (rule.bindings.length === 0) return ctes.add('candidates', piecesOfRange(rule, flow, ctes));
  const candidates = ctes.add('candidates', boundCases(rule, flow, ctes));
  return withWholePatterns(rule, flow, candidates, ctes);
}

/** The same cases for rows of `verdicts`, called `v`, that one clause decided: all columns of `v` stay. */
export function flowCasesOf(
  rule: RulePlan,
  flow: FlowOfRule,
  verdicts: Sql,
  clause: number,
  ctes: Ctes,
): Sql {
  const decided = sql`v.clause = ${clause}`;
  if (rule.bindings.length === 0) {
    const pieces = ctes.add('pieces', piecesSql(flow));
    return sql`SELECT ${verdictColumns(sql`v`)}, p.flow, p.from_ns, p.to_ns FROM ${verdicts} v JOIN ${pieces} p ON p.id = v.id WHERE ${decided}`;
  }
  const joins = rule.bindings.map(
    (_, n) => sql` JOIN ${ctes.matched} b${n} ON b${n}.row = ${element(sql`v.bound`, sql`${n + 1}`)}`,
  );
  const columns = [
    verdictColumns(sql`v`),
    sql`f0.flow`,
    ...windowOf(rule, flow),
    ...boundColumns(rule, ctes),
  ];
  return sql`SELECT ${join(columns, ', ')} FROM ${verdicts} v${concat(joins)} JOIN ${flow.spans} f0 ON f0.row = b0.row AND f0.own WHERE ${decided}`;
}

/** The first spans of the pieces of a rule that binds none, for rows of `verdicts`: `id` of the verdict, `row`. */
export function spansOfPieces(flow: FlowOfRule, verdicts: Sql): Sql {
  const first = argMin(sql`f.row`, [sql`f.start_ns`, sql`f.row`]);
  return sql`SELECT v.id, ${first} AS row FROM ${verdicts} v JOIN (${piecesSql(flow)}) p ON p.id = v.id
    JOIN ${flow.spans} f ON f.flow = p.flow AND f.start_ns = p.from_ns GROUP BY v.id`;
}

/** The flow of each of these verdicts: `id` and `flow`. */
export function flowsOfVerdicts(rule: RulePlan, spans: Sql, verdicts: Sql): Sql {
  const row = rule.bindings.length === 0 ? sql`v.id` : element(sql`v.bound`, sql`1`);
  return sql`SELECT v.id, f.flow FROM ${verdicts} v JOIN ${spans} f ON f.row = ${row} AND f.own`;
}

// ------------------------------------------------------------------------------------------------- with bound spans

/** One case for each choice of bound spans of one flow that start near one another. */
function boundCases(rule: RulePlan, flow: FlowOfRule, ctes: Ctes): Sql {
  const within = int(flow.flow.within);
  const sets = rule.bindings.map((binding) => boundSpans(binding, flow, ctes));
  const joins = sets.map((set, n) => {
    if (n === 0) return sql`(SELECT * FROM ${set} WHERE own) b0`;
    const near = Array.from({ length: n }, (_, other) => [
      sql`b${n}.start_ns >= b${other}.start_ns - ${within}`,
      sql`b${n}.start_ns <= b${other}.start_ns + ${within}`,
    ]).flat();
    return sql`JOIN ${set} b${n} ON ${join([sql`b${n}.flow = b0.flow`, ...near], ' AND ')}`;
  });
  const inOrder = join(
    sets.map((_, n) => sql`b${n}.row`),
    ', ',
  );
  const id = rule.bindings.length === 1 ? sql`b0.row` : sql`row_number() OVER (ORDER BY ${inOrder})`;
  const columns = [
    sql`${id} AS id`,
    sql`b0.flow AS flow`,
    ...windowOf(rule, flow),
    sql`b0.trace AS trace`,
    sql`b0.start_ns AS time_ns`,
    ...boundColumns(rule, ctes),
  ];
  const all = sql`SELECT ${join(columns, ', ')} FROM ${join(joins, ' ')}`;
  return casesOfRange(rule, all, sql`to_ns`, ctes);
}

/** The spans that a binding may take; where its pattern is more than one filter, those that it may be made of. */
function boundSpans({ pattern }: BindingPlan, { spans }: FlowOfRule, ctes: Ctes): Sql {
  const leaves = leavesOf(pattern).map(({ predicate }) => sql`(${ctes.predicate(predicate, sql`m.`)})`);
  return sql`(SELECT * FROM ${spans} m WHERE ${join(leaves, ' OR ')})`;
}

function isOneFilter({ stages }: BindingPlan['pattern']): boolean {
  const [only, ...others] = stages;
  return (
    others.length === 0 &&
    only?.kind === 'spanset' &&
    only.expression.kind === 'leaf' &&
    only.expression.residual === undefined
  );
}

/** A pattern of several spans is looked for among what the case of its span sees, as every other pattern is. */
function withWholePatterns(rule: RulePlan, flow: FlowOfRule, candidates: Sql, ctes: Ctes): Sql {
  const domain = {
    kind: 'case',
    cases: candidates,
    bound: bindingPrefixes(rule),
    flowSpans: flow.spans,
  } as const;
  const joins = rule.bindings.flatMap(({ name: binding, pattern }, n) => {
    if (isOneFilter(pattern)) return [];
    const { narrow } = compilePattern({ ...pattern, perCase: true }, { domain, ctes });
    const row = sql`${domain.bound.get(binding)!}row`;
    return [sql` JOIN ${narrow} w${n} ON w${n}.k0 = ${CASE_ALIAS}.id AND w${n}.row = ${row}`];
  });
  if (joins.length === 0) return candidates;
  return ctes.add('candidates', sql`SELECT ${CASE_ALIAS}.* FROM ${candidates} ${CASE_ALIAS}${concat(joins)}`);
}

function boundColumns(rule: RulePlan, ctes: Ctes): readonly Sql[] {
  const kept = caseColumns(rule, ctes.columns);
  return rule.bindings.flatMap((binding, n) =>
    kept.map(
      (column) => sql`b${n}.${name(column)} AS ${name(`${bindingColumn(binding.name, n)}__${column}`)}`,
    ),
  );
}

/** From before the earliest bound span, `b0` and so on, to behind the last. */
function windowOf({ bindings }: RulePlan, { flow }: FlowOfRule): readonly Sql[] {
  const within = int(flow.within);
  const starts = bindings.map((_, n) => sql`b${n}.start_ns`);
  const ends = bindings.map((_, n) => sql`b${n}.end_ns`);
  const [first, last] =
    bindings.length === 1
      ? [starts[0]!, ends[0]!]
      : [sql`least(${join(starts, ', ')})`, sql`greatest(${join(ends, ', ')})`];
  return [sql`${first} - ${within} AS from_ns`, sql`${last} + ${within} AS to_ns`];
}

// ---------------------------------------------------------------------------------------------- without bound spans

/** A case is a piece of a flow: it ends where nothing starts for longer than the rule looks. */
function piecesOfRange(rule: RulePlan, flow: FlowOfRule, ctes: Ctes): Sql {
  // The next span may start as late as that and still belong to the piece.
  return casesOfRange(
    rule,
    piecesSql(flow, ctes.flows?.watched),
    sql`to_ns + ${int(flow.flow.within)}`,
    ctes,
  );
}

function piecesSql({ flow, spans }: FlowOfRule, watched?: WatchedFlows): Sql {
  const paused = sql`start_ns - lag(start_ns) OVER (PARTITION BY flow ORDER BY start_ns, row) > ${int(flow.within)}`;
  const started = sql`SELECT *, CASE WHEN ${paused} THEN 1 ELSE 0 END AS starts FROM ${spans}`;
  const numbered = sql`SELECT *, sum(starts) OVER (PARTITION BY flow ORDER BY start_ns, row) AS piece FROM (${started})`;
  const taken =
    watched === undefined
      ? EMPTY
      : sql`, ${filtered(sql`min(n.start_ns)`, sql`n.row >= ${int(watched.letGo.newRow)}`)} AS last_taken_ns`;
  const first = argMin(sql`n.trace`, [sql`n.start_ns`, sql`t.trace_id`]);
  return sql`SELECT min(n.row) AS id, n.flow, min(n.start_ns) AS from_ns, max(n.start_ns) AS to_ns, ${first} AS trace, min(n.start_ns) AS time_ns${taken}
  FROM (${numbered}) n JOIN ${TRACES} t ON t.trace = n.trace GROUP BY n.flow, n.piece`;
}

// ------------------------------------------------------------------------------------------------------- the range

/** `last`: the last time at which a span may start that the case sees, or that makes the piece longer. */
function casesOfRange(rule: RulePlan, all: Sql, last: Sql, { flows }: Ctes): Sql {
  const { fromNs, toNs, endNs, watched } = flows ?? {};
  const tests = [
    ...(fromNs === undefined ? [] : [sql`time_ns >= ${int(fromNs)}`]),
    ...(toNs === undefined ? [] : [sql`time_ns < ${int(toNs)}`]),
    ...(watched === undefined
      ? []
      : [sql`${last} >= ${int(watched.settledNs)}`, ...ofItsTime(rule, watched)]),
  ];
  const open = endNs === undefined ? FALSE : sql`(${last} >= ${int(endNs)})`;
  const columns = [
    sql`*`,
    sql`${open} AS is_open`,
    ...(watched === undefined
      ? []
      : [
          sql`${last} AS last_ns`,
          sql`${firstSeen(rule)} AS first_ns`,
          sql`${unseenSql(rule, watched)} AS unseen`,
        ]),
  ];
  return sql`SELECT ${join(columns, ', ')} FROM (${all}) WHERE ${tests.length === 0 ? TRUE : join(tests, ' AND ')}`;
}

/** Leaves out cases of spans that were there before the rule, and that it cannot tell. */
function ofItsTime(rule: RulePlan, { knownNs, sinceRow }: WatchedFlows): readonly Sql[] {
  const since = sinceRow(rule);
  if (since === 0n) return [];
  const olds = rowsOfCase(rule).map((row) => sql`${row} < ${int(since)}`);
  return [sql`NOT (${firstSeen(rule)} < ${int(knownNs(rule))} AND (${join(olds, ' OR ')}))`];
}

/** Of its bound spans; of a piece, of the span that was there first. */
function rowsOfCase({ bindings }: RulePlan): readonly Sql[] {
  if (bindings.length === 0) return [sql`id`];
  return bindings.map(({ name: binding }, n) => name(`${bindingColumn(binding, n)}__row`));
}

/** Whether spans that a case sees may have been let go of, or never been there. */
function unseenSql(rule: RulePlan, { knownNs, letGo }: WatchedFlows): Sql {
  const { settledNs, newRow } = letGo;
  const within = letGo.withinNs(rule);
  const unknown = sql`${firstSeen(rule)} < ${int(knownNs(rule))}`;
  // Of spans that were there when others were let go of, nothing that their cases see was.
  if (rule.bindings.length === 0) {
    // A piece that ended a pause before may be gone: a span that comes so late could have joined it.
    const late = sql`coalesce(last_taken_ns, ${int(settledNs)}) < ${int(settledNs - within)}`;
    return sql`(${unknown} OR ${late})`;
  }
  const isNew = rowsOfCase(rule).map((row) => sql`${row} >= ${int(newRow)}`);
  return sql`(${unknown} OR (${firstSeen(rule)} < ${int(settledNs - 2n * within)} AND (${join(isNew, ' OR ')})))`;
}

/** The earliest start of a span that the verdict on a case may depend on. */
function firstSeen(rule: RulePlan): Sql {
  if (!looksBack(rule)) return sql`time_ns - ${int(rule.settings.skewNs)}`;
  // A span that started a pause before a piece would belong to it.
  return rule.bindings.length === 0 ? sql`from_ns - ${int(rule.flow?.within ?? '0')}` : sql`from_ns`;
}
