import { CLIENT, SERVER } from '../../otlp/names.js';
import { type Expression, type FieldPlan, forEachField, isTrue, itemOf } from '../../plan/expression.js';
import { readsChildren } from '../../plan/intrinsic-reads.js';
import { itemCases } from '../../plan/item-cases.js';
import { SERVICE_NAME } from '../../plan/needs.js';
import type { Plan } from '../../plan/plan.js';
import { type ColumnNeeds, nestedColumns } from '../../plan/schema.js';
import { forEachLateField } from '../../plan/visit.js';
import type { AttributeColumns } from './attribute-columns.js';
import { compileBoolean, fieldColumns } from './expression.js';
import { firstItemCtes } from './first-items.js';
import { hasNone, itemAliases, itemJoins } from './item-case.js';
import type { Relations } from './relations.js';
import { disjunction } from './value.js';

/**
 * The shared pass: one statement that reads `spans` (and `events`, `links`, `traces` where needed) and makes `matched`,
 * the spans that match at least one predicate of the run.
 *
 * `matched` has `trace`, `row`, `start_ns`, `end_ns`, the nested set numbers when the plan needs them, the columns of
 * `PredicateColumns`, those of every field that is read after the pass, and perhaps what evidence shows of a span.
 */
export function scanSql(plan: Plan, relations: Relations): string {
  const late: FieldPlan[] = [];
  forEachLateField(plan, (field) => void late.push(field));
  const shows = keepsEvidence(plan);
  return passSql({ predicates: plan.predicates, needs: plan.needs, late, shows }, relations);
}

/**
 * Whether the pass keeps what is shown of evidence. A few rules look at few spans, for which that costs less than to read the
 * columns again for the spans that are shown in the end.
 */
export function keepsEvidence(plan: Plan): boolean {
  return plan.rules.length <= 4;
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
  readonly spans?: string;
}

/** The statement of one pass, which makes `matched`. */
export function passSql(pass: Pass, { columns, predicates, matched }: Relations): string {
  const compile = (predicate: Expression): string => predicateSql(predicate, columns);
  const selected = [
    'trace',
    'row',
    'start_ns',
    'start_ns + duration_ns AS end_ns',
    ...(pass.shows ? evidenceColumns(columns) : []),
    ...nestedColumns(pass.needs),
  ];
  const kept = lateColumns(pass.late, columns).filter((column) => !selected.includes(column));
  const codes = predicates.codeColumns();
  const every = pass.predicates.some(isTrue) || pass.predicates.length === 0;
  return [
    `CREATE OR REPLACE TABLE ${matched} AS`,
    `WITH ${baseCtes(pass, columns).join(',\n')},`,
    // Materialised, so that the table is filled in full vectors instead of what the filter leaves of each.
    ...(codes.length === 0 ? [] : [`coded AS (SELECT ${['s.*', ...codes].join(',\n  ')} FROM base s),`]),
    `kept AS MATERIALIZED (SELECT ${[...selected, ...kept, ...predicates.hitColumns(compile)].join(',\n  ')}`,
    `FROM ${codes.length === 0 ? 'base' : 'coded'} s${every ? '' : `\nWHERE ${predicates.prefilter(compile).join('\n  OR ')}`})`,
    'SELECT * FROM kept',
  ].join('\n');
}

/** What is shown of a span that is evidence. */
function evidenceColumns(columns: AttributeColumns): readonly string[] {
  return ['span_id', 'kind', 'name', 'sharing', ...serviceColumn(columns)];
}

