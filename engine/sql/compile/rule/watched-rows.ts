/** The verdicts on flows that are judged again and again while their spans come: each case is counted once. */
import type { RulePlan } from '../../../plan/plan.js';
import { VERDICT } from '../../../verdicts/verdict.js';
import { TRACES } from '../../tables.js';
import { argMin, cast, hash63, int, list, text } from '../../text/operations.js';
import { concat, join, name, names, type Sql, sql } from '../../text/sql.js';
import type { Ctes } from '../ctes.js';
import { bindingColumn } from './cases.js';

/**
 * Of flows that are watched every case has a row of `verdicts`, also one that passed; `cases` is 1 where it is to be counted with this judgement.
 *
 * - `first_ns`, `last_ns`: between which times spans start that it may depend on; `due_ns`: when it is to be judged again, null for never;
 * - `flow`: whose case it is;
 * - `bound_spans`: a hash of what its bound spans are, whatever numbers their rows have; null for a piece;
 * - `gone_ns`: it is gone once the spans are that start then;
 * - `is_counted`: whether it is counted, with this judgement or before.
 */
export const WATCHED_COLUMNS = [
  ['first_ns', 'int64'],
  ['last_ns', 'int64'],
  ['due_ns', 'int64'],
  ['flow', 'text'],
  ['bound_spans', 'int64'],
  ['gone_ns', 'int64'],
  ['is_counted', 'bool'],
] as const;

/** SELECTs the rows of all cases of a rule; `all` has their verdicts. */
export function watchedRows(rule: RulePlan, ruleIndex: number, all: Sql, ctes: Ctes): Sql {
  const { endNs = 0n, watched } = ctes.flows ?? {};
  if (watched === undefined) throw new Error(`the flows of ${rule.id} are not watched`);
  const bound = rule.bindings.map((binding, n) => name(`${bindingColumn(binding.name, n)}__row`));
  const counted = sql`(SELECT * FROM ${watched.counted} WHERE rule = ${text(rule.id)})`;
  const { cases, before } =
    bound.length === 0 ? pieces(rule, all, counted) : ofBoundSpans(bound, all, counted, ctes);
  const known = ctes.add('known', sql`SELECT *, ${before} AS was_counted FROM (${cases})`);
  const isOver = sql`last_ns < ${int(endNs)}`;
  const columns = [
    sql`${ruleIndex} AS rule`,
    ...names(['id', 'trace', 'time_ns']),
    sql`CASE WHEN unseen THEN ${VERDICT.unseen} ELSE verdict END AS verdict`,
    sql`clause`,
    sql`${cast(list(bound), 'int64[]')} AS bound`,
    sql`CASE WHEN ${isOver} AND NOT was_counted THEN 1 ELSE 0 END AS cases`,
    ...names(['first_ns', 'last_ns']),
    sql`CASE WHEN unseen AND due_ns IS NOT NULL THEN last_ns ELSE due_ns END AS due_ns`,
    ...names(['flow', 'bound_spans', 'gone_ns']),
    sql`(${isOver} OR was_counted) AS is_counted`,
  ];
  return sql`${ctes.with()}SELECT ${join(columns, ', ')} FROM ${known}`;
}

interface Identified {
  /** SELECTs the cases with `bound_spans` and `gone_ns`. */
  readonly cases: Sql;
  /** Whether one of them has been counted before. */
  readonly before: Sql;
}

/** A choice of bound spans is one case, in whichever flow they are. */
function ofBoundSpans(rows: readonly Sql[], all: Sql, counted: Sql, ctes: Ctes): Identified {
  const joins = rows.map(
    (row, n) =>
      sql` JOIN ${ctes.matched} s${n} ON s${n}.row = v.${row} JOIN ${TRACES} t${n} ON t${n}.trace = s${n}.trace`,
  );
  const identity = rows.flatMap((_, n) => [
    sql`t${n}.trace_id`,
    ...['span_id', 'kind', 'start_ns', 'name'].map((column) => sql`s${n}.${name(column)}`),
  ]);
  const starts = rows.map((_, n) => sql`s${n}.start_ns`);
  const gone = starts.length === 1 ? starts[0]! : sql`least(${join(starts, ', ')})`;
  return {
    cases: sql`SELECT v.*, ${hash63(join(identity, ', '))} AS bound_spans, ${gone} AS gone_ns FROM ${all} v${concat(joins)}`,
    before: sql`bound_spans IN (SELECT bound_spans FROM ${counted})`,
  };
}

/**
 * A piece is the one that was counted where it was before, or so near that both would be one, also if its first span came late. Of several
 * pieces that were one when it was counted, the first is.
 */
function pieces(rule: RulePlan, all: Sql, counted: Sql): Identified {
  const near = isNearPiece(sql`p.`, sql`c.`);
  const first = argMin(sql`p.id`, [sql`p.time_ns`, sql`p.id`]);
  const owners = sql`SELECT ${first} FROM ${all} p JOIN ${counted} c ON ${near} GROUP BY c.flow, c.time_ns`;
  return {
    cases: sql`SELECT *, ${cast(sql`NULL`, 'int64')} AS bound_spans, last_ns - ${int(rule.flow?.within ?? '0')} AS gone_ns FROM ${all}`,
    before: sql`id IN (${owners})`,
  };
}

/** Whether pieces of a rule, each with `flow`, `time_ns` and `last_ns`, are so near one another that they would be one. */
export function isNearPiece(a: Sql, b: Sql): Sql {
  return sql`${a}flow = ${b}flow AND ${a}time_ns <= ${b}last_ns AND ${a}last_ns >= ${b}time_ns`;
}
