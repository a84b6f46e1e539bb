/**
 * The flows of rules across traces that are judged while their spans come, kept on disk: what rules look at is taken out of traces once those are
 * whole, and flows are judged when they change and when time has passed, by the SQL that judges stored flows.
 */
import type { Plan, RulePlan } from '../../../plan/plan.js';
import type { FailedRule } from '../../../verdicts/rule-problem.js';
import { VERDICT } from '../../../verdicts/verdict.js';
import type { AttributeColumns } from '../../compile/attribute-columns.js';
import type { FlowRelations, Relations } from '../../compile/relations.js';
import { PredicateColumns } from '../../compile/scan/predicate-columns.js';
import { type EvaluateOptions, type JudgedRules, judgeMatched } from '../../run/evaluate.js';
import { Carried } from '../../run/facts.js';
import { columnsOf, inTransaction } from '../../store/kept-file.js';
import { type GuardOptions, numberedRules, RuleGuard } from '../../store/rule-guard.js';
import type { Store } from '../../store/store.js';
import {
  CHOSEN_COUNTED,
  CHOSEN_FLOWS,
  FLOW_MATCHED,
  flowSpans,
  KEPT_DATABASE,
  KEPT_DUE,
  KEPT_KEYS,
  KEPT_NOTES,
  KEPT_SPANS,
  KEPT_TENANTS,
  KEPT_TRACES,
  SPANS,
  TRACES,
  VERDICTS,
} from '../../tables.js';
import { hex, int, text } from '../../text/operations.js';
import { type Sql, sql } from '../../text/sql.js';
import { FlowKeys } from '../flow-keys.js';
import { FlowRun } from '../flow-run.js';
import { chooseFlows, keptColumns, showFlows } from './choose.js';
import { type KeptRule, keepRules } from './kept-rules.js';
import { openKept } from './kept-tables.js';
import { type CasesOfRule, type EvictedFlows, evictEarliest, letGoOfSettled } from './let-go.js';
import { addNote, settleChosen } from './settle.js';
import { takeFlows } from './take.js';

/** Rows after which the log of the database on disk is moved into it. */
const CHECKPOINT_ROWS = 200_000;

/** Times are nanoseconds since the Unix epoch. */
export interface FlowMoment {
  /** What starts from here on may not be there yet. */
  readonly endNs: bigint;
  /** Cases that see no span from here on are settled. */
  readonly settledNs: bigint;
}

interface Tenant {
  /** Up to where flows have been judged. */
  endNs: bigint;
  /** Spans that started before have been let go of, for want of room. */
  knownNs: bigint;
  /** What was settled when spans were let go of that no case needed … */
  settledNs: bigint;
  /** … and the rows that were taken since. */
  letGoRow: bigint;
}

/** Some flows that have been judged. */
export interface JudgedFlows extends JudgedRules {
  /** Of each rule of the plan, cases that cannot be determined, as spans of them are not there, among those that are to be counted. */
  readonly unseen: readonly number[];
  readonly flows: number;
  readonly endNs: bigint;
  /** Whether these are the last that are to be judged for now. */
  readonly isLast: boolean;
}

/** What was taken out of some traces. */
export interface TakenFlows {
  /** Rules whose filters failed on them. */
  readonly failed: readonly FailedRule[];
  /** Spans that no case sees any more that is not settled. */
  readonly late: number;
}

/** What came of a judgement, by number. */
export interface FlowNote {
  readonly seq: bigint;
  readonly note: string;
}

export class KeptFlows {
  private plan: Plan;
  private keys: FlowKeys;
  private readonly byTenant = new Map<string, Tenant>();
  /** By the id of the rule. */
  private since: ReadonlyMap<string, KeptRule> = new Map();
  private nextRow = 0n;
  private nextTrace = 0n;
  private spanCount = 0;
  private rowsSinceCheckpoint = 0;
  private columns: AttributeColumns | undefined;
  /** What spans have carried since the rules are these, or the process began. */
  private carried: Carried;

