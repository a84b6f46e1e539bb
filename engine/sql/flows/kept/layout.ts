/**
 * How kept flows are laid out: which bit of the hits is which filter, which column has which attribute, and which number a key has. All of
 * it follows from the rules together; where those change, what is kept for rules that stay is laid out anew.
 */
import type { FlowKeyPlan } from '../../../plan/flow-plan.js';
import type { Plan } from '../../../plan/plan.js';
import {
  ATTRIBUTE_COLUMN_TYPES,
  type AttributeColumn,
  type AttributeKey,
  type ColumnNeeds,
} from '../../../plan/schema.js';
import { AttributeColumns, attributesOf } from '../../compile/attribute-columns.js';
import { bitOf, hasPredicate, wordOf, wordsFor } from '../../compile/scan/predicate-columns.js';
import { columnsOf } from '../../store/kept-file.js';
import type { Session } from '../../store/store.js';
import {
  KEPT_CHANGED,
  KEPT_COUNTED,
  KEPT_DUE,
  KEPT_EVENTS,
  KEPT_KEYS,
  KEPT_LAYOUT,
  KEPT_LINKS,
  KEPT_SPANS,
  KEPT_WIDER,
} from '../../tables.js';
import { bitOr, cast, dropTable, tableAs, text } from '../../text/operations.js';
import { EMPTY, join, name, type Sql, sql } from '../../text/sql.js';
import type { FlowKeys } from '../flow-keys.js';
import { WIDE_TABLES } from './kept-tables.js';

/** As it is kept, in JSON. */
interface Layout {
  /** The filters in the order of their bits, each as JSON. */
  readonly predicates: readonly string[];
  /** Of the keys in the order of their numbers. */
  readonly keys: readonly string[];
  readonly needs: Pick<ColumnNeeds, 'spanAttributes' | 'events' | 'links'>;
}

function layoutOf({ predicates, needs: { spanAttributes, events, links } }: Plan, keys: FlowKeys): Layout {
  return {
    predicates: predicates.map((predicate) => JSON.stringify(predicate)),
    keys: keys.all.map(({ key }) => keyText(key)),
    needs: { spanAttributes, ...(events && { events }), ...(links && { links }) },
  };
}

function keyText(key: FlowKeyPlan): string {
  return JSON.stringify(key.kind === 'links' ? key.kind : key.fields.map(({ field }) => field));
}

/**
 * Lays out anew what was kept by other rules. Rules that stay find what they found before; what no rule looks at goes. To be called in a
 * transaction.
 */
export async function layOut(db: Session, plan: Plan, keys: FlowKeys): Promise<void> {
  const now = layoutOf(plan, keys);
  const [row] = await db.rows(sql`SELECT layout FROM ${KEPT_LAYOUT}`);
  const written = JSON.stringify(now);
  if (row?.[0] === written) return;
  if (row !== undefined) await change(db, JSON.parse(String(row[0])) as Layout, now);
  await db.run(sql`DELETE FROM ${KEPT_LAYOUT}`);
  await db.run(sql`INSERT INTO ${KEPT_LAYOUT} VALUES (${text(written)})`);
}

async function change(db: Session, before: Layout, now: Layout): Promise<void> {
  const renamed = renamedColumns(before.needs, now.needs);
  for (const { kept, called } of WIDE_TABLES) {
    const columns = await columnsOf(db, kept);
    if (columns.length === 0) continue;
    const isSpans = kept === KEPT_SPANS;
    if (
      (kept === KEPT_EVENTS && now.needs.events === undefined) ||
      (kept === KEPT_LINKS && now.needs.links === undefined)
    ) {
      await db.run(dropTable(kept));
      continue;
    }
    const shown = columns.flatMap((column) => {
      const called = /^hits\d+$/.test(column) ? undefined : renamed(column);
      return called === undefined ? [] : [sql`${name(column)} AS ${name(called)}`];
    });
    const hits = isSpans ? hitsAnew(before, now) : [];
    const any = isSpans && now.predicates.length > 0;
    const where = any
      ? sql` WHERE ${join(
          wordsFor(now.predicates.length).map((word) => sql`${word} <> 0`),
          ' OR ',
        )}`
      : EMPTY;
    await db.run(
      tableAs(
        KEPT_WIDER,
        sql`SELECT * FROM (SELECT ${join([...shown, ...hits], ', ')} FROM ${kept})${where}`,
      ),
    );
    await db.run(dropTable(kept));
    await db.run(sql`ALTER TABLE ${KEPT_WIDER} RENAME TO ${called}`);
  }
  await renumberKeys(db, before, now);
}

/** The columns of hits by the numbers that filters have now. */
function hitsAnew(before: Layout, now: Layout): readonly Sql[] {
  const bits = now.predicates.map((predicate, n) => {
    const old = before.predicates.indexOf(predicate);
    return old < 0 ? undefined : sql`CASE WHEN ${hasPredicate(old, EMPTY)} THEN ${bitOf(n)} ELSE 0 END`;
  });
  return wordsFor(now.predicates.length).map((word, w) => {
    const mine = bits.filter((bit, n) => bit !== undefined && wordOf(n) === w) as readonly Sql[];
    return sql`${mine.length === 0 ? cast(sql`0`, 'int64') : bitOr(mine)} AS ${word}`;
  });
}

/** What a column is called from now on; undefined where no rule reads it. Columns of attributes may have in front whose they are. */
function renamedColumns(
  before: Layout['needs'],
  now: Layout['needs'],
): (column: string) => string | undefined {
  const [old, fresh] = [before, now].map((needs) => new AttributeColumns({ spans: [], ...needs })) as [
    AttributeColumns,
    AttributeColumns,
  ];
  const types = Object.keys(ATTRIBUTE_COLUMN_TYPES) as AttributeColumn[];
  const wanted = new Set(attributesOf({ spans: [], ...now }).map(attributeText));
  const names = attributesOf({ spans: [], ...before }).flatMap((attribute) =>
    types.map((type) => {
      const to = wanted.has(attributeText(attribute)) ? fresh.column(attribute, type) : undefined;
      return [old.column(attribute, type), to] as const;
    }),
  );
  const called = new Map(names);
  return (column) => {
    const [, prefix = '', bare = column] =
      /^((?:parent__|root__|trace__)?(?:first_[0-9a-f_]*__)?)(.*)$/.exec(column) ?? [];
    if (!called.has(bare)) return column;
    const to = called.get(bare);
    return to === undefined ? undefined : `${prefix}${to}`;
  };
}

function attributeText({ scope, key }: AttributeKey): string {
  return `${scope}\0${key}`;
}

async function renumberKeys(db: Session, before: Layout, now: Layout): Promise<void> {
  const moved = before.keys.map((key, n) => [n, now.keys.indexOf(key)] as const);
  if (moved.every(([from, to]) => from === to)) return;
  for (const table of [KEPT_KEYS, KEPT_CHANGED, KEPT_COUNTED, KEPT_DUE]) {
    for (const [from, to] of moved) if (to < 0) await db.run(sql`DELETE FROM ${table} WHERE n = ${from}`);
    const cases = moved.flatMap(([from, to]) => (to < 0 ? [] : [sql`WHEN ${from} THEN ${to}`]));
    if (cases.length > 0) await db.run(sql`UPDATE ${table} SET n = CASE n ${join(cases, ' ')} END`);
  }
}
