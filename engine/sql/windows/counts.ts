/** The columns of what rules over many traces have counted, and what is put into them and read from them. */
import type { Row } from '../store/cell.js';
import { DoubleColumn, IntColumn, SmallIntColumn, ValueColumn } from '../store/columns.js';
import type { Store } from '../store/store.js';
import { TAKEN_COUNTS } from '../tables.js';
import { argMax, argMin, cast, exactSum } from '../text/operations.js';
import { join, type Sql, sql } from '../text/sql.js';

/** What one trace has for one series in one slot, or a part of it that a value tells apart. */
export interface TakenCount {
  /** `KeptSelection.number`. */
  readonly selection: number;
  /** Its number in `TRACES`. */
  readonly trace: bigint;
  /** From 1970 on. */
  readonly slot: bigint;
  /** A text for the labels. */
  readonly labels: string;
  /** As in `PartialPoint`. */
  readonly key: bigint | undefined;
  readonly value: number | undefined;
  readonly count: number;
  readonly numbers:
    | {
        readonly wholeSum: bigint;
        readonly sum: number;
        readonly least: number;
        readonly greatest: number;
      }
    | undefined;
}

/** The same of all traces. */
export interface KeptCount extends Omit<TakenCount, 'selection' | 'trace'> {
  /** Of the greatest value, and of the least; of several the least and the greatest by hash. */
  readonly first: KeptWitness;
  readonly last: KeptWitness;
}

export interface KeptWitness {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  readonly hash: bigint;
  readonly value: number;
}

/** Of the table that counts are kept in. */
export const COUNTS = [
  ['tenant', 'text'],
  ['selection', 'int32'],
  // 32 hex digits; none of traces that are over.
  ['trace', 'text'],
  ['slot', 'int64'],
  ['labels', 'text'],
  ['key', 'int64'],
  ['value', 'double'],
  ['count', 'int64'],
  ['whole', 'int128'],
  ['part', 'double'],
  ['least', 'double'],
  ['greatest', 'double'],
  ['first_trace', 'text'],
  ['first_hash', 'int64'],
  ['first_value', 'double'],
  ['last_trace', 'text'],
  ['last_hash', 'int64'],
  ['last_value', 'double'],
] as const;

/** In the order of `COUNTS`. Witnesses as `SlotCounts` chooses them, whatever the order in which traces come. */
export const SUMS: Sql = (() => {
  const byGreatest = [sql`-first_value`, sql`first_hash`];
  const byLeast = [sql`-last_value`, sql`last_hash`];
  return join(
    [
      sql`${cast(sql`sum(count)`, 'int64')} AS count`,
      sql`${cast(sql`sum(whole)`, 'int128')} AS whole`,
      sql`${exactSum(sql`part`)} AS part`,
      sql`min(least) AS least`,
      sql`max(greatest) AS greatest`,
      sql`${argMin(sql`first_trace`, byGreatest)} AS first_trace`,
      sql`${argMin(sql`first_hash`, byGreatest)} AS first_hash`,
      sql`max(first_value) AS first_value`,
      sql`${argMax(sql`last_trace`, byLeast)} AS last_trace`,
      sql`${argMax(sql`last_hash`, byLeast)} AS last_hash`,
      sql`min(last_value) AS last_value`,
    ],
    ', ',
  );
})();

/** Of a row with the slot, labels, key and value, and then `SUMS`. */
export function countIn(row: Row): KeptCount {
  const [slot, labels, key, value, count, wholeSum, sum, least, greatest, ...witnesses] = row as [
    bigint,
    string,
    bigint | null,
    number | null,
    bigint,
    bigint | null,
    number | null,
    number | null,
    number | null,
    ...[string, bigint, number, string, bigint, number],
  ];
  const [firstTrace, firstHash, firstValue, lastTrace, lastHash, lastValue] = witnesses;
  return {
    ...{ slot, labels, count: Number(count) },
    key: key ?? undefined,
    value: value ?? undefined,
    numbers:
      wholeSum === null || sum === null || least === null || greatest === null
        ? undefined
        : { wholeSum, sum, least, greatest },
    first: { traceId: firstTrace, hash: firstHash, value: firstValue },
    last: { traceId: lastTrace, hash: lastHash, value: lastValue },
  };
}

/** Makes `TAKEN_COUNTS` of them. */
export async function fillTaken(db: Store, counts: readonly TakenCount[]): Promise<void> {
  const selections = new SmallIntColumn();
  const [traces, slots, keys, sizes] = [new IntColumn(), new IntColumn(), new IntColumn(), new IntColumn()];
  const [labels, wholes] = [new ValueColumn('text'), new ValueColumn('text')];
  const [values, parts, leasts, greatests] = [0, 1, 2, 3].map(() => new DoubleColumn()) as [
    DoubleColumn,
    DoubleColumn,
    DoubleColumn,
    DoubleColumn,
  ];
  for (const [row, taken] of counts.entries()) {
    selections.set(row, taken.selection);
    traces.set(row, taken.trace);
    slots.set(row, taken.slot);
    labels.set(row, taken.labels);
    sizes.set(row, BigInt(taken.count));
    if (taken.key !== undefined) keys.set(row, taken.key);
    if (taken.value !== undefined) values.set(row, taken.value);
    if (taken.numbers === undefined) continue;
    wholes.set(row, taken.numbers.wholeSum.toString());
    parts.set(row, taken.numbers.sum);
    leasts.set(row, taken.numbers.least);
    greatests.set(row, taken.numbers.greatest);
  }
  await db.fill(
    TAKEN_COUNTS,
    [
      ['selection', selections],
      ['trace', traces],
      ['slot', slots],
      ['labels', labels],
      ['key', keys],
      ['value', values],
      ['count', sizes],
      ['whole', wholes],
      ['part', parts],
      ['least', leasts],
      ['greatest', greatests],
    ],
    counts.length,
  );
}