/** The column of `resource.service.name` as text; none when no span has it. */
export function serviceColumn(columns: AttributeColumns): readonly string[] {
  return columns.typesFor(SERVICE_NAME).includes('s') ? [columns.column(SERVICE_NAME, 's')] : [];
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

function predicateSql(predicate: Expression, columns: AttributeColumns): string {
  if (isTrue(predicate)) return 'true';
  return disjunction(
    itemCases(predicate).map((one) => {
      if (one.some.length === 0)
        return conjunction([compileBoolean(one.condition, { columns, span: 's' }), ...hasNone(one, 's')]);
      const holds = compileBoolean(one.condition, { columns, span: 'o', ...itemAliases(one) });
      const where = conjunction([holds, ...hasNone(one, 'o')]);
      return `row IN (SELECT o.row FROM base o${itemJoins(one, 'o')} WHERE ${where})`;
    }),
  );
}

function conjunction(parts: readonly string[]): string {
  return parts.length === 1 ? parts[0]! : `(${parts.join(' AND ')})`;
}

// ------------------------------------------------------------------------------------------- parent, root and trace

/** `base`: the spans with the columns of their parent, root and trace that the plan reads. */
function baseCtes({ late, predicates, spans = 'spans' }: Pass, columns: AttributeColumns): readonly string[] {
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

  const ctes: string[] = [];
  const hop = (name: 'parent' | 'root' | 'trace', alias: string): readonly string[] =>
    [...wanted[name]].sort().map((column) => `${alias}.${column.slice(name.length + 2)} AS ${column}`);
  if (counts || wanted.parent.size > 0) ctes.push(...parentCtes(spans));
  let source = spans;
  if (counts) {
    ctes.push(`counted AS (SELECT s.*, coalesce(n.children, 0) AS child_count
  FROM ${spans} s LEFT JOIN (SELECT parent_row, count(*) AS children FROM parents GROUP BY parent_row) n ON n.parent_row = s.row)`);
    source = 'counted';
  }
  for (const { name, sql } of firstItemCtes(fields, columns, source)) {
    ctes.push(`${name} AS (${sql})`);
    source = name;
  }
  if (wanted.root.size > 0) ctes.push(rootCte(spans));
  const joins = [
    ...(wanted.parent.size > 0
      ? [`LEFT JOIN parents pr ON pr.row = s.row LEFT JOIN ${source} p ON p.row = pr.parent_row`]
      : []),
    ...(wanted.root.size > 0
      ? [`LEFT JOIN roots rr ON rr.trace = s.trace LEFT JOIN ${source} r ON r.row = rr.root_row`]
      : []),
    ...(wanted.trace.size > 0 ? ['JOIN traces t ON t.trace = s.trace'] : []),
  ];
  const selected = ['s.*', ...hop('parent', 'p'), ...hop('root', 'r'), ...hop('trace', 't')];
  ctes.push(`base AS (SELECT ${selected.join(', ')} FROM ${source} s ${joins.join(' ')})`);
  return ctes;
}

/**
 * `parents(row, parent_row)`: `parentsOf` of `spans/parents.ts` in SQL. Where several spans carry an id, `shared_ids` has the one that is the
 * parent of others, and the client side of a call, which the server sides with its id are children of.
 */
const parentCtes = (spans: string): readonly string[] => [
  `shared_ids AS (SELECT trace, span_id, arg_min(row, (kind <> ${SERVER}, start_ns, kind, name)) AS carrier,
    arg_min(row, (start_ns, name)) FILTER (kind = ${CLIENT}) AS client
  FROM ${spans} WHERE sharing > 0 GROUP BY trace, span_id)`,
  `served AS (SELECT c.row, i.client AS parent_row FROM ${spans} c JOIN shared_ids i ON i.trace = c.trace AND i.span_id = c.span_id
  WHERE c.sharing > 0 AND c.kind = ${SERVER} AND i.client IS NOT NULL)`,
  `carriers AS (SELECT trace, span_id, row FROM ${spans} WHERE sharing = 0 UNION ALL SELECT trace, span_id, carrier FROM shared_ids)`,
  `parents AS (SELECT c.row, p.row AS parent_row FROM ${spans} c JOIN carriers p ON p.trace = c.trace AND p.span_id = c.parent_id
  WHERE octet_length(c.parent_id) > 0 AND c.row NOT IN (SELECT row FROM served)
  UNION ALL SELECT * FROM served)`,
];

const rootCte = (spans: string): string =>
  `roots AS (SELECT trace, row AS root_row FROM ${spans} WHERE is_root)`;
