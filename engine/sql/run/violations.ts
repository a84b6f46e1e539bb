import type { Plan } from '../../plan/plan.js';
import type { MissingNames } from '../../verdicts/evaluation.js';
import { VERDICT } from '../../verdicts/verdict.js';
import type { EvidenceSpan, FoundViolation, WatchedCase } from '../../verdicts/violation.js';
import { byTime } from '../../verdicts/violation.js';
import { insertDistinctSql } from '../compile/ctes.js';
import type { Relations } from '../compile/relations.js';
import { evidenceSql, undeterminedSql, valuesSql } from '../compile/rule/evidence.js';
import { keepsEvidence, serviceColumn } from '../compile/scan/scan.js';
import { rulesAt } from '../store/rule-guard.js';
import type { Session, Store } from '../store/store.js';
import { EVIDENCE, EVIDENCE_SHOWN, LISTED, MATCHED_LISTED, SPANS, TRACES, VERDICTS } from '../tables.js';
import {
  bytesOut,
  cast,
  element,
  emptyTable,
  groupByAll,
  hex,
  int,
  list,
  qualify,
  semiJoin,
  tableAs,
} from '../text/operations.js';
import { EMPTY, join, NULL, name, type Sql, sql } from '../text/sql.js';
import { carriedValues } from './carried-values.js';
import { ComparedFields, type EvidenceValues, NO_VALUES } from './evidence-values.js';
import { flowValues, rowsOfFlows } from './flow-values.js';
import { parseValue } from './json-value.js';
import type { Judged } from './judged.js';

/** More evidence than this for one violation helps nobody. */
export const MAX_EVIDENCE = 20;

/** Which violations are listed: see `EvaluateOptions`. */
export type Listed = 'earliest' | 'newest traces';

/** Violations listed of one trace among the newest: a rule that binds may be violated by every span of a long one. */
const MAX_OF_TRACE = 100;

/** Violations of one time that are looked at in addition to those listed, so that the same ones are listed whatever order they are found in. */
const MAX_TIED = 1000;

const LISTED_ROWS: Readonly<Record<Listed, (limit: number, untils: readonly bigint[]) => Sql>> = {
  // Of a rule that is violated everywhere, most need not be sorted.
  earliest: (limit, untils) =>
    sql`SELECT * FROM ${VERDICTS} WHERE verdict = ${VERDICT.violation} AND time_ns < ${element(list(untils.map(int)), sql`rule + 1`)}
      ${qualify(sql`rank() OVER (PARTITION BY rule ORDER BY time_ns) <= ${limit}
        AND row_number() OVER (PARTITION BY rule ORDER BY time_ns, trace, id) <= ${limit + MAX_TIED}`)}`,
  'newest traces': (limit) =>
    sql`SELECT v.* FROM ${VERDICTS} v JOIN ${TRACES} t USING (trace) WHERE verdict = ${VERDICT.violation}
      ${qualify(sql`dense_rank() OVER (PARTITION BY rule ORDER BY t.start_ns DESC, t.trace_id) <= ${limit}
        AND row_number() OVER (PARTITION BY rule, v.trace ORDER BY v.time_ns, v.id) <= ${MAX_OF_TRACE}`)}`,
};

const REPLACE = { replace: true } as const;

/** See `EvaluateOptions`. */
interface ListOptions {
  readonly limit: number;
  readonly listed?: Listed;
  readonly spansNear?: (traces: readonly bigint[]) => Sql;
}

/**
 * Violations of the rules named by index, with their evidence and values, all rules in a few statements. `untils` has for every
 * rule a time before which its `limit` earliest violations, or all, took place.
 */
export async function listViolations(
  judged: Judged,
  rules: readonly number[],
  untils: readonly bigint[],
  { limit, listed = 'earliest', spansNear }: ListOptions,
): Promise<ReadonlyMap<number, readonly FoundViolation[]>> {
  if (rules.length === 0 || limit === 0) return new Map();
  const violations = await withEvidence(judged, rules, LISTED_ROWS[listed](limit, untils), spansNear);
  if (listed === 'earliest')
    for (const [rule, found] of violations) violations.set(rule, found.sort(byTime).slice(0, limit));
  return violations;
}

