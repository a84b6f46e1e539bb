/** How many violating cases have each of the values that may be different, and how many that passed. */
import type { Store } from '../store/store.js';
import { DIFFERING_CODES } from '../tables.js';
import { sql } from '../text/sql.js';
import { type Codes, codeOf } from './codes.js';

/** Of the cases that have a span in the role. */
export interface CountedShare {
  /** By number. */
  readonly rule: number;
  readonly role: number;
  readonly field: number;
  /** Null where the span has not the field; undefined for all other values together. */
  readonly value: string | null | undefined;
  readonly violated: boolean;
  readonly cases: number;
}

/** Of the unit at hand, of which the codes are made. A case has one span in a role, so units add up. */
export async function sharesInUnit(db: Store, codes: Codes): Promise<readonly CountedShare[]> {
  const shares: CountedShare[] = [];
  await db.each(codes.fields, async (session, field) => {
    const counted = await session.rows(
      sql`SELECT rule, role, violated, ${codeOf(field)}, count(*) FROM ${DIFFERING_CODES} GROUP BY rule, role, violated, ${codeOf(field)}`,
    );
    for (const [rule, role, violated, code, cases] of counted as [
      number,
      number,
      boolean,
      number | null,
      bigint,
    ][])
      shares.push({
        rule,
        role,
        field,
        value: codes.valueOf(field, code),
        violated,
        cases: Number(cases),
      });
  });
  return shares;
}