  private constructor(
    private readonly db: Store,
    plan: Plan,
  ) {
    this.plan = plan;
    this.keys = new FlowKeys(plan);
    this.carried = new Carried(plan);
  }

  /** Opens the file, and makes it where it is not there. Rejects where it is no such database. */
  static async open(db: Store, path: string): Promise<KeptFlows> {
    const kept = new KeptFlows(db, NO_RULES);
    await openKept(db, path);
    for (const [tenant, endNs, knownNs, settledNs, letGoRow] of (await db.rows(
      sql`SELECT tenant, end_ns, known_ns, settled_ns, new_row FROM ${KEPT_TENANTS}`,
    )) as [string, bigint, bigint, bigint, bigint][])
      kept.byTenant.set(tenant, { endNs, knownNs, settledNs, letGoRow });
    return kept;
  }

  /** Judges by these rules from now on; of those that are new, or others than before, spans count that start from `nowNs` on. */
  async setRules(plan: Plan, nowNs: bigint): Promise<void> {
    this.plan = plan;
    this.keys = new FlowKeys(plan);
    this.carried = new Carried(plan, this.carried);
    this.columns = undefined;
    await this.count();
    this.since = await keepRules(this.db, plan, this.keys, { sinceNs: nowNs, sinceRow: this.nextRow });
    await this.count();
  }

  /** Spans that are kept. */
  get spans(): number {
    return this.spanCount;
  }

  get tenants(): readonly string[] {
    return [...this.byTenant.keys()];
  }

  /** Up to where the flows of a tenant have been judged. */
  endNs(tenant: string): bigint {
    return this.byTenant.get(tenant)?.endNs ?? 0n;
  }

  /** From when on all spans of a tenant are there, as far as the rule is concerned. */
  knownNs(tenant: string, { id }: RulePlan): bigint {
    return later(this.since.get(id)?.sinceNs ?? 0n, this.byTenant.get(tenant)?.knownNs ?? 0n);
  }

  /** Takes what the rules look at out of the relations at hand, which are whole traces. */
  async take(tenant: string, columns: AttributeColumns, options: GuardOptions): Promise<TakenFlows> {
    const { db, plan, keys } = this;
    const run = new FlowRun(db, plan, columns, this.carried, true);
    await run.add(options);
    const { needs } = plan;
    const items = (['events', 'links'] as const).filter((item) => needs[item] !== undefined);
    const { nextRow, nextTrace } = this;
    const { settledNs = 0n } = this.byTenant.get(tenant) ?? {};
    const { more, late } = await takeFlows(db, { tenant, keys, items, nextRow, nextTrace, settledNs });
    if (!this.byTenant.has(tenant)) {
      await db.run(sql`INSERT INTO ${KEPT_TENANTS} VALUES (${text(tenant)}, 0, 0, 0, 0)`);
      this.byTenant.set(tenant, { endNs: 0n, knownNs: 0n, settledNs: 0n, letGoRow: 0n });
    }
    this.columns = undefined;
    this.spanCount += more;
    this.rowsSinceCheckpoint += Math.max(more, 0);
    this.nextRow += await this.countOf(SPANS);
    this.nextTrace += await this.countOf(TRACES);
    if (this.rowsSinceCheckpoint > CHECKPOINT_ROWS) {
      await db.checkpoint(KEPT_DATABASE);
      this.rowsSinceCheckpoint = 0;
    }
    return { failed: run.failed, late };
  }

