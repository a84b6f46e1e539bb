/** What ClickHouse means otherwise by the same SQL, and what is made of it: each would be a wrong answer, and no error. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { furtherText } from '../../../engine/plan/further-values.js';
import { ATTRIBUTE_TYPES } from '../../../engine/plan/schema.js';
import { compareValues } from '../../../engine/sql/compile/value/compare.js';
import type { ClickHouseStore } from '../../../engine/sql/dialects/clickhouse/store.js';
import {
  anyTrue,
  argMin,
  argMinOrNull,
  byteLength,
  bytesOut,
  cast,
  changedList,
  characters,
  double,
  eachOf,
  element,
  emptyTable,
  everyOf,
  fromHex,
  greatestOfAny,
  int,
  intArithmetic,
  jsonOfList,
  list,
  listOf,
  lowerCase,
  memberOf,
  placeIn,
  quantileOfAny,
  someOf,
  storedValues,
  tableAs,
  text,
  tryCast,
  wholeSum,
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
    const [nan, number] = [{ d: double(Number.NaN) }, { d: double(1) }];
    const compared = (['=', '!=', '<', '>='] as const).flatMap((operator) => [
      compareValues(operator, nan, nan, true),
      compareValues(operator, nan, number, true),
    ]);
    const found = await values(...compared.map((condition) => cast(condition, 'bool')));
    expect(found).toEqual([false, false, true, true, false, false, false, false]);
    expect(await values(double(Number.NaN), double(Number.POSITIVE_INFINITY), double(-0))).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      -0,
    ]);
  });

  it('a sum of ints is as wide as it has to be, and does not wrap around', async () => {
    const rows = await db.rows(
      sql`SELECT ${wholeSum(sql`x`)}, ${tryCast(wholeSum(sql`x`), 'int64')} FROM (SELECT ${int(MOST)} AS x UNION ALL SELECT ${int(MOST)})`,
    );
    expect(rows).toEqual([[2n * MOST, null]]);
  });

  it('NaN is above all numbers where the greatest and quantiles are sought', async () => {
    const over = (numbers: readonly number[]): Sql =>
      join(
        numbers.map((number) => sql`SELECT ${double(number)} AS x`),
        ' UNION ALL ',
      );
    const found = async (...numbers: readonly number[]): Promise<unknown> =>
      await db.rows(
        sql`SELECT ${greatestOfAny(sql`x`)}, min(x), ${quantileOfAny(sql`x`, 0.5)}, ${quantileOfAny(sql`x`, 0.75)} FROM (${over(numbers)})`,
      );
    expect(await found(1, Number.NaN, 2)).toEqual([[Number.NaN, 1, 2, Number.NaN]]);
    expect(await found(1, 4, 2)).toEqual([[4, 1, 2, 3]]);
    expect(await found(Number.NaN)).toEqual([[Number.NaN, Number.NaN, Number.NaN, Number.NaN]]);
  });

  it('what is grouped by a list has one group for each list, and one for none', async () => {
    await db.run(emptyTable(name('grouped'), [['held', 'text[]']], { replace: true }));
    await db.run(
      sql`INSERT INTO grouped VALUES (${list([text('a')])}), (${list([text('a')])}), (${list([])}), (NULL), (NULL)`,
    );
    const rows = await db.rows(sql`SELECT held, count(*) AS c FROM grouped GROUP BY held`);
    expect(
      rows
        .map((row) => JSON.stringify(row, (_, v: unknown) => (typeof v === 'bigint' ? Number(v) : v)))
        .sort(),
    ).toEqual(['[["a"],2]', '[[],1]', '[null,2]']);
    await db.drop([name('grouped')]);
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

  it('a list that is missing is null, and one without elements is not', async () => {
    await db.run(emptyTable(name('lists'), [['held', 'text[]']], { replace: true }));
    await db.run(sql`INSERT INTO lists VALUES (${list([text('A'), text('b')])}), (${list([])}), (NULL)`);
    const held = sql`held`;
    const found = await db.rows(
      sql`SELECT held, held IS NULL, ${someOf(listOf(held, 'text[]'), 'x', (x) => sql`${x} = ${text('b')}`)},
        ${everyOf(listOf(held, 'text[]'), 'x', (x) => sql`${x} = ${text('b')}`)},
        ${changedList(held, 'text[]', 'x', lowerCase)}, ${jsonOfList(held, 'text[]')} FROM lists`,
    );
    expect(found).toEqual([
      [['A', 'b'], 0, 1, 0, ['a', 'b'], '["A","b"]'],
      [[], 0, 0, 1, [], '[]'],
      [null, 1, 0, 1, null, null],
    ]);
    await db.drop([name('lists')]);
  });

  it('values of a key that is there several times are read from their text exactly', async () => {
    const values = [9007199254740993n, Number.NaN, 0.5, 'é"\\', true, [1n, 2n], []];
    const stored = storedValues(text(furtherText(values)));
    const rows = await db.rows(
      sql`SELECT ${join(
        (['i', 'd', 's', 'b', 'li', 'ls'] as const).map((type) =>
          type === 'li' || type === 'ls'
            ? eachOf(stored, 'x', (x) => jsonOfList(memberOf(x, type), ATTRIBUTE_TYPES[type]))
            : eachOf(stored, 'x', (x) => memberOf(x, type)),
        ),
        ', ',
      )}`,
    );
    const only = (place: number, value: unknown) => values.map((_, n) => (n === place ? value : null));
    expect(rows).toEqual([
      [
        only(0, 9007199254740993n),
        [null, Number.NaN, 0.5, null, null, null, null],
        only(3, 'é"\\'),
        only(4, true),
        only(5, '[1,2]'),
        only(6, '[]'),
      ],
    ]);
  });

  it('the first by an order is that, also where its value is null', async () => {
    const rows = await db.rows(
      sql`SELECT ${argMinOrNull(sql`v`, sql`p`, sql`p < 9`)}, ${argMin(sql`v`, [sql`p`])}, ${argMinOrNull(sql`v`, sql`p`, sql`p < 0`)}
        FROM (SELECT ${cast(NULL, 'int64')} AS v, ${int(1n)} AS p UNION ALL SELECT ${int(7n)}, ${int(2n)})`,
    );
    expect(rows).toEqual([[null, 7n, null]]);
  });

  it('lower case is that of each letter by itself', async () => {
    const found = await values(...['ΑΣ', 'İZ', 'K', 'Éa'].map((word) => lowerCase(text(word))));
    expect(found).toEqual(['ασ', 'iz', 'k', 'éa']);
    expect(await values(lowerCase(cast(NULL, 'text')))).toEqual([null]);
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
