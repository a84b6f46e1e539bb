/**
 * Rules across traces over a run. A flow may lie in any traces, so what rules look at is taken out of one unit of traces after another
 * first; the flows are judged once all of it is there, in shares that fit in memory, by the SQL that judges traces.
 */
import type { Plan, RulePlan } from '../../plan/plan.js';
import type { Evaluation } from '../../verdicts/evaluation.js';
import type { FailedRule } from '../../verdicts/rule-problem.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import { Ctes } from '../compile/ctes.js';
import type { FlowRelations, Relations } from '../compile/relations.js';
import { hasAnyPredicate } from '../compile/scan/predicate-columns.js';
import { judgedColumns } from '../compile/scan/scan.js';
import { type EvaluateOptions, evaluateMatched } from '../run/evaluate.js';
import { Carried } from '../run/facts.js';
import { runScan } from '../run/guarded-scan.js';
import { dropTables } from '../store/drop-tables.js';
import { type GuardOptions, RuleGuard } from '../store/rule-guard.js';
import type { Session, Store } from '../store/store.js';
import {
  EVENTS,
  FLOW_EVENTS,
  FLOW_LINKED,
  FLOW_LINKS,
  FLOW_MATCHED,
  FLOW_TRACES,
  flowKeys,
  flowShare,
  flowSpans,
  LINKS,
  MATCHED,
  SPANS,
  TRACES,
} from '../tables.js';
import { hash, hex, semiJoin, tableAs, viewAs } from '../text/operations.js';
import { join, names, type Sql, sql } from '../text/sql.js';
import { type FlowKey, FlowKeys } from './flow-keys.js';
import { spanKeysSql } from './span-keys.js';

export interface FlowOptions extends EvaluateOptions, Pick<FlowRelations, 'fromNs' | 'toNs' | 'endNs'> {
  /** Spans that may be judged at once, about; default a million. */
  readonly shareOf?: number;
  /** Only the flows of one share of the keys are judged; default all. */
  readonly keyShare?: KeyShare;
  /** Only these rules of the plan are judged; default all. */
  readonly only?: readonly RulePlan[];
}

/** Of all keys, by their hash, one of `of` shares, counted from 0. The hash is that of the database, the same wherever it runs. */
export interface KeyShare {
  readonly share: number;
  readonly of: number;
}

const SHARE = 1_000_000;

export class FlowRun {
  private readonly keys: FlowKeys;
  private readonly failures: FailedRule[] = [];
  private readonly made = new Set<Sql>();
  private scanned: Relations | undefined;
  private last: bigint | undefined;

  constructor(
    private readonly db: Store,
    /** Whose rules all have a flow. */
    private readonly plan: Plan,
    private readonly columns: AttributeColumns,
    /** What is known already of the attributes that spans carry. */
    private readonly carried: Carried = new Carried(plan),
    /** Whether the flows are judged elsewhere: then of their spans nothing is kept with the keys. */
    private readonly keysAlone = false,
  ) {
    this.keys = new FlowKeys(plan);
  }

  /** Rules whose filters could not be run over some unit. */
  get failed(): readonly FailedRule[] {
    return this.failures;
  }

  /** When the last span ended, in nanoseconds; undefined where there is none. */
  get lastEnd(): bigint | undefined {
    return this.last;
  }

