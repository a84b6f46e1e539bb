/**
 * What rules over many traces have counted of the spans that came, kept on disk: by selection, slot and series. A trace that may be taken
 * again has counts of its own, which are then replaced; those of all others are put together.
 */
import { ValueColumn } from '../store/columns.js';
import { columnsOf, inTransaction, openKeptFile } from '../store/kept-file.js';
import type { Store } from '../store/store.js';
import {
  FOLDED_COUNTS,
  KEPT_ALIVE,
  KEPT_COUNTS,
  KEPT_MARKS,
  KEPT_SELECTIONS,
  OVER_TRACES,
  TAKEN_COUNTS,
  TRACES,
  WINDOWS_DATABASE,
} from '../tables.js';
import { cast, emptyTable, hash63, hex, int, tableAs, text } from '../text/operations.js';
import { join, names, type Sql, sql } from '../text/sql.js';
import { COUNTS, countIn, fillTaken, type KeptCount, SUMS, type TakenCount } from './counts.js';

/** A selection that is counted in slots of one length. */
export interface KeptSelection {
  readonly number: number;
  /** Tells it from others, whatever the rules of which it is. */
  readonly key: string;
  /** All spans that start from then on are counted: nanoseconds since the Unix epoch; `NEVER_NS` while it is not counted. */
  sinceNs: bigint;
}

/** Up to where a rule has been judged. */
export interface KeptMark {
  readonly tenant: string;
  readonly rule: string;
  readonly revision: string;
  /** The end of a window, in nanoseconds since the Unix epoch. */
  readonly untilNs: bigint;
}

/** Later than any span: since when a selection is counted that is not. */
export const NEVER_NS = 1n << 62n;

/** Of the tables, and of what is written in them. */
const FORMAT = 1;

/** Rows after which the log of the database on disk is moved into it. */
const CHECKPOINT_ROWS = 200_000;

export class KeptCounts {
  private rowsSinceCheckpoint = 0;

  private constructor(private readonly db: Store) {}

  /** Opens the file, and makes what is not in it yet. Rejects with `NewerFile`, and where it is no such database. */
  static async open(db: Store, path: string): Promise<KeptCounts> {
    await openKeptFile(db, { called: WINDOWS_DATABASE, path, format: FORMAT }, async () => {
      // Those of the format as it was before the file said so.
      if ((await columnsOf(db, KEPT_COUNTS)).length > 0) return;
      await db.run(
        emptyTable(KEPT_SELECTIONS, [
          ['n', 'int32'],
          ['key', 'text'],
          ['since_ns', 'int64'],
        ]),
      );
      await db.run(
        emptyTable(KEPT_MARKS, [
          ['tenant', 'text'],
          ['rule', 'text'],
          ['revision', 'text'],
          ['until_ns', 'int64'],
        ]),
      );
      await db.run(emptyTable(KEPT_ALIVE, [['at_ns', 'int64']]));
      await db.run(emptyTable(KEPT_COUNTS, COUNTS));
    });
    return new KeptCounts(db);
  }

  async selections(): Promise<readonly KeptSelection[]> {
    const rows = await this.db.rows(sql`SELECT n, key, since_ns FROM ${KEPT_SELECTIONS}`);
    return (rows as [number, string, bigint][]).map(([number, key, sinceNs]) => ({ number, key, sinceNs }));
  }

  async marks(): Promise<readonly KeptMark[]> {
    const rows = await this.db.rows(sql`SELECT tenant, rule, revision, until_ns FROM ${KEPT_MARKS}`);
    return (rows as [string, string, string, bigint][]).map(([tenant, rule, revision, untilNs]) => ({
      ...{ tenant, rule, revision, untilNs },
    }));
  }

  async tenants(): Promise<readonly string[]> {
    const rows = await this.db.rows(
      sql`SELECT tenant FROM ${KEPT_COUNTS} UNION SELECT tenant FROM ${KEPT_MARKS}`,
    );
    return rows.map(([tenant]) => String(tenant));
  }

