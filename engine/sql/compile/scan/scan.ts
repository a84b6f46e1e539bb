import { CLIENT, SERVER } from '../../../otlp/names.js';
import { type Expression, type FieldPlan, forEachField, isTrue, itemOf } from '../../../plan/expression.js';
import { readsChildren } from '../../../plan/intrinsic-reads.js';
import { itemCases } from '../../../plan/item-cases.js';
import { forEachKeptField } from '../../../plan/kept-fields.js';
import { bindsByStructure, readsStructure, SERVICE_NAME } from '../../../plan/needs.js';
import type { Plan } from '../../../plan/plan.js';
import { type ColumnNeeds, nestedColumns, type SpanColumn } from '../../../plan/schema.js';
import { forEachLateField } from '../../../plan/visit.js';
import { SPANS, TRACES } from '../../tables.js';
import { argMin, byteLength, filtered, tableAs } from '../../text/operations.js';
import { EMPTY, join, name, names, type Sql, sql, TRUE } from '../../text/sql.js';
import type { AttributeColumns } from '../attribute-columns.js';
import { cte } from '../ctes.js';
import type { Relations } from '../relations.js';
import { compileBoolean, fieldColumns } from '../value/expression.js';
import { disjunction } from '../value/value.js';
import { firstItemCtes } from './first-items.js';
import { hasNone, itemAliases, itemJoins } from './item-case.js';

/**
 * The shared pass: one statement that reads `spans` (and `events`, `links`, `traces` where needed) and makes `matched`,
 * the spans that match at least one predicate of the run.
 *
 * `matched` has `trace`, `row`, `start_ns`, `end_ns`, the nested set numbers when the plan needs them, the columns of
 * `PredicateColumns`, those of every field that is read after the pass, and perhaps what evidence shows of a span.
 */
export function scanSql(plan: Plan, relations: Relations): Sql {
  const late: FieldPlan[] = [];
  forEachKeptField(plan, (field) => void late.push(field));
  const shows = keepsEvidence(plan);
  return passSql({ predicates: plan.predicates, needs: plan.needs, late, shows }, relations);
}

/**
 * Whether the pass keeps what is shown of evidence. A few rules look at few spans, for which that costs less than to read the
 * columns again for the spans that are shown in the end. Of flows the spans are not at hand any more then.
 */
export function keepsEvidence({ rules }: Pick<Plan, 'rules'>): boolean {
  return rules.length <= 4 || rules.some(({ flow }) => flow !== undefined);
}

/** What one pass over the spans is for. */
export interface Pass {
  readonly predicates: readonly Expression[];
  readonly needs: ColumnNeeds;
  /** Fields that are read after the pass. */
  readonly late: readonly FieldPlan[];
  /** Whether what is shown of a span is kept too: its id, kind, name and service. */
  readonly shows: boolean;
  /** The relation of the spans to look at; default all. */
  readonly spans?: Sql;
  /** Whether spans that match no predicate are kept too, each with its status. */
  readonly keepsAll?: boolean;
}

/** The statement of one pass, which makes `matched`. */
export function passSql(pass: Pass, relations: Relations): Sql {
  // Computed once, so that the table is filled in full vectors instead of what the filter leaves of each.
  return tableAs(relations.matched, passRows(pass, relations, { once: true }), { replace: true });
}

/** Whether the pass looks at nothing but the spans, each by itself: then it costs little to make it where its rows are read. */
export function readsSpansAlone(pass: Pass, columns: AttributeColumns): boolean {
  let alone = true;
  const visit = (field: FieldPlan): void => {
    const hops = fieldColumns(field, columns).some((column) => /^(parent|root|trace)__/.test(column));
    alone &&= !hops && itemOf(field) === undefined && field.among === undefined && !readsChildren(field);
  };
  for (const field of pass.late) visit(field);
  for (const predicate of pass.predicates) forEachField(predicate, visit);
  return alone;
}

