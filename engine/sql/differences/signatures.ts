/** Cases, violating and passing, counted by which of the values they have that are compared. */
import { dropTables } from '../store/drop-tables.js';
import type { Session, Store } from '../store/store.js';
import { DIFFERING_BITS, DIFFERING_CODES } from '../tables.js';
import { bitOr, bitOrOver, element, emptyTable, filtered, int, list } from '../text/operations.js';
import { sql } from '../text/sql.js';
import type { Asked, Codes } from './codes.js';

export async function startBits(db: Store): Promise<void> {
  await dropTables(db, [DIFFERING_BITS]);
  await db.run(
    emptyTable(DIFFERING_BITS, [
      ['rule', 'int32'],
      ['part', 'int32'],
      ['id', 'int64'],
      ['violated', 'bool'],
      ['roles', 'int64'],
      ['bits', 'int64'],
    ]),
  );
}

/** Adds what the spans of the unit at hand say of the cases of one rule, of which at most 62 values are asked for: the spans of a case may lie in several units. */
export async function addBits(session: Session, asked: Asked, codes: Codes): Promise<void> {
  const bits = asked.values.map(
    (value, n) =>
      sql`CASE WHEN role = ${value.role} AND ${codes.is(value)} THEN ${int(1n << BigInt(n))} ELSE 0 END`,
  );
  await session.run(sql`INSERT INTO ${DIFFERING_BITS}
    SELECT rule, part, id, violated, ${bitOrOver(element(list(BIT_OF_ROLE), sql`role + 1`))}, ${bitOrOver(bitOr([int(0n), ...bits]))}
    FROM ${DIFFERING_CODES} WHERE rule = ${asked.number} GROUP BY rule, part, id, violated`);
}

const BIT_OF_ROLE = Array.from({ length: 31 }, (_, role) => int(1n << BigInt(role)));

/** Cases that have spans in the same roles and the same of the values. */
export interface CountedSignature {
  /** Indices of the values, ascending. */
  readonly items: readonly number[];
  readonly roles: number;
  readonly violated: number;
  readonly passed: number;
}

export async function signaturesOf(
  session: Session,
  { number, values }: Asked,
): Promise<readonly CountedSignature[]> {
  const cases = sql`SELECT violated, ${bitOrOver(sql`roles`)} AS roles, ${bitOrOver(sql`bits`)} AS bits
    FROM ${DIFFERING_BITS} WHERE rule = ${number} GROUP BY part, id, violated`;
  const rows = await session.rows(
    sql`SELECT bits, roles, ${filtered(sql`count(*)`, sql`violated`)}, ${filtered(sql`count(*)`, sql`NOT violated`)} FROM (${cases}) GROUP BY bits, roles`,
  );
  return (rows as [bigint, bigint, bigint, bigint][]).map(([bits, roles, violated, passed]) => ({
    items: values.flatMap((_, n) => ((bits >> BigInt(n)) & 1n ? [n] : [])),
    roles: Number(roles),
    violated: Number(violated),
    passed: Number(passed),
  }));
}