  /** Nanoseconds since the Unix epoch; undefined where that is not known. */
  async aliveNs(): Promise<bigint | undefined> {
    const [row] = await this.db.rows(sql`SELECT max(at_ns) FROM ${KEPT_ALIVE}`);
    return (row?.[0] as bigint | null | undefined) ?? undefined;
  }

  /** These selections are counted from now on; of others nothing is kept. */
  async setSelections(selections: readonly KeptSelection[]): Promise<void> {
    const { db } = this;
    await inTransaction(db, async () => {
      await db.run(
        selections.length === 0
          ? sql`DELETE FROM ${KEPT_COUNTS}`
          : sql`DELETE FROM ${KEPT_COUNTS} WHERE selection NOT IN (${numbers(selections.map(({ number }) => number))})`,
      );
      await db.run(sql`DELETE FROM ${KEPT_SELECTIONS}`);
      for (const { number, key, sinceNs } of selections)
        await db.run(sql`INSERT INTO ${KEPT_SELECTIONS} VALUES (${number}, ${text(key)}, ${int(sinceNs)})`);
    });
  }

  /**
   * Takes what was counted in the traces at hand, in the place of what was taken of them before; of the selections that `failed` nothing is
   * kept. Resolves once it survives a crash.
   */
  async take(tenant: string, counts: readonly TakenCount[], failed: readonly number[]): Promise<void> {
    const { db } = this;
    await fillTaken(db, counts);
    const id = hex(sql`t.trace_id`);
    const hash = hash63(sql`t.trace_id`);
    const columns = join(names(COUNTS.map(([name]) => name)), ', ');
    await inTransaction(db, async () => {
      await db.run(
        sql`DELETE FROM ${KEPT_COUNTS} WHERE tenant = ${text(tenant)} AND trace IN (SELECT ${id} FROM ${TRACES} t)`,
      );
      await db.run(
        sql`INSERT INTO ${KEPT_COUNTS} (${columns}) SELECT ${text(tenant)}, c.selection, ${id}, c.slot, c.labels, c.key, c.value, c.count,
          ${cast(sql`c.whole`, 'int128')}, c.part, c.least, c.greatest,
          ${id}, ${hash}, coalesce(c.greatest, c.value, 0), ${id}, ${hash}, coalesce(c.least, c.value, 0)
          FROM ${TAKEN_COUNTS} c JOIN ${TRACES} t ON t.trace = c.trace`,
      );
      await this.restart(failed, NEVER_NS);
    });
    this.rowsSinceCheckpoint += counts.length;
    if (this.rowsSinceCheckpoint > CHECKPOINT_ROWS) {
      await db.checkpoint(WINDOWS_DATABASE);
      this.rowsSinceCheckpoint = 0;
    }
  }

  /** Lets go of what these selections have counted, and has them begin anew. */
  async beginAnew(selections: readonly number[], sinceNs: bigint): Promise<void> {
    await inTransaction(this.db, async () => await this.restart(selections, sinceNs));
  }

  private async restart(selections: readonly number[], sinceNs: bigint): Promise<void> {
    if (selections.length === 0) return;
    const { db } = this;
    await db.run(sql`DELETE FROM ${KEPT_COUNTS} WHERE selection IN (${numbers(selections)})`);
    await db.run(
      sql`UPDATE ${KEPT_SELECTIONS} SET since_ns = ${int(sinceNs)} WHERE n IN (${numbers(selections)})`,
    );
  }