/** The rows of `matched` as a SELECT, for who reads them once: they are kept nowhere. */
export function passRows(
  pass: Pass,
  { columns, predicates }: Omit<Relations, 'matched'>,
  { once = false }: { readonly once?: boolean } = {},
): Sql {
  const compile = (predicate: Expression): Sql => predicateSql(predicate, columns);
  const own = [
    ...(pass.shows ? evidenceColumns(columns) : []),
    ...nestedColumns(pass.needs),
    ...(pass.keepsAll === true ? [STATUS] : []),
  ];
  const late = lateColumns(pass.late, columns).filter((column) => ![...EDGES, ...own].includes(column));
  const selected = [
    ...names(['trace', 'row', 'start_ns']),
    sql`start_ns + duration_ns AS end_ns`,
    ...names([...own, ...late]),
    ...predicates.hitColumns(compile),
  ];
  const codes = predicates.codeColumns();
  const every = pass.keepsAll === true || pass.predicates.some(isTrue) || pass.predicates.length === 0;
  const where = every ? EMPTY : sql`\nWHERE ${join(predicates.prefilter(compile), '\n  OR ')}`;
  const from = codes.length === 0 ? sql`base` : sql`coded`;
  const ctes = [
    ...baseCtes(pass, columns),
    ...(codes.length === 0
      ? []
      : [cte(sql`coded`, sql`SELECT ${join([sql`s.*`, ...codes], ',\n  ')} FROM base s`)]),
    cte(sql`kept`, sql`SELECT ${join(selected, ',\n  ')}\nFROM ${from} s${where}`, { once }),
  ];
  return sql`WITH ${join(ctes, ',\n')}\nSELECT * FROM kept`;
}

/** Columns of every matched span. */
const EDGES: readonly string[] = ['trace', 'row', 'start_ns', 'end_ns'];

const STATUS = 'status' satisfies SpanColumn;

/** What is shown of a span that is evidence. */
function evidenceColumns(columns: AttributeColumns): readonly string[] {
  return ['span_id', 'kind', 'name', 'sharing', ...serviceColumn(columns)];
}

/** The column of `resource.service.name` as text; none when no span has it. */
export function serviceColumn(columns: AttributeColumns): readonly string[] {
  return columns.typesFor(SERVICE_NAME).includes('s') ? [columns.column(SERVICE_NAME, 's')] : [];
}

/** The columns of `matched` that the verdicts of some rules of a plan read, without those of edges and of hits. */
export function judgedColumns(
  rules: Plan['rules'],
  needs: ColumnNeeds,
  columns: AttributeColumns,
): readonly string[] {
  const late: FieldPlan[] = [];
  forEachLateField({ rules }, (field) => void late.push(field));
  const isPlaced = rules.some((rule) => readsStructure(rule) || bindsByStructure(rule));
  const nested = isPlaced ? nestedColumns(needs) : [];
  return [
    ...nested,
    ...lateColumns(late, columns).filter((column) => ![...EDGES, ...nested].includes(column)),
  ];
}

/** Base columns that conditions, groupings, aggregates and cases read after the pass. */
function lateColumns(fields: readonly FieldPlan[], columns: AttributeColumns): readonly string[] {
  const late = new Set<string>();
  for (const field of fields) {
    // Read from `events` and `links` themselves.
    if (itemOf(field) !== undefined || field.among !== undefined) continue;
    for (const column of fieldColumns(field, columns)) late.add(column);
  }
  return [...late].sort();
}

function predicateSql(predicate: Expression, columns: AttributeColumns): Sql {
  if (isTrue(predicate)) return TRUE;
  return disjunction(
    itemCases(predicate).map((itemCase) => {
      if (itemCase.some.length === 0)
        return conjunction([
          compileBoolean(itemCase.condition, { columns, span: sql`s` }),
          ...hasNone(itemCase, sql`s`),
        ]);
      const holds = compileBoolean(itemCase.condition, { columns, span: sql`o`, ...itemAliases(itemCase) });
      const where = conjunction([holds, ...hasNone(itemCase, sql`o`)]);
      return sql`row IN (SELECT o.row FROM base o${itemJoins(itemCase, sql`o`)} WHERE ${where})`;
    }),
  );
}

function conjunction(parts: readonly Sql[]): Sql {
  return parts.length === 1 ? parts[0]! : sql`(${join(parts, ' AND ')})`;
}

// ------------------------------------------------------------------------------------------- parent, root and trace