  /** Takes what the rules look at out of the relations at hand, which are whole traces. */
  async add(options: GuardOptions = {}): Promise<void> {
    const { db, plan, columns } = this;
    const guard = new RuleGuard(options);
    const scanned = await runScan(db, plan, columns, guard, options.signal);
    this.failures.push(
      ...guard.failed.filter(({ rule }) => !this.failures.some((known) => known.rule === rule)),
    );
    this.scanned ??= scanned;
    await this.carried.add(db, columns);
    await this.keep(FLOW_MATCHED, sql`SELECT * FROM ${MATCHED}`);
    // Each reads few columns of the spans: it is mostly planned, on one thread.
    await db.each(this.keys.all, async (session, flowKey, n) => {
      const { key, every, predicates } = flowKey;
      if (key.kind !== 'key') return;
      const keyed = every ? 'all' : predicates;
      const kept = this.keysAlone ? [] : this.judgedColumns(flowKey, scanned);
      await this.keep(flowKeys(n), spanKeysSql(key.fields, keyed, columns, new Ctes(scanned), kept), session);
    });
    const traces = [
      sql`SELECT trace FROM ${MATCHED}`,
      ...this.keys.all.flatMap(({ every }, n) => (every ? [sql`SELECT trace FROM ${flowKeys(n)}`] : [])),
    ];
    await this.keep(
      FLOW_TRACES,
      sql`SELECT ${join(names(TRACE_COLUMNS), ', ')} FROM ${TRACES} WHERE trace IN (${join(traces, ' UNION ALL ')})`,
    );
    for (const item of ['events', 'links'] as const)
      if (plan.needs[item] !== undefined) await this.keep(ITEMS[item].kept, this.itemsSql(item));
    if (this.keys.hasLinks)
      await this.keep(
        FLOW_LINKED,
        sql`SELECT DISTINCT s.trace AS trace, l.trace_id AS trace_id FROM ${LINKS} l JOIN ${SPANS} s ON s.row = l.row WHERE s.trace IN (SELECT trace FROM ${MATCHED})`,
      );
    await dropTables(db, [MATCHED]);
    const [row] = await db.rows(sql`SELECT max(end_ns) FROM ${TRACES}`);
    const [end] = row as [bigint | null];
    if (end !== null && (this.last === undefined || end > this.last)) this.last = end;
  }

  /**
   * Judges the flows, one share of them after another: `found` is called for each. After that the relations are no longer those of a
   * unit. May be called again, for other rules or other cases.
   */
  async judge(options: FlowOptions, found: (evaluation: Evaluation) => void): Promise<void> {
    const { db, scanned } = this;
    const { only: rules = this.plan.rules } = options;
    const plan = { ...this.plan, rules };
    if (scanned === undefined || rules.length === 0) return;
    const keys = new Set(rules.map((rule) => this.keys.numberOf(rule.flow!)));
    // They may have been tables or views.
    await db.drop([TRACES, EVENTS, LINKS]);
    await db.run(viewAs(TRACES, sql`SELECT * FROM ${FLOW_TRACES}`));
    for (const item of ['events', 'links'] as const)
      if (plan.needs[item] !== undefined)
        await db.run(viewAs(ITEMS[item].relation, sql`SELECT * FROM ${ITEMS[item].kept}`));
    for (const [n, flowKey] of this.keys.all.entries())
      if (flowKey.key.kind === 'links' && keys.has(n))
        await db.run(
          tableAs(flowKeys(n), linkedSpans(flowKey, this.judgedColumns(flowKey, scanned)), REPLACE),
        );
    const { fromNs, toNs, endNs } = options;
    const flows: FlowRelations = {
      spansOf: (key) => flowSpans(this.keys.numberOf(key)),
      ...(fromNs === undefined ? {} : { fromNs }),
      ...(toNs === undefined ? {} : { toNs }),
      ...(endNs === undefined ? {} : { endNs }),
    };
    const { share: first, of } = options.keyShare ?? { share: 0, of: 1 };
    const most = of * (options.shareOf ?? SHARE);
    // A hash that is `share` modulo a multiple of `of` is in the share of keys that `share` is modulo `of`.
    const shareCount = of * Math.max(1, Math.ceil((await this.largestKey(keys)) / most));
    for (let share = first; share < shareCount; share += of) {
      options.signal?.throwIfAborted();
      await this.showShare(keys, share, shareCount);
      const relations = { ...scanned, matched: FLOW_MATCHED, flows };
      found(
        await evaluateMatched(db, plan, relations, { ...options, canSplit: false, carried: this.carried }),
      );
    }
  }

  /** The columns of matched spans that the rules of a key read. */
  private judgedColumns({ key }: FlowKey, { predicates }: Relations): readonly Sql[] {
    const { plan, columns } = this;
    const mine = plan.rules.filter(
      ({ flow }) => flow !== undefined && this.keys.all[this.keys.numberOf(flow)]?.key === key,
    );
    return [...names(['end_ns', ...judgedColumns(mine, plan.needs, columns)]), ...predicates.words()];
  }