/** The violations in rows of `verdicts` that `listed` SELECTs, of the rules named by index; it leaves them in the table `listed`. */
export async function withEvidence(
  judged: Judged,
  rules: readonly number[],
  listed: Sql,
  spansNear?: ListOptions['spansNear'],
): Promise<Map<number, FoundViolation[]>> {
  const { db, plan, relations, guard } = judged;
  await db.run(tableAs(LISTED, listed, REPLACE));
  const watched = relations.flows?.watched !== undefined;
  let rows: readonly ListedRow[] = [];
  const reads = [
    async (session: Session): Promise<void> => {
      rows = (await session.rows(
        sql`SELECT rule, id, ${hex(sql`trace_id`)}, time_ns, clause, nullif(root_service, ''), trace, ${watched ? sql`first_ns, last_ns, CASE WHEN cases = 1 THEN 'now' WHEN is_counted THEN 'before' ELSE 'not yet' END` : sql`NULL, NULL, NULL`} FROM ${LISTED} JOIN ${TRACES} USING (trace)
          ORDER BY rule, time_ns, trace_id, id`,
      )) as ListedRow[];
    },
    // Evidence is sought among the spans of the listed traces only.
    (session: Session): Promise<void> =>
      session.run(
        tableAs(
          MATCHED_LISTED,
          sql`SELECT m.* FROM ${relations.matched} m ${nearListed(judged, rules)}`,
          REPLACE,
        ),
      ),
  ];
  await db.each(reads, (session, read) => read(session));
  const decided = new Set(rows.map(([rule, , , , clause]) => `${rule} ${clause}`));
  const near: Relations = { ...relations, matched: MATCHED_LISTED };
  await db.run(
    emptyTable(
      EVIDENCE,
      [
        ['rule', 'int32'],
        ['id', 'int64'],
        ['row', 'int64'],
        ['bound', 'int32'],
      ],
      REPLACE,
    ),
  );
  const values = new Map<string, Map<string, unknown>>();
  const listedRules = new Set(rows.map(([rule]) => rule));
  const violated = rulesAt(
    plan,
    rules.filter((n) => listedRules.has(n)),
  );
  const mine = (ruleIndex: number): Sql => sql`(SELECT * FROM ${LISTED} WHERE rule = ${ruleIndex})`;
  const decides =
    (ruleIndex: number) =>
    (clause: number): boolean =>
      decided.has(`${ruleIndex} ${clause}`);
  await guard.together(db, violated, async (session, some) => {
    const selects = some.map(({ rule, ruleIndex }) => {
      return sql`SELECT ${ruleIndex}, id, row, bound FROM (${evidenceSql(rule, near, mine(ruleIndex), decides(ruleIndex))})`;
    });
    await session.run(insertDistinctSql(EVIDENCE, selects));
  });
  await guard.together(db, violated, async (session, some) => {
    const selects = some.flatMap(({ rule, ruleIndex }) => {
      const named = valuesSql(rule, near, mine(ruleIndex), decides(ruleIndex));
      return named === undefined ? [] : [sql`(SELECT ${ruleIndex}, id, name, value FROM (${named}))`];
    });
    if (selects.length === 0) return;
    const found = await session.rows(join(selects, '\nUNION ALL\n'));
    for (const [n, id, name, value] of found as [number, bigint, string, string | null][]) {
      const key = `${n} ${id}`;
      const named = values.get(key) ?? new Map<string, unknown>();
      values.set(key, named.set(name, parseValue(value)));
    }
  });
  const keys = await flowValues(judged, rules, LISTED);
  const from = spansNear?.([...new Set(rows.map((row) => row[6]))]);
  const evidence = await evidenceSpans(db, plan, near, rows, from);
  const carried = await carriedValues(db, plan, near, from && sql`(${from})`);
  const violations = new Map<number, FoundViolation[]>();
  for (const [rule, id, traceId, time, clause, rootService, , firstNs, lastNs, counted] of rows) {
    const key = `${rule} ${id}`;
    const flow = keys.get(key);
    const violation = {
      traceId,
      time,
      clause,
      ...(flow === undefined ? {} : { key: flow.key }),
      ...(flow === undefined || firstNs === null || lastNs === null || counted === null
        ? {}
        : { watched: { flow: flow.flow, firstNs, lastNs, counted } }),
      ...(rootService === null ? {} : { rootService }),
      evidence: evidence.get(key) ?? [],
      values: values.get(key) ?? new Map<string, unknown>(),
      ...(plan.carries === undefined ? {} : { carried: carried.get(key) ?? new Map<string, unknown>() }),
    };
    const ofRule = violations.get(rule);
    if (ofRule === undefined) violations.set(rule, [violation]);
    else ofRule.push(violation);
  }
  return violations;
}

