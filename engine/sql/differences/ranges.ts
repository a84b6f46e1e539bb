/** Numbers that are parted where violating and passing cases may differ: few cuts for each field, at quantiles of either. */
import type { Session } from '../store/store.js';
import { ASKED_SPANS, DIFFERING_VALUES } from '../tables.js';
import { double, filtered, quantile } from '../text/operations.js';
import { join, type Sql, sql } from '../text/sql.js';
import type { CountedField } from './counts.js';

/** In addition to the least and the greatest number of violating cases: what is wrong for large numbers begins at the least of those. */
const QUANTILES = { violated: [0.1, 0.9], passed: [0.05, 0.25, 0.5, 0.75, 0.95] };

/** Cases whose number is `cut` at least. */
export interface CountedCut extends CountedField {
  readonly cut: number;
  /** The greatest number that some case has below the cut; undefined for none. */
  readonly below: number | undefined;
  /** The least that some case has from the cut on. */
  readonly from: number;
}

export async function casesByCut(session: Session, least: number): Promise<readonly CountedCut[]> {
  const numbers = sql`SELECT c.rule, c.role, c.violated, v.field, v.number FROM ${ASKED_SPANS} c
    JOIN (SELECT row, field, number FROM ${DIFFERING_VALUES} WHERE number IS NOT NULL) v ON v.row = c.row`;
  const quantiles = (values: readonly number[], condition: Sql): readonly Sql[] =>
    values.map((part) => filtered(quantile(sql`number`, part), condition));
  const ends = [sql`min(number)`, sql`max(number)`].map((end) => filtered(end, sql`violated`));
  const found = await session.rows(
    sql`SELECT rule, role, field, ${join([...ends, ...quantiles(QUANTILES.violated, sql`violated`), ...quantiles(QUANTILES.passed, sql`NOT violated`)], ', ')}
    FROM (${numbers}) GROUP BY rule, role, field HAVING ${filtered(sql`count(*)`, sql`violated`)} >= ${least} AND min(number) < max(number)`,
  );
  const cuts = found.flatMap(([rule, role, field, ...values]) =>
    [
      ...new Set(
        (values as (number | null)[]).flatMap((value) => (value === null ? [] : [value, above(value)])),
      ),
    ].map((cut) => sql`(${Number(rule)}, ${Number(role)}, ${Number(field)}, ${double(Number(cut))})`),
  );
  if (cuts.length === 0) return [];
  const isFrom = sql`n.number >= k.cut`;
  const counts = [sql`n.violated`, sql`NOT n.violated`].map((is) =>
    filtered(sql`count(*)`, sql`${is} AND ${isFrom}`),
  );
  const rows = await session.rows(
    sql`SELECT k.rule, k.role, k.field, k.cut, ${join(counts, ', ')}, ${filtered(sql`max(n.number)`, sql`NOT (${isFrom})`)}, ${filtered(sql`min(n.number)`, isFrom)}
    FROM (${numbers}) n JOIN (VALUES ${join(cuts, ', ')}) AS k(rule, role, field, cut)
    ON k.rule = n.rule AND k.role = n.role AND k.field = n.field GROUP BY k.rule, k.role, k.field, k.cut`,
  );
  return (rows as [number, number, number, number, bigint, bigint, number | null, number][]).map(
    ([rule, role, field, cut, violated, passed, below, from]) => ({
      rule,
      role,
      field,
      cut,
      violated: Number(violated),
      passed: Number(passed),
      below: below ?? undefined,
      from,
    }),
  );
}

/** The next number, so that a value itself may also be below a cut. */
function above(value: number): number {
  if (!Number.isFinite(value)) return value;
  if (value === 0) return Number.MIN_VALUE;
  const [double, bits] = [new Float64Array([value]), new BigInt64Array(1)];
  bits[0] = new BigInt64Array(double.buffer)[0]! + (value > 0 ? 1n : -1n);
  return new Float64Array(bits.buffer)[0]!;
}
