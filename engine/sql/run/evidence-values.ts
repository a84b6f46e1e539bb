/** What the clauses that are violated compared on the spans that are evidence: read for these few spans, after all verdicts. */

import { type ComparedField, comparedFields } from '../../plan/compared-fields.js';
import { type FieldPlan, itemOf } from '../../plan/expression.js';
import { readsOtherSpans } from '../../plan/intrinsic-reads.js';
import { forEachKeptField } from '../../plan/kept-fields.js';
import type { Plan } from '../../plan/plan.js';
import type { Signature } from '../compile/condition/signature.js';
import type { Relations } from '../compile/relations.js';
import { PredicateColumns } from '../compile/scan/predicate-columns.js';
import { passSql } from '../compile/scan/scan.js';
import { compileValue, fieldColumns } from '../compile/value/expression.js';
import { jsonOfAll } from '../compile/value/value.js';
import type { Store } from '../store/store.js';
import { EVIDENCE_FIELDS, EVIDENCE_ROWS, EVIDENCE_SHOWN, ITEM_TABLES, LISTED, SPANS } from '../tables.js';
import { distinctList, semiJoin, tableAs } from '../text/operations.js';
import { EMPTY, join, type Sql, sql } from '../text/sql.js';
import { parseValue } from './json-value.js';

/** What a clause of a rule (both by index) compared on a span, by the text that names it; null where it was missing. */
export type EvidenceValues = (rule: number, clause: number) => (row: bigint) => ReadonlyMap<string, unknown>;

export const NO_VALUES: EvidenceValues = () => () => NONE;
const NONE: ReadonlyMap<string, unknown> = new Map();

/** The fields that the clauses violated in the table `listed` compare, in a form that is read once for all of them. */
export class ComparedFields {
  /** The rules that have any, by index: the spans of others need not be looked at. */
  readonly rules: readonly number[];
  private readonly byClause = new Map<string, readonly ComparedField[]>();
  private readonly distinct = new Map<string, FieldPlan>();

  constructor(
    private readonly plan: Plan,
    violated: Iterable<{ readonly rule: number; readonly clause: number }>,
  ) {
    const rules = new Set<number>();
    for (const { rule, clause } of violated) {
      const key = `${rule} ${clause}`;
      if (this.byClause.has(key)) continue;
      const fields = comparedFields(plan.rules[rule]!.clauses[clause]!, plan.predicates);
      this.byClause.set(key, fields);
      if (fields.length > 0) rules.add(rule);
      for (const { text, field } of fields) this.distinct.set(text, field);
    }
    this.rules = [...rules];
  }

  /** Reads them for the spans in the table `evidence_shown`, out of `relations`, whose `matched` has these spans. */
  async read(db: Store, relations: Relations): Promise<EvidenceValues> {
    const rules = this.rules.map((rule) => sql`${rule}`);
    await db.run(
      tableAs(
        EVIDENCE_ROWS,
        sql`SELECT DISTINCT row FROM ${EVIDENCE_SHOWN} WHERE rule IN (${join(rules, ', ')})`,
        { replace: true },
      ),
    );
    const values = new Map<bigint, Map<string, unknown>>();
    const items = [...this.distinct].filter(([, field]) => itemOf(field) !== undefined);
    const own = [...this.distinct].filter(([, field]) => itemOf(field) === undefined);
    const signatures = await this.readOwn(db, relations, own, values);
    await readItems(db, relations, items, values);
    return (rule, clause) => {
      const fields = this.byClause.get(`${rule} ${clause}`) ?? [];
      if (fields.length === 0) return () => NONE;
      return (row) => {
        const [known, signature] = [values.get(row), signatures.get(row)];
        return new Map(
          fields
            .filter(({ predicates }) => signature !== undefined && [...predicates].some(signature))
            .map(({ text }) => [text, known?.get(text) ?? null]),
        );
      };
    };
  }

  private async readOwn(
    db: Store,
    relations: Relations,
    fields: readonly NamedField[],
    values: Map<bigint, Map<string, unknown>>,
  ): Promise<ReadonlyMap<bigint, Signature>> {
    const { columns, predicates, matched } = relations;
    const words = predicates.words();
    const late: FieldPlan[] = [];
    forEachKeptField(this.plan, (field) => void late.push(field));
    const kept = new Set(late.flatMap((field) => fieldColumns(field, columns)));
    const hasAll = fields.every(([, field]) =>
      fieldColumns(field, columns).every((fieldColumn) => kept.has(fieldColumn)),
    );
    if (!hasAll) await db.run(fieldsSql(fields, this.plan, relations));
    const scope = { columns, span: hasAll ? sql`m` : sql`f` };
    const selected = [
      sql`m.row`,
      ...words.map((word) => sql`m.${word}`),
      ...fields.map(([, field]) => jsonOfAll(compileValue({ kind: 'field', field }, scope))),
    ].map((value, n) => sql`${value} AS c${n}`);
    const others = hasAll ? EMPTY : sql` JOIN ${EVIDENCE_FIELDS} f ON f.row = m.row`;
    const rows = await db.rows(
      sql`SELECT ${join(selected, ', ')} FROM ${matched} m${others} WHERE m.row IN (SELECT * FROM ${EVIDENCE_ROWS})`,
    );
    const signatures = new Map<bigint, Signature>();
    for (const [row, ...cells] of rows as [bigint, ...(bigint | string | null)[]][]) {
      signatures.set(row, predicates.signature(cells.slice(0, words.length) as bigint[]));
      const read = cells.slice(words.length) as (string | null)[];
      values.set(row, new Map(fields.map(([text], n) => [text, parseValue(read[n]!)])));
    }
    return signatures;
  }
}

type NamedField = readonly [text: string, field: FieldPlan];

/** Makes `evidence_fields`: of the spans in question, or with parents of their traces, what the pass over the spans did not keep. */
function fieldsSql(fields: readonly NamedField[], { needs }: Plan, { columns }: Relations): Sql {
  const late = fields.map(([, field]) => field);
  const wholeTraces = late.some(readsOtherSpans);
  const asked = wholeTraces
    ? semiJoin(LISTED, { using: ['trace'] })
    : semiJoin(EVIDENCE_ROWS, { using: ['row'] });
  return passSql(
    {
      predicates: [],
      needs: { ...needs, spans: [] },
      late,
      shows: false,
      spans: sql`(SELECT * FROM ${SPANS} ${asked})`,
    },
    { columns, predicates: new PredicateColumns([], columns), matched: EVIDENCE_FIELDS },
  );
}

/** A span may have several events or links: it has one value of such a field, or the list of those that differ. */
async function readItems(
  db: Store,
  { columns }: Relations,
  fields: readonly NamedField[],
  values: ReadonlyMap<bigint, Map<string, unknown>>,
): Promise<void> {
  for (const [text, field] of fields) {
    const item = itemOf(field)!;
    const value = jsonOfAll(
      compileValue({ kind: 'field', field }, { columns, span: sql`i`, [item]: sql`i` }),
    );
    const rows = await db.rows(sql`SELECT row, ${distinctList(sql`value`)} FROM (
      SELECT i.row, ${value} AS value FROM ${ITEM_TABLES[item]} i ${semiJoin(EVIDENCE_ROWS, { using: ['row'] })}) WHERE value IS NOT NULL GROUP BY row`);
    for (const [row, list] of rows as [bigint, readonly string[]][]) {
      // An int and a double may read alike.
      const found = [...new Set(list.map(parseValue))];
      values.get(row)?.set(text, found.length === 1 ? found[0] : found);
    }
  }
}