/** Keeps of matched spans those of the listed traces; of rules across traces, those of the listed flows. */
function nearListed(judged: Judged, rules: readonly number[]): Sql {
  return judged.relations.flows === undefined
    ? semiJoin(LISTED, { using: ['trace'] })
    : semiJoin(sql`(${rowsOfFlows(judged, rules, LISTED)})`, { using: ['row'] });
}

type ListedRow = [
  number,
  bigint,
  string,
  bigint,
  number,
  string | null,
  bigint,
  bigint | null,
  bigint | null,
  WatchedCase['counted'] | null,
];

/** At most so many cases are looked at to tell which attribute was missing. */
export const MAX_UNDECIDED = 10_000;

interface Missing {
  readonly all: MissingNames;
  /** By the key of the trace; empty unless it was asked for. */
  readonly byTrace: ReadonlyMap<bigint, MissingNames>;
}

/** By rule. */
export async function missingNames(
  { db, plan, relations, guard }: Judged,
  rules: readonly number[],
  byTrace: boolean,
): Promise<ReadonlyMap<number, Missing>> {
  const missing = new Map<number, Missing>();
  if (rules.length === 0) return missing;
  const undeterminedBy = await db.rows(
    sql`SELECT DISTINCT rule, clause FROM ${VERDICTS} WHERE verdict = ${VERDICT.cannotTell}`,
  );
  const undecided = new Set(undeterminedBy.map(([rule, clause]) => `${rule} ${clause}`));
  const trace = byTrace ? sql`trace` : NULL;
  await guard.each(db, rulesAt(plan, rules), async (session, { rule, ruleIndex }) => {
    const undetermined = sql`(SELECT * FROM ${VERDICTS} WHERE rule = ${ruleIndex} AND verdict = ${VERDICT.cannotTell} ORDER BY id LIMIT ${MAX_UNDECIDED})`;
    const values = undeterminedSql(rule, relations, undetermined, (clause) =>
      undecided.has(`${ruleIndex} ${clause}`),
    );
    if (values === undefined) return;
    const joined = byTrace
      ? sql`(${values}) JOIN (SELECT id, trace FROM ${undetermined}) USING (id)`
      : sql`(${values})`;
    const rows = await session.rows(
      sql`SELECT name, ${trace} AS trace, count(*) FROM ${joined} WHERE value IS NULL ${groupByAll()} ORDER BY name`,
    );
    const all = new Map<string, number>();
    const traces = new Map<bigint, Map<string, number>>();
    for (const [name, key, count] of rows as [string, bigint | null, bigint][]) {
      all.set(name, (all.get(name) ?? 0) + Number(count));
      if (key === null) continue;
      const counts = traces.get(key) ?? new Map<string, number>();
      traces.set(key, counts.set(name, Number(count)));
    }
    missing.set(ruleIndex, { all, byTrace: traces });
  });
  return missing;
}

