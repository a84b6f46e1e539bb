import type { Plan, RulePlan } from '../../plan/plan.js';
import type { AttributeKey } from '../../spans/schema.js';
import type { Database } from './database.js';
import type { AttributeColumns } from './names.js';
import { evidenceSql, VERDICT, valuesSql, verdictsSql } from './rule.js';
import { scanSql } from './scan.js';

/** What the rules found in the traces that the relations `spans`, `traces`, … held. */
export interface Evaluation {
  readonly rules: readonly RuleEvaluation[];
}

export interface RuleEvaluation {
  readonly rule: RulePlan;
  /** Counts of cases by the time of the case, in buckets of `bucketNs`; ascending, empty ones left out. */
  readonly buckets: readonly BucketCounts[];
  /** The earliest violations, at most `limit`, by (time, trace id). */
  readonly violations: readonly FoundViolation[];
  /** Times of the first and the last violation, in nanoseconds. */
  readonly first?: bigint;
  readonly last?: bigint;
  /** Names of attributes that were missing where a clause could not be told, with the number of cases. */
  readonly missing: ReadonlyMap<string, number>;
}

export interface BucketCounts {
  /** Start of the bucket, a multiple of `bucketNs`. */
  readonly start: bigint;
  readonly passed: number;
  readonly violated: number;
  readonly cannotTell: number;
}

export interface FoundViolation {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** Nanoseconds: start of the first bound span, else of the trace. */
  readonly time: bigint;
  /** Index in `RulePlan.clauses`. */
  readonly clause: number;
  readonly rootService?: string;
  /** Bound spans first, then spans that a test matched; each by (start, span id, kind). */
  readonly evidence: readonly EvidenceSpan[];
  /** What the clause compared, by the text that names it; null where it was missing. */
  readonly values: ReadonlyMap<string, unknown>;
}

export interface EvidenceSpan {
  /** The name that `when … as` gave it. */
  readonly bound?: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** OTLP number; with the span id it identifies the span in its trace. */
  readonly kind: number;
  readonly name: string;
  readonly service?: string;
  readonly start: bigint;
  readonly duration: bigint;
}

export interface EvaluateOptions {
  /** Width of the time buckets of the counts, in nanoseconds. */
  readonly bucketNs: bigint;
  /** Violations listed for each rule; the counts are always complete. */
  readonly limit: number;
  readonly signal?: AbortSignal;
  /** Called for each rule while the table `verdicts` (see `rule.ts`) is there to be asked more. */
  readonly onVerdicts?: (rule: RulePlan) => Promise<void>;
}

/** More evidence than this for one violation helps nobody. */
const MAX_EVIDENCE = 20;
const SERVICE_NAME: AttributeKey = { scope: 'resource', key: 'service.name' };

/** One pass over the relations for all rules of the plan. */
export async function evaluateRules(
  db: Database,
  plan: Plan,
  columns: AttributeColumns,
  options: EvaluateOptions,
): Promise<Evaluation> {
  await db.run(scanSql(plan, columns));
  await db.run('CREATE OR REPLACE TEMP TABLE evidence (rule INTEGER, id BIGINT, row BIGINT, bound INTEGER)');
  const found: RuleFindings[] = [];
  for (const [n, rule] of plan.rules.entries()) {
    options.signal?.throwIfAborted();
    found.push(await evaluateRule(db, plan, rule, n, columns, options));
  }
  const evidence = found.some(({ listed }) => listed.length > 0)
    ? await evidenceSpans(db, plan, columns)
    : new Map();
  return {
    rules: found.map(({ listed, ...rest }, n) => ({
      ...rest,
      violations: listed.map(({ id, ...violation }) => ({
        ...violation,
        evidence: evidence.get(`${n} ${id}`) ?? [],
      })),
    })),
  };
}

type RuleFindings = Omit<RuleEvaluation, 'violations'> & {
  readonly listed: readonly (Omit<FoundViolation, 'evidence'> & { readonly id: bigint })[];
};

async function evaluateRule(
  db: Database,
  plan: Plan,
  rule: RulePlan,
  n: number,
  columns: AttributeColumns,
  { bucketNs, limit, onVerdicts }: EvaluateOptions,
): Promise<RuleFindings> {
  await db.run(verdictsSql(rule, plan, columns, 'verdicts'));
  await onVerdicts?.(rule);
  const counted = (await db.rows(`SELECT time_ns // ${bucketNs} AS bucket,
      count(*) FILTER (verdict = ${VERDICT.pass}), count(*) FILTER (verdict = ${VERDICT.violation}),
      count(*) FILTER (verdict = ${VERDICT.cannotTell}),
      min(time_ns) FILTER (verdict = ${VERDICT.violation}), max(time_ns) FILTER (verdict = ${VERDICT.violation})
    FROM verdicts GROUP BY bucket ORDER BY bucket`)) as readonly [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint | null,
    bigint | null,
  ][];
  const buckets = counted.map(([bucket, passed, violated, cannotTell]) => ({
    start: bucket * bucketNs,
    passed: Number(passed),
    violated: Number(violated),
    cannotTell: Number(cannotTell),
  }));
  const firsts = counted.map((row) => row[4]).filter((time) => time !== null);
  const lasts = counted.map((row) => row[5]).filter((time) => time !== null);
  const times = firsts.length === 0 ? {} : { first: firsts[0]!, last: lasts.at(-1)! };
  const listed = firsts.length === 0 || limit === 0 ? [] : await listViolations(db, rule, n, columns, limit);
  const unknown = buckets.some(({ cannotTell }) => cannotTell > 0);
  const missing = unknown ? await missingNames(db, rule, columns) : new Map<string, number>();
  return { rule, buckets, ...times, missing, listed };
}