  private async keep(table: Sql, select: Sql, session: Session = this.db): Promise<void> {
    const { made } = this;
    await session.run(
      made.has(table) ? sql`INSERT INTO ${table} ${select}` : tableAs(table, select, REPLACE),
    );
    made.add(table);
  }

  /** Of the matched spans; units may have their columns in different orders. */
  private itemsSql(item: 'events' | 'links'): Sql {
    const { columns: own = [], attributes = [] } = this.plan.needs[item] ?? {};
    const scope = item === 'events' ? 'event' : 'link';
    const stored = attributes.flatMap((key) =>
      this.columns.columnsFor({ scope, key }).map((column) => this.columns.column({ scope, key }, column)),
    );
    const all = join(names(['row', 'position', ...own, ...stored]), ', ');
    return sql`SELECT ${all} FROM ${ITEMS[item].relation} ${semiJoin(MATCHED, { using: ['row'] })}`;
  }

  private async largestKey(keys: Iterable<number>): Promise<number> {
    const counts = Array.from(keys, (key) => sql`(SELECT count(*) FROM ${flowKeys(key)})`);
    const [row] = await this.db.rows(sql`SELECT ${join(counts, ', ')}`);
    return Math.max(...(row as bigint[]).map(Number));
  }

  /** Makes `flow_spans_<n>` those of the share. */
  private async showShare(keys: Iterable<number>, share: number, shareCount: number): Promise<void> {
    const { db } = this;
    for (const key of keys) {
      const all = sql`SELECT * FROM ${flowKeys(key)}`;
      if (shareCount > 1)
        await db.run(
          tableAs(flowShare(key), sql`${all} WHERE ${hash(sql`flow`)} % ${shareCount} = ${share}`, REPLACE),
        );
      await db.run(viewAs(flowSpans(key), shareCount > 1 ? sql`SELECT * FROM ${flowShare(key)}` : all));
    }
  }
}

const REPLACE = { replace: true } as const;
/** What is kept of a trace. */
export const TRACE_COLUMNS = ['trace', 'trace_id', 'start_ns', 'end_ns', 'root_name', 'root_service'];
export const ITEMS = {
  events: { relation: EVENTS, kept: FLOW_EVENTS },
  links: { relation: LINKS, kept: FLOW_LINKS },
} as const;

/** The flow of the trace in the middle of those that are linked. */
export function linkedFlow(traceId: Sql): Sql {
  return sql`'["' || ${hex(traceId)} || '"]'`;
}

/**
 * A trace with those that it links to or that link to it, one step away, is the flow of its spans. Only flows are made in which a case may be,
 * of the spans that its rule asks for.
 */
function linkedSpans({ predicates, first }: FlowKey, kept: readonly Sql[]): Sql {
  const columns = [
    ...[...names(['row', 'trace', 'start_ns']), ...kept].map((column) => sql`m.${column} AS ${column}`),
    sql`${linkedFlow(sql`i.trace_id`)} AS flow`,
    sql`near.middle = near.trace AS own`,
  ];
  const matching = (wanted: ReadonlySet<number>): Sql =>
    sql`FROM ${FLOW_MATCHED} m WHERE ${hasAnyPredicate(wanted, sql`m.`)}`;
  return sql`WITH middles AS (SELECT trace, trace_id FROM ${FLOW_TRACES} WHERE trace IN (SELECT m.trace ${matching(first)})),
pairs AS (SELECT l.trace AS a, t.trace AS b FROM ${FLOW_LINKED} l JOIN ${FLOW_TRACES} t ON t.trace_id = l.trace_id),
near AS (SELECT a AS middle, b AS trace FROM pairs UNION SELECT b, a FROM pairs UNION SELECT trace, trace FROM middles)
SELECT ${join(columns, ', ')} FROM near JOIN middles i ON i.trace = near.middle JOIN (SELECT * ${matching(predicates)}) m ON m.trace = near.trace`;
}