/** Evidence by `rule id`, of the violations listed. */
async function evidenceSpans(
  db: Store,
  plan: Plan,
  near: Relations,
  listed: readonly ListedRow[],
  from: Sql | undefined,
): Promise<ReadonlyMap<string, readonly EvidenceSpan[]>> {
  const clauses = new Map(listed.map(([rule, id, , , clause]) => [`${rule} ${id}`, clause]));
  const compared = new ComparedFields(
    plan,
    listed.map(([rule, , , , clause]) => ({ rule, clause })),
  );
  let shown = shownSql(plan, near, from);
  let valuesOf: EvidenceValues = NO_VALUES;
  if (compared.rules.length > 0 || plan.carries !== undefined) {
    await db.run(tableAs(EVIDENCE_SHOWN, shown, REPLACE));
    shown = sql`SELECT * FROM ${EVIDENCE_SHOWN}`;
  }
  if (compared.rules.length > 0) {
    valuesOf = await compared.read(db, near);
  }
  const rows = (await db.rows(
    sql`SELECT rule, id, row, bound, ${bytesOut(sql`span_id`)}, kind, name, service, start_ns, duration_ns, sharing, ${bytesOut(sql`trace_id`)}
    FROM (${shown}) ORDER BY rule, id, bound NULLS LAST, start_ns, span_id, kind, name`,
  )) as ShownRow[];
  const evidence = new Map<string, EvidenceSpan[]>();
  let spans: EvidenceSpan[] = [];
  let valuesOn = valuesOf(-1, -1);
  let [lastRule, lastId] = [-1, -1n];
  for (const [rule, id, row, bound, spanId, kind, name, service, start, duration, sharing, traceId] of rows) {
    if (rule !== lastRule || id !== lastId) {
      const key = `${rule} ${id}`;
      [spans, lastRule, lastId] = [[], rule, id];
      evidence.set(key, spans);
      valuesOn = valuesOf(rule, clauses.get(key)!);
    }
    spans.push({
      ...(bound === null ? {} : { bound: plan.rules[rule]!.bindings[bound]!.name }),
      ...(traceId === null ? {} : { traceId: hexOf(traceId) }),
      spanId: hexOf(spanId),
      kind: Number(kind),
      sharesKind: sharing === 2,
      name,
      ...(service === null ? {} : { service }),
      start,
      duration,
      values: valuesOn(row),
    });
  }
  return evidence;
}

type ShownRow = [
  number,
  bigint,
  bigint,
  number | null,
  Uint8Array,
  bigint,
  string,
  string | null,
  bigint,
  bigint,
  number,
  Uint8Array | null,
];

/** As a text it would take the client of DuckDB several times as long to read. */
function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** SELECTs what is shown of evidence, at most `MAX_EVIDENCE` spans of a violation. */
function shownSql(plan: Plan, { columns, flows }: Relations, from?: Sql): Sql {
  const [service] = serviceColumn(columns);
  const kept = keepsEvidence(plan);
  const span = kept ? sql`m` : sql`s`;
  // A span may be bound under two names; one that is bound need not be listed as matched too.
  return sql`SELECT rule, id, row, bound, ${span}.span_id AS span_id, ${span}.kind AS kind, ${span}.name AS name,
      ${service === undefined ? cast(NULL, 'text') : sql`nullif(${span}.${name(service)}, '')`} AS service, m.start_ns AS start_ns, m.end_ns - m.start_ns AS duration_ns,
      ${span}.sharing AS sharing, ${flows === undefined ? cast(NULL, 'bytes') : sql`t.trace_id`} AS trace_id
    FROM (SELECT * FROM ${EVIDENCE} ${qualify(sql`bound IS NOT NULL OR max(bound) OVER (PARTITION BY rule, id, row) IS NULL`)})
      JOIN ${MATCHED_LISTED} m USING (row)${kept ? EMPTY : sql` JOIN ${from === undefined ? SPANS : sql`(${from})`} s USING (row)`}${flows === undefined ? EMPTY : sql` JOIN ${TRACES} t ON t.trace = m.trace`}
    ${qualify(sql`row_number() OVER (PARTITION BY rule, id ORDER BY bound NULLS LAST, m.start_ns, ${span}.span_id, ${span}.kind, ${span}.name) <= ${MAX_EVIDENCE}`)}`;
}