/** `base`: the spans with the columns of their parent, root and trace that the plan reads. */
function baseCtes({ late, predicates, spans = SPANS }: Pass, columns: AttributeColumns): readonly Sql[] {
  const wanted = { parent: new Set<string>(), root: new Set<string>(), trace: new Set<string>() };
  let counts = false;
  const fields: FieldPlan[] = [];
  const visit = (field: FieldPlan): void => {
    fields.push(field);
    counts ||= readsChildren(field);
    for (const column of fieldColumns(field, columns)) {
      if (column.startsWith('parent__')) wanted.parent.add(column);
      if (column.startsWith('root__')) wanted.root.add(column);
      if (column.startsWith('trace__')) wanted.trace.add(column);
    }
  };
  for (const field of late) visit(field);
  for (const predicate of predicates) forEachField(predicate, visit);

  const ctes: Sql[] = [];
  // No name but that of the join is in two of the relations: `s.*` has all of its own.
  const hop = (whose: 'parent' | 'root' | 'trace', key: string, from: Sql): Sql => {
    const columns = [...wanted[whose]].sort();
    const selected = columns.map((column) => sql`${name(column.slice(whose.length + 2))} AS ${name(column)}`);
    return sql`(SELECT ${join([sql`${name(key)} AS ${name(`${whose}_${key}`)}`, ...selected], ', ')} FROM ${from})`;
  };
  if (counts || wanted.parent.size > 0) ctes.push(...parentCtes(spans));
  let source = spans;
  if (counts) {
    ctes.push(
      cte(
        sql`counted`,
        sql`SELECT s.*, coalesce(n.children, 0) AS child_count
  FROM ${spans} s LEFT JOIN (SELECT parent_row, count(*) AS children FROM parents GROUP BY parent_row) n ON n.parent_row = s.row`,
      ),
    );
    source = sql`counted`;
  }
  for (const first of firstItemCtes(fields, columns, source)) {
    ctes.push(cte(first.name, first.select));
    source = first.name;
  }
  if (wanted.root.size > 0) ctes.push(rootCte(spans));
  const joins = [
    ...(wanted.parent.size > 0
      ? [
          sql`LEFT JOIN (SELECT row AS child_row, parent_row AS of_row FROM parents) pr ON pr.child_row = s.row LEFT JOIN ${hop('parent', 'row', source)} p ON p.parent_row = pr.of_row`,
        ]
      : []),
    ...(wanted.root.size > 0
      ? [
          sql`LEFT JOIN (SELECT trace AS of_trace, root_row AS top_row FROM roots) rr ON rr.of_trace = s.trace LEFT JOIN ${hop('root', 'row', source)} r ON r.root_row = rr.top_row`,
        ]
      : []),
    ...(wanted.trace.size > 0
      ? [sql`JOIN ${hop('trace', 'trace', TRACES)} t ON t.trace_trace = s.trace`]
      : []),
  ];
  const selected = [
    sql`s.*`,
    ...(['parent', 'root', 'trace'] as const).flatMap((whose) => names([...wanted[whose]].sort())),
  ];
  ctes.push(sql`base AS (SELECT ${join(selected, ', ')} FROM ${source} s ${join(joins, ' ')})`);
  return ctes;
}

/**
 * `parents(row, parent_row)`: `parentsOf` of `relations/parents.ts` in SQL. Where several spans carry an id, `shared_ids` has the one that is the
 * parent of others, and the client side of a call, which the server sides with its id are children of.
 */
const parentCtes = (spans: Sql): readonly Sql[] => [
  sql`shared_ids AS (SELECT trace, span_id, ${argMin(sql`row`, [sql`kind <> ${SERVER}`, sql`start_ns`, sql`kind`, sql`name`])} AS carrier,
    ${filtered(argMin(sql`row`, [sql`start_ns`, sql`name`]), sql`kind = ${CLIENT}`)} AS client
  FROM ${spans} WHERE sharing > 0 GROUP BY trace, span_id)`,
  sql`served AS (SELECT c.row AS row, i.client AS parent_row FROM ${spans} c JOIN shared_ids i ON i.trace = c.trace AND i.span_id = c.span_id
  WHERE c.sharing > 0 AND c.kind = ${SERVER} AND i.client IS NOT NULL)`,
  sql`carriers AS (SELECT trace, span_id, row FROM ${spans} WHERE sharing = 0 UNION ALL SELECT trace, span_id, carrier FROM shared_ids)`,
  sql`parents AS (SELECT c.row AS row, p.row AS parent_row FROM ${spans} c JOIN carriers p ON p.trace = c.trace AND p.span_id = c.parent_id
  WHERE ${byteLength(sql`c.parent_id`)} > 0 AND c.row NOT IN (SELECT row FROM served)
  UNION ALL SELECT * FROM served)`,
];

const rootCte = (spans: Sql): Sql =>
  sql`roots AS (SELECT trace, row AS root_row FROM ${spans} WHERE is_root)`;