  /** These traces are not taken again: what they have counted is put together with the rest. */
  async fold(traces: readonly { readonly tenant: string; readonly traceId: string }[]): Promise<void> {
    const { db } = this;
    const tenants = new ValueColumn('text');
    const ids = new ValueColumn('text');
    for (const [row, { tenant, traceId }] of traces.entries()) {
      tenants.set(row, tenant);
      ids.set(row, traceId);
    }
    await db.fill(
      OVER_TRACES,
      [
        ['tenant', tenants],
        ['trace', ids],
      ],
      traces.length,
    );
    const over = sql`(tenant, trace) IN (SELECT (tenant, trace) FROM ${OVER_TRACES})`;
    const place = sql`(tenant, selection, slot)`;
    const touched = sql`(trace = '' OR ${over}) AND ${place} IN (SELECT ${place} FROM ${KEPT_COUNTS} WHERE ${over})`;
    const group = sql`tenant, selection, slot, labels, key, value`;
    await db.run(
      tableAs(
        FOLDED_COUNTS,
        sql`SELECT tenant, selection, '' AS trace, slot, labels, key, value, ${SUMS} FROM ${KEPT_COUNTS} WHERE ${touched} GROUP BY ${group}`,
        { replace: true },
      ),
    );
    await inTransaction(db, async () => {
      await db.run(sql`DELETE FROM ${KEPT_COUNTS} WHERE ${touched}`);
      await db.run(sql`INSERT INTO ${KEPT_COUNTS} BY NAME SELECT * FROM ${FOLDED_COUNTS}`);
    });
  }

  /** Traces that have counts of their own. */
  async takenTraces(): Promise<readonly { readonly tenant: string; readonly traceId: string }[]> {
    const rows = await this.db.rows(sql`SELECT DISTINCT tenant, trace FROM ${KEPT_COUNTS} WHERE trace <> ''`);
    return (rows as [string, string][]).map(([tenant, traceId]) => ({ tenant, traceId }));
  }

  /** How many counts are kept of each selection, those of traces that may be taken again left out. */
  async sizes(): Promise<ReadonlyMap<number, number>> {
    const rows = await this.db.rows(
      sql`SELECT selection, count(*) FROM ${KEPT_COUNTS} WHERE trace = '' GROUP BY selection`,
    );
    return new Map((rows as [number, bigint][]).map(([selection, count]) => [selection, Number(count)]));
  }

  /** What a selection has counted in the slots from `from` on, before `to`. */
  async *counts(tenant: string, selection: number, from: bigint, to: bigint): AsyncGenerator<KeptCount> {
    const mine = sql`tenant = ${text(tenant)} AND selection = ${selection} AND slot >= ${int(from)} AND slot < ${int(to)}`;
    for await (const row of this.db.stream(
      sql`SELECT slot, labels, key, value, ${SUMS} FROM ${KEPT_COUNTS} WHERE ${mine} GROUP BY slot, labels, key, value`,
    ))
      yield countIn(row);
  }

  /** Lets go of what selections have counted in slots before `slot`, which begins at `sinceNs`. */
  async letGo(
    gone: readonly { readonly selection: number; readonly slot: bigint; readonly sinceNs: bigint }[],
  ): Promise<void> {
    const { db } = this;
    await inTransaction(db, async () => {
      for (const { selection, slot, sinceNs } of gone) {
        await db.run(sql`DELETE FROM ${KEPT_COUNTS} WHERE selection = ${selection} AND slot < ${int(slot)}`);
        await db.run(
          sql`UPDATE ${KEPT_SELECTIONS} SET since_ns = ${int(sinceNs)} WHERE n = ${selection} AND since_ns < ${int(sinceNs)}`,
        );
      }
    });
  }

  /** These marks take the place of all others. */
  async keepMarks(marks: readonly KeptMark[]): Promise<void> {
    const { db } = this;
    await inTransaction(db, async () => {
      await db.run(sql`DELETE FROM ${KEPT_MARKS}`);
      for (const { tenant, rule, revision, untilNs } of marks)
        await db.run(
          sql`INSERT INTO ${KEPT_MARKS} VALUES (${text(tenant)}, ${text(rule)}, ${text(revision)}, ${int(untilNs)})`,
        );
    });
  }

  async keepAlive(nowNs: bigint): Promise<void> {
    await inTransaction(this.db, async () => {
      await this.db.run(sql`DELETE FROM ${KEPT_ALIVE}`);
      await this.db.run(sql`INSERT INTO ${KEPT_ALIVE} VALUES (${int(nowNs)})`);
    });
  }
}

function numbers(all: readonly number[]): Sql {
  return join(
    all.map((number) => sql`${number}`),
    ', ',
  );
}
