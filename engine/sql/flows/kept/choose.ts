/** Shows some of the kept flows as the relations that rules run on. */
import type { Plan } from '../../../plan/plan.js';
import { ATTRIBUTE_COLUMN_TYPES, type AttributeColumn, type AttributeKey } from '../../../plan/schema.js';
import { AttributeColumns } from '../../compile/attribute-columns.js';
import { columnsOf } from '../../store/kept-file.js';
import type { Store } from '../../store/store.js';
import {
  CHOSEN_COUNTED,
  CHOSEN_FLOWS,
  EVENTS,
  FLOW_MATCHED,
  flowShare,
  flowSpans,
  KEPT_CHANGED,
  KEPT_COUNTED,
  KEPT_DUE,
  KEPT_EVENTS,
  KEPT_KEYS,
  KEPT_LINKS,
  KEPT_SPANS,
  KEPT_TRACES,
  LINKS,
  TRACES,
} from '../../tables.js';
import { allBut, int, semiJoin, tableAs, text } from '../../text/operations.js';
import { join, names, type Sql, sql } from '../../text/sql.js';
import type { FlowKeys } from '../flow-keys.js';
import { linkedFlow, TRACE_COLUMNS } from '../flow-run.js';
import { linkedPairs, tracesWithIds } from './linked.js';

const REPLACE = { replace: true } as const;
const COUNTED_COLUMNS = ['rule', 'flow', 'bound_spans', 'time_ns', 'last_ns'];
const ITEMS = {
  events: { relation: EVENTS, kept: KEPT_EVENTS },
  links: { relation: LINKS, kept: KEPT_LINKS },
} as const;

/** Chooses some flows of a tenant that have changed, or of which a case is due before `endNs`; returns how many there are. */
export async function chooseFlows(db: Store, tenant: string, endNs: bigint, most: number): Promise<number> {
  const mine = sql`tenant = ${text(tenant)}`;
  const due = sql`SELECT n, flow FROM ${KEPT_CHANGED} WHERE ${mine} UNION SELECT n, flow FROM ${KEPT_DUE} WHERE ${mine} AND due_ns < ${int(endNs)}`;
  await db.run(tableAs(CHOSEN_FLOWS, sql`SELECT n, flow FROM (${due}) LIMIT ${most}`, REPLACE));
  const [row] = await db.rows(sql`SELECT count(*) FROM ${CHOSEN_FLOWS}`);
  return Number(row?.[0]);
}

/** Fills `FLOW_MATCHED`, the relations, the spans of each key and `CHOSEN_COUNTED` with those of the chosen flows. */
export async function showFlows(db: Store, tenant: string, keys: FlowKeys, { needs }: Plan): Promise<void> {
  const mine = sql`tenant = ${text(tenant)}`;
  for (const [n, { key }] of keys.all.entries()) {
    const flows = sql`(SELECT flow FROM ${CHOSEN_FLOWS} WHERE n = ${n})`;
    const spans =
      key.kind === 'links'
        ? linkedSpans(flows, mine)
        : sql`SELECT flow, row, trace, start_ns, true AS own FROM ${KEPT_KEYS} ${semiJoin(flows, { using: ['flow'] })} WHERE ${mine} AND n = ${n}`;
    await db.run(tableAs(flowShare(n), spans, REPLACE));
  }
  const all = (column: 'row' | 'trace'): Sql =>
    join(
      [...keys.all.keys()].map((n) => sql`SELECT ${join(names([column]), ', ')} FROM ${flowShare(n)}`),
      ' UNION ALL ',
    );
  const rows = semiJoin(sql`(${all('row')})`, { using: ['row'] });
  await db.run(
    tableAs(
      FLOW_MATCHED,
      sql`SELECT ${allBut(['tenant'])} FROM ${KEPT_SPANS} ${rows} WHERE ${mine}`,
      REPLACE,
    ),
  );
  const ofMatched = allBut(['row', 'trace', 'start_ns'], sql`m`);
  for (const key of keys.all.keys())
    await db.run(
      tableAs(
        flowSpans(key),
        sql`SELECT f.*, ${ofMatched} FROM ${flowShare(key)} f LEFT JOIN ${FLOW_MATCHED} m ON m.row = f.row`,
        REPLACE,
      ),
    );
  await db.run(
    tableAs(
      TRACES,
      sql`SELECT ${join(names(TRACE_COLUMNS), ', ')} FROM ${KEPT_TRACES} ${semiJoin(sql`(${all('trace')})`, { using: ['trace'] })} WHERE ${mine}`,
      REPLACE,
    ),
  );
  await db.run(
    tableAs(
      CHOSEN_COUNTED,
      sql`SELECT ${join(names(COUNTED_COLUMNS), ', ')} FROM ${KEPT_COUNTED} ${semiJoin(CHOSEN_FLOWS, { using: ['n', 'flow'] })} WHERE ${mine}`,
      REPLACE,
    ),
  );
  for (const item of ['events', 'links'] as const) {
    if (needs[item] === undefined) continue;
    const { relation, kept } = ITEMS[item];
    await db.run(
      tableAs(relation, sql`SELECT ${allBut(['tenant'])} FROM ${kept} ${rows} WHERE ${mine}`, REPLACE),
    );
  }
}

/** The spans of these traces, and of those that they link to or that link to them. */
function linkedSpans(flows: Sql, mine: Sql): Sql {
  return sql`WITH middles AS (SELECT t.trace, c.flow FROM (${tracesWithIds(mine)}) t JOIN ${flows} c ON c.flow = ${linkedFlow(sql`t.trace_id`)}),
pairs AS (${linkedPairs(mine)}),
near AS (SELECT a AS middle, b AS trace FROM pairs UNION SELECT b, a FROM pairs UNION SELECT trace, trace FROM middles)
SELECT m.row, m.trace, m.start_ns, i.flow, near.middle = near.trace AS own
FROM near JOIN middles i ON i.trace = near.middle JOIN ${KEPT_SPANS} m ON m.trace = near.trace WHERE m.${mine}`;
}

/** The columns that attributes have in what is kept. */
export async function keptColumns(db: Store, { needs }: Plan): Promise<AttributeColumns> {
  const all = new AttributeColumns(needs);
  const tables = { span: KEPT_SPANS, event: KEPT_EVENTS, link: KEPT_LINKS } as const;
  const found = {
    span: await bareColumns(db, tables.span),
    event: await bareColumns(db, tables.event),
    link: await bareColumns(db, tables.link),
  };
  const types = Object.keys(ATTRIBUTE_COLUMN_TYPES) as AttributeColumn[];
  return new AttributeColumns(needs, (key: AttributeKey) => {
    const { scope } = key;
    const columns = scope === 'event' || scope === 'link' ? found[scope] : found.span;
    return types.filter((type) => columns.has(all.column(key, type)));
  });
}

/** Without what tells that a column is of the parent or the root. */
async function bareColumns(db: Store, table: Sql): Promise<ReadonlySet<string>> {
  return new Set((await columnsOf(db, table)).map((column) => column.replace(/^(parent|root)__/, '')));
}
