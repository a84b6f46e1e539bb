/** Cases, violating and passing, counted by which of the values they have that are compared. */
import { dropTables } from '../store/drop-tables.js';
import type { Session } from '../store/store.js';
import { ASKED_SPANS, DIFFERING_ITEMS, DIFFERING_VALUES } from '../tables.js';
import { bitOrOver, double, element, emptyTable, filtered, int, list, text } from '../text/operations.js';
import { FALSE, join, NULL, type Sql, sql } from '../text/sql.js';
import type { RuleOfCases } from './case-spans.js';

/** What a case may have in a role: a value of a field, a number above or below a cut, or not the field at all. */
export interface AskedItem {
  readonly role: number;
  readonly field: number;
  readonly is:
    | { readonly kind: 'value'; readonly value: string }
    | { readonly kind: 'missing' }
    /** `cut` itself is above. */
    | { readonly kind: 'above' | 'below'; readonly cut: number };
}

/** At most 62 items. */
export interface Asked extends RuleOfCases {
  readonly items: readonly AskedItem[];
}

/** Cases that have spans in the same roles and the same of the items. */
export interface CountedSignature {
  /** By number. */
  readonly rule: number;
  /** Indices of the items, ascending. */
  readonly items: readonly number[];
  readonly roles: number;
  readonly violated: number;
  readonly passed: number;
}

const BIT_OF_ROLE = Array.from({ length: 31 }, (_, role) => int(1n << BigInt(role)));

export async function signaturesOf(
  session: Session,
  rules: readonly Asked[],
): Promise<readonly CountedSignature[]> {
  await makeItems(session, rules);
  const key = sql`c.rule, c.part, c.id, c.violated`;
  const having = (values: Sql, condition: Sql): Sql =>
    sql`SELECT ${key}, 0 AS roles, i.bit AS bits FROM ${ASKED_SPANS} c JOIN ${values} v ON v.row = c.row
    JOIN ${DIFFERING_ITEMS} i ON i.place = ${placeOf(sql`c.rule`, sql`c.role`, sql`v.field`)} AND ${condition}`;
  const bits = [
    sql`SELECT ${key}, ${element(list(BIT_OF_ROLE), sql`c.role + 1`)} AS roles, 0 AS bits FROM ${ASKED_SPANS} c`,
    having(valuesSql(rules, 'value'), sql`i.value = v.value`),
    having(
      valuesSql(rules, 'above', 'below'),
      sql`((i.is_above AND v.number >= i.cut) OR (NOT i.is_above AND v.number < i.cut))`,
    ),
    // Of what is missing the bit says that it is there.
    having(sql`(SELECT * FROM ${valuesSql(rules, 'missing')} WHERE counts)`, sql`i.is_missing`),
  ];
  const cases = sql`SELECT rule, violated, ${bitOrOver(sql`roles`)} AS roles, ${bitOrOver(sql`bits`)} AS bits
    FROM (${join(bits, '\nUNION ALL ')}) GROUP BY rule, part, id, violated`;
  const rows = await session.rows(
    sql`SELECT rule, bits, roles, ${filtered(sql`count(*)`, sql`violated`)}, ${filtered(sql`count(*)`, sql`NOT violated`)} FROM (${cases}) GROUP BY rule, bits, roles`,
  );
  await dropTables(session, [DIFFERING_ITEMS]);
  const byNumber = new Map(rules.map((rule) => [rule.number, rule]));
  return (rows as [number, bigint, bigint, bigint, bigint][]).map(([rule, bits, roles, violated, passed]) => {
    const has = ({ role, is }: AskedItem, n: number): boolean =>
      ((bits >> BigInt(n)) & 1n) === (is.kind === 'missing' ? 0n : 1n) &&
      ((roles >> BigInt(role)) & 1n) === 1n;
    return {
      rule,
      items: byNumber.get(rule)!.items.flatMap((item, n) => (has(item, n) ? [n] : [])),
      roles: Number(roles),
      violated: Number(violated),
      passed: Number(passed),
    };
  });
}

/** Made of all three, so that no join begins with the items: what one of them says is true of very many spans, for many rules. */
function placeOf(rule: Sql | number, role: Sql | number, field: Sql | number): Sql {
  return sql`((${rule} * 32 + ${role}) * 1024 + ${field})`;
}

/** Of the fields that items of these kinds are about. */
function valuesSql(rules: readonly Asked[], ...kinds: readonly AskedItem['is']['kind'][]): Sql {
  const fields = new Set(
    rules.flatMap(({ items }) => items.flatMap(({ field, is }) => (kinds.includes(is.kind) ? [field] : []))),
  );
  if (fields.size === 0) return sql`(SELECT * FROM ${DIFFERING_VALUES} WHERE ${FALSE})`;
  return sql`(SELECT * FROM ${DIFFERING_VALUES} WHERE field IN (${join(
    [...fields].map((field) => sql`${field}`),
    ', ',
  )}))`;
}

async function makeItems(session: Session, rules: readonly Asked[]): Promise<void> {
  await dropTables(session, [DIFFERING_ITEMS]);
  await session.run(
    emptyTable(DIFFERING_ITEMS, [
      ['place', 'int32'],
      ['bit', 'int64'],
      ['value', 'text'],
      ['is_missing', 'bool'],
      ['is_above', 'bool'],
      ['cut', 'double'],
    ]),
  );
  const rows = rules.flatMap(({ number, items }) =>
    items.map(({ role, field, is }, n) => {
      const value = is.kind === 'value' ? text(is.value) : NULL;
      const isAbove = is.kind === 'above' ? sql`true` : is.kind === 'below' ? sql`false` : NULL;
      const cut = 'cut' in is ? double(is.cut) : NULL;
      return sql`(${placeOf(number, role, field)}, ${int(1n << BigInt(n))}, ${value}, ${is.kind === 'missing' ? sql`true` : sql`false`}, ${isAbove}, ${cut})`;
    }),
  );
  if (rows.length > 0) await session.run(sql`INSERT INTO ${DIFFERING_ITEMS} VALUES ${join(rows, ', ')}`);
}
