/** How many cases have what the spans of violating cases carry: everything that may turn out to be different about them. */
import type { Session } from '../store/store.js';
import { ASKED_SPANS, DIFFERING_VALUES } from '../tables.js';
import { distinctAbout, filtered } from '../text/operations.js';
import { sql } from '../text/sql.js';

export interface Counts {
  readonly violated: number;
  readonly passed: number;
}

/** Of the cases that have a span in a role. */
export interface CountedRole extends Counts {
  /** By number. */
  readonly rule: number;
  readonly role: number;
}

export interface CountedField extends CountedRole {
  /** By index. */
  readonly field: number;
}

export interface CountedValue extends CountedField {
  readonly value: string;
}

const VIOLATED = filtered(sql`count(*)`, sql`violated`);
const PASSED = filtered(sql`count(*)`, sql`NOT violated`);

export async function casesByRole(session: Session): Promise<readonly CountedRole[]> {
  const rows = await session.rows(
    sql`SELECT rule, role, ${VIOLATED}, ${PASSED} FROM ${ASKED_SPANS} GROUP BY rule, role`,
  );
  return (rows as [number, number, bigint, bigint][]).map(([rule, role, violated, passed]) => ({
    rule,
    role,
    violated: Number(violated),
    passed: Number(passed),
  }));
}

/** The cases whose span has the field. */
export async function casesByField(session: Session): Promise<readonly CountedField[]> {
  const rows = await session.rows(
    sql`SELECT rule, role, field, ${VIOLATED}, ${PASSED} FROM ${ASKED_SPANS} c
    JOIN (SELECT row, field FROM ${DIFFERING_VALUES} WHERE counts) v ON v.row = c.row GROUP BY rule, role, field`,
  );
  return (rows as [number, number, number, bigint, bigint][]).map(
    ([rule, role, field, violated, passed]) => ({
      rule,
      role,
      field,
      violated: Number(violated),
      passed: Number(passed),
    }),
  );
}

/** The values that so many violating cases have, at least. */
export async function casesByValue(session: Session, least: number): Promise<readonly CountedValue[]> {
  const rows = await session.rows(
    sql`SELECT rule, role, field, value, ${VIOLATED} AS v, ${PASSED} FROM ${ASKED_SPANS} c
    JOIN (SELECT row, field, value FROM ${DIFFERING_VALUES}) v ON v.row = c.row GROUP BY rule, role, field, value HAVING ${VIOLATED} >= ${least}`,
  );
  return (rows as [number, number, number, string, bigint, bigint][]).map(
    ([rule, role, field, value, violated, passed]) => ({
      rule,
      role,
      field,
      value,
      violated: Number(violated),
      passed: Number(passed),
    }),
  );
}

/** By the index of the field: about how many values the spans have, and how many spans have one. */
export async function differentValues(
  session: Session,
): Promise<ReadonlyMap<number, { readonly values: number; readonly spans: number }>> {
  const rows = await session.rows(
    sql`SELECT field, ${distinctAbout(sql`value`)}, ${filtered(sql`count(*)`, sql`counts`)} FROM ${DIFFERING_VALUES} GROUP BY field`,
  );
  return new Map(
    (rows as [number, bigint, bigint][]).map(([field, values, spans]) => [
      field,
      { values: Number(values), spans: Number(spans) },
    ]),
  );
}