  /** Judges some flows that have changed or are due: `most` at a time. Undefined where there are none. */
  async judge(
    tenant: string,
    { endNs, settledNs }: FlowMoment,
    most: number,
    options: GuardOptions & Pick<EvaluateOptions, 'bucketNs'>,
  ): Promise<JudgedFlows | undefined> {
    const { db, plan, keys } = this;
    const ofTenant = this.byTenant.get(tenant);
    if (ofTenant === undefined || plan.rules.length === 0) return undefined;
    const flows = await chooseFlows(db, tenant, endNs, most);
    if (flows === 0) return undefined;
    await showFlows(db, tenant, keys, plan);
    this.columns ??= await keptColumns(db, plan);
    const { columns } = this;
    const relations: Relations = {
      columns,
      predicates: new PredicateColumns(plan.predicates, columns),
      matched: FLOW_MATCHED,
      flows: {
        spansOf: (key) => flowSpans(keys.numberOf(key)),
        endNs,
        watched: {
          settledNs,
          counted: CHOSEN_COUNTED,
          knownNs: (rule) => this.knownNs(tenant, rule),
          sinceRow: ({ id }) => this.since.get(id)?.sinceRow ?? 0n,
          letGo: {
            settledNs: ofTenant.settledNs,
            newRow: ofTenant.letGoRow,
            withinNs: ({ flow }) => keys.all[keys.numberOf(flow!)]!.withinNs,
          },
        },
      } satisfies FlowRelations,
    };
    const judged = await judgeMatched(db, plan, relations, new RuleGuard(options), {
      ...options,
      bucketNs: options.bucketNs,
      limit: Number.POSITIVE_INFINITY,
      carried: this.carried,
    });
    const unseen = plan.rules.map(() => 0);
    const rows = await db.rows(
      sql`SELECT rule, sum(cases)::BIGINT FROM ${VERDICTS} WHERE verdict = ${VERDICT.unseen} GROUP BY rule`,
    );
    for (const [rule, cases] of rows as [number, bigint][]) unseen[rule] = Number(cases);
    return { ...judged, unseen, flows, endNs, isLast: flows < most };
  }

  /** How many cases of the n-th rule of the plan came to that in the last judgement, counted before or not. */
  async judgedCases(ruleIndex: number, verdict: keyof typeof VERDICT): Promise<number> {
    const [row] = await this.db.rows(
      sql`SELECT count(*) FROM ${VERDICTS} WHERE rule = ${ruleIndex} AND verdict = ${VERDICT[verdict]}`,
    );
    return Number(row?.[0]);
  }

  /** The id of a trace of the last judgement, by its number. */
  async judgedTrace(trace: bigint): Promise<string | undefined> {
    const [row] = await this.db.rows(
      sql`SELECT ${hex(sql`trace_id`)} FROM ${TRACES} WHERE trace = ${int(trace)}`,
    );
    return row === undefined ? undefined : String(row[0]);
  }

  /** The flows among those judged that a rule was asked about. */
  async judgedFlows(rule: RulePlan): Promise<readonly string[]> {
    if (rule.flow === undefined) return [];
    const key = this.keys.numberOf(rule.flow);
    const rows = await this.db.rows(sql`SELECT flow FROM ${CHOSEN_FLOWS} WHERE n = ${key}`);
    return rows.map(([flow]) => String(flow));
  }

  /**
   * What the rules found in the flows that were judged last is on disk elsewhere, or in `note`: these are judged again only when they
   * change, or are due, and their cases are not counted again.
   */
  async settle(
    tenant: string,
    { plan, endNs, isLast }: JudgedFlows,
    rules: readonly RulePlan[],
    note?: string,
  ): Promise<void> {
    const { db, keys } = this;
    const settled = numberedRules(plan).filter(({ rule }) => rules.includes(rule));
    await inTransaction(db, async () => {
      await settleChosen(db, keys, tenant, settled);
      if (note !== undefined) await addNote(db, note);
      if (isLast) await this.saveReached(tenant, endNs);
    });
    if (isLast) this.noteReached(tenant, endNs);
  }

  /** All flows that were to be judged by then are. */
  async reached(tenant: string, endNs: bigint): Promise<void> {
    if (endNs <= this.endNs(tenant)) return;
    await this.saveReached(tenant, endNs);
    this.noteReached(tenant, endNs);
  }

  private async saveReached(tenant: string, endNs: bigint): Promise<void> {
    await this.db.run(
      sql`UPDATE ${KEPT_TENANTS} SET end_ns = greatest(end_ns, ${int(endNs)}) WHERE tenant = ${text(tenant)}`,
    );
  }

