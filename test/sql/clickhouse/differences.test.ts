/** What ClickHouse means otherwise by the same SQL, and what is made of it: each would be a wrong answer, and no error. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareValues } from '../../../engine/sql/compile/value/compare.js';
import type { ClickHouseStore } from '../../../engine/sql/dialects/clickhouse/store.js';
import {
  anyTrue,
  byteLength,
  bytesOut,
  cast,
  characters,
  double,
  element,
  fromHex,
  int,
  intArithmetic,
  list,
  placeIn,
  tableAs,
  text,
} from '../../../engine/sql/text/operations.js';
import { join, NULL, name, type Sql, sql } from '../../../engine/sql/text/sql.js';
import { hasChdb, openChdb } from './chdb.js';

const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;

describe.skipIf(!hasChdb)('in ClickHouse', () => {
  let db: ClickHouseStore;
  beforeAll(async () => {
    db = await openChdb();
  });
  afterAll(() => db.close());

  const values = async (...selected: readonly Sql[]): Promise<readonly unknown[]> => {
    const [row] = await db.rows(sql`SELECT ${join(selected, ', ')}`);
    return row!;
  };

  it('an outer join gives null where there is no row, not 0 or an empty text', async () => {
    const rows = await db.rows(
      sql`SELECT b.k, b.v FROM (SELECT ${int(1n)} AS k) a LEFT JOIN (SELECT ${int(2n)} AS k, ${text('x')} AS v) b ON b.k = a.k`,
    );
    expect(rows).toEqual([[null, null]]);
  });

  it('an aggregate of nothing is null, and a count of nothing 0', async () => {
    const rows = await db.rows(
      sql`SELECT count(*), sum(x), max(x) FROM (SELECT ${int(1n)} AS x) WHERE x > 1`,
    );
    expect(rows).toEqual([[0n, null, null]]);
  });

  it('null is in no list and out of none', async () => {
    const missing = cast(NULL, 'int64');
    const found = await values(
      sql`${missing} IN (1, 2)`,
      sql`${missing} NOT IN (1, 2)`,
      sql`${int(1n)} IN (1, 2)`,
    );
    expect(found).toEqual([null, null, 1]);
  });

  it('ints that do not fit are null, and do not wrap around; so is what is divided by zero', async () => {
    const found = await values(
      intArithmetic(int(MOST), '+', int(1n)),
      intArithmetic(int(LEAST), '-', int(1n)),
      intArithmetic(int(MOST), '*', int(MOST)),
      intArithmetic(int(LEAST), '/', int(-1n)),
      intArithmetic(int(7n), '/', int(0n)),
      intArithmetic(int(7n), '%', int(0n)),
      intArithmetic(int(MOST), '-', int(1n)),
      intArithmetic(int(-7n), '/', int(2n)),
      intArithmetic(int(-7n), '%', int(2n)),
    );
    expect(found).toEqual([null, null, null, null, null, null, MOST - 1n, -3n, -1n]);
  });

  it('NaN is equal to nothing, itself included, and in no order', async () => {
    const [nan, one] = [{ d: double(Number.NaN) }, { d: double(1) }];
    const compared = (['=', '!=', '<', '>='] as const).flatMap((operator) => [
      compareValues(operator, nan, nan, true),
      compareValues(operator, nan, one, true),
    ]);
    const found = await values(...compared.map((condition) => cast(condition, 'bool')));
    expect(found).toEqual([false, false, true, true, false, false, false, false]);
    expect(await values(double(Number.NaN), double(Number.POSITIVE_INFINITY), double(-0))).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      -0,
    ]);
  });

  it('an element beyond the end of a list is null, not the default of its type', async () => {
    const numbers = list([int(5n), int(6n)]);
    const none = cast(list([]), 'int64[]');
    expect(
      await values(
        element(numbers, sql`3`),
        element(none, sql`1`),
        placeIn(numbers, int(7n)),
        placeIn(numbers, int(6n)),
      ),
    ).toEqual([null, null, null, 2n]);
  });

  it('texts are counted by characters, bytes by bytes; both hold anything', async () => {
    const hostile = `';\nDROP TABLE x; -- \\ " \0 \u2028 é`;
    const found = await values(
      text(hostile),
      characters(text('né')),
      byteLength(text('né')),
      bytesOut(fromHex('00ff27')),
    );
    expect(found).toEqual([hostile, 2n, 3n, Uint8Array.of(0, 255, 39)]);
    await db.run(tableAs(name('odd `name\\'), sql`SELECT ${text(hostile)} AS v`));
    expect(await db.rows(sql`SELECT v FROM ${name('odd `name\\')}`)).toEqual([[hostile]]);
    await db.drop([name('odd `name\\')]);
  });

  it('a truth comes out as one, not as a number', async () => {
    const rows = await db.rows(
      sql`SELECT ${anyTrue(sql`x > 1`)}, ${anyTrue(sql`x > 9`)} FROM (SELECT ${int(2n)} AS x)`,
    );
    expect(rows).toEqual([[true, false]]);
  });
});