async function listViolations(
  db: Database,
  rule: RulePlan,
  n: number,
  columns: AttributeColumns,
  limit: number,
): Promise<RuleFindings['listed']> {
  await db.run(`CREATE OR REPLACE TEMP TABLE listed AS SELECT v.*, t.trace_id, t.root_service
    FROM verdicts v JOIN traces t USING (trace) WHERE verdict = ${VERDICT.violation} ORDER BY time_ns, trace_id, id LIMIT ${limit}`);
  await db.run(
    `INSERT INTO evidence SELECT ${n}, id, row, bound FROM (${evidenceSql(rule, columns, 'listed')})`,
  );
  const values = new Map<bigint, Map<string, unknown>>();
  for (const [id, name, value] of (await db.rows(valuesSql(rule, columns, 'listed'))) as [
    bigint,
    string,
    string | null,
  ][]) {
    const of = values.get(id) ?? new Map<string, unknown>();
    of.set(name, parseValue(value));
    values.set(id, of);
  }
  const rows = (await db.rows(
    'SELECT id, lower(hex(trace_id)), time_ns, clause, root_service FROM listed ORDER BY time_ns, trace_id, id',
  )) as [bigint, string, bigint, number, string | null][];
  return rows.map(([id, traceId, time, clause, rootService]) => ({
    id,
    traceId,
    time,
    clause,
    ...(rootService === null ? {} : { rootService }),
    values: values.get(id) ?? new Map(),
  }));
}

/** JSON that DuckDB wrote; NaN and infinities, which JSON has not, stay text, as do ints that a double cannot hold. */
function parseValue(json: string | null): unknown {
  if (json === null) return null;
  if (/^-?\d+$/.test(json)) return Number.isSafeInteger(Number(json)) ? Number(json) : json;
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return json;
  }
}

async function missingNames(
  db: Database,
  rule: RulePlan,
  columns: AttributeColumns,
): Promise<Map<string, number>> {
  await db.run(
    `CREATE OR REPLACE TEMP TABLE untold AS SELECT * FROM verdicts WHERE verdict = ${VERDICT.cannotTell}`,
  );
  const rows = (await db.rows(
    `SELECT name, count(*) FROM (${valuesSql(rule, columns, 'untold')}) WHERE value IS NULL GROUP BY name ORDER BY name`,
  )) as [string, bigint][];
  return new Map(rows.map(([name, count]) => [name, Number(count)]));
}

/** Evidence by `rule id`, in one pass over the spans for all rules. */
async function evidenceSpans(
  db: Database,
  plan: Plan,
  columns: AttributeColumns,
): Promise<ReadonlyMap<string, readonly EvidenceSpan[]>> {
  const service = columns.typesFor(SERVICE_NAME).includes('s')
    ? `s.${columns.column(SERVICE_NAME, 's')}`
    : 'NULL';
  const rows =
    (await db.rows(`SELECT rule, id, bound, lower(hex(span_id)), kind, name, ${service}, start_ns, duration_ns
    FROM evidence e JOIN spans s USING (row)
    QUALIFY row_number() OVER (PARTITION BY rule, id ORDER BY bound NULLS LAST, start_ns, span_id, kind) <= ${MAX_EVIDENCE}
    ORDER BY rule, id, bound NULLS LAST, start_ns, span_id, kind`)) as [
      number,
      bigint,
      number | null,
      string,
      bigint,
      string,
      string | null,
      bigint,
      bigint,
    ][];
  const evidence = new Map<string, EvidenceSpan[]>();
  for (const [rule, id, bound, spanId, kind, name, serviceName, start, duration] of rows) {
    const key = `${rule} ${id}`;
    const spans = evidence.get(key) ?? [];
    spans.push({
      ...(bound === null ? {} : { bound: plan.rules[rule]!.bindings[bound]!.name }),
      spanId,
      kind: Number(kind),
      name,
      ...(serviceName === null ? {} : { service: serviceName }),
      start,
      duration,
    });
    evidence.set(key, spans);
  }
  return evidence;
}