  private noteReached(tenant: string, endNs: bigint): void {
    const ofTenant = this.byTenant.get(tenant);
    if (ofTenant !== undefined) ofTenant.endNs = later(ofTenant.endNs, endNs);
  }

  /** What came of judgements, all but what is known elsewhere. */
  async notes(): Promise<readonly FlowNote[]> {
    const rows = await this.db.rows(sql`SELECT seq, note FROM ${KEPT_NOTES} WHERE note <> '' ORDER BY seq`);
    return (rows as [bigint, string][]).map(([seq, note]) => ({ seq, note }));
  }

  /** The notes up to there are known elsewhere. */
  async noted(seq: bigint): Promise<void> {
    await this.db.run(sql`DELETE FROM ${KEPT_NOTES} WHERE seq < ${int(seq)}`);
    await this.db.run(sql`UPDATE ${KEPT_NOTES} SET note = '' WHERE seq = ${int(seq)}`);
  }

  /** Lets go of what no case needs that is not settled. */
  async letGo(tenant: string, settledNs: bigint): Promise<void> {
    const ofTenant = this.byTenant.get(tenant);
    if (ofTenant === undefined || (await columnsOf(this.db, KEPT_SPANS)).length === 0) return;
    await letGoOfSettled(this.db, this.keys, { tenant, settledNs, newRow: this.nextRow });
    ofTenant.settledNs = settledNs;
    ofTenant.letGoRow = this.nextRow;
    await this.count();
  }

  /**
   * Lets go of the spans that started first, so that there is room for a tenth of `most` again. Their cases that were not counted yet never
   * are: they are in a note of each tenant that has some.
   */
  async evict(
    most: number,
    noteOf?: (tenant: string, lost: readonly CasesOfRule[]) => string,
  ): Promise<EvictedFlows | undefined> {
    if (this.spanCount <= most) return undefined;
    const evicted = await evictEarliest(this.db, this.keys, this.spanCount - Math.floor(most * 0.9), noteOf);
    for (const tenant of evicted.tenants) {
      const ofTenant = this.byTenant.get(tenant);
      if (ofTenant !== undefined) ofTenant.knownNs = later(ofTenant.knownNs, evicted.beforeNs);
    }
    await this.count();
    return evicted;
  }

  /** Cases that are not decided. */
  async undecided(): Promise<readonly CasesOfRule[]> {
    const rows = await this.db.rows(
      sql`SELECT tenant, rule, day, count(*) FROM ${KEPT_DUE} WHERE undecided GROUP BY tenant, rule, day`,
    );
    return (rows as [string, string, bigint, bigint][]).map(([tenant, rule, day, cases]) => ({
      ...{ tenant, rule, day },
      cases: Number(cases),
    }));
  }

  private async count(): Promise<void> {
    const next = async (column: Sql, table: Sql): Promise<bigint> => {
      const [row] = await this.db.rows(sql`SELECT coalesce(max(${column}) + 1, 0) FROM ${table}`);
      return row?.[0] as bigint;
    };
    // Nothing may have been taken yet.
    const hasSpans = (await columnsOf(this.db, KEPT_SPANS)).length > 0;
    this.spanCount = hasSpans ? Number(await this.countOf(KEPT_SPANS)) : 0;
    if (hasSpans) this.nextRow = later(this.nextRow, await next(sql`row`, KEPT_SPANS));
    this.nextRow = later(this.nextRow, await next(sql`row`, KEPT_KEYS));
    this.nextTrace = later(this.nextTrace, await next(sql`trace`, KEPT_TRACES));
  }

  private async countOf(table: Sql): Promise<bigint> {
    const [row] = await this.db.rows(sql`SELECT count(*) FROM ${table}`);
    return row?.[0] as bigint;
  }
}

const NO_RULES: Plan = { version: 1, predicates: [], rules: [], needs: { spans: [], spanAttributes: [] } };

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
