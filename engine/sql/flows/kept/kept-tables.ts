/** The tables of flows that are kept on disk, as they are when nothing is in them, and what is done to all of them. */
import type { LogicalType } from '../../../plan/schema.js';
import { columnsOf, inTransaction, openKeptFile } from '../../store/kept-file.js';
import type { Session, Store } from '../../store/store.js';
import {
  FLOW_EVENTS,
  FLOW_LINKS,
  FLOW_MATCHED,
  KEPT_CHANGED,
  KEPT_COUNTED,
  KEPT_DATABASE,
  KEPT_DUE,
  KEPT_EVENTS,
  KEPT_KEYS,
  KEPT_LAYOUT,
  KEPT_LINKED,
  KEPT_LINKS,
  KEPT_NOTES,
  KEPT_RULES,
  KEPT_SPANS,
  KEPT_TENANTS,
  KEPT_TRACES,
  KEPT_WIDER,
} from '../../tables.js';
import { dropTable, emptyTable, tableAs, unionByName } from '../../text/operations.js';
import { name, type Sql, sql } from '../../text/sql.js';

type Columns = readonly (readonly [name: string, type: LogicalType])[];

/** Which case of a rule, by its id, it is: see `WATCHED_COLUMNS`. */
const CASE_COLUMNS: Columns = [
  ['rule', 'text'],
  ['n', 'int32'],
  ['flow', 'text'],
  ['bound_spans', 'int64'],
  ['time_ns', 'int64'],
  ['last_ns', 'int64'],
];

const COLUMNS: readonly (readonly [table: Sql, columns: Columns])[] = [
  // The revisions of rules, from when on each has seen all spans, and the number of the next row then.
  [
    KEPT_RULES,
    [
      ['rule', 'text'],
      ['revision', 'text'],
      ['known_ns', 'int64'],
      ['since_row', 'int64'],
    ],
  ],
  // What hits, columns and keys mean: see `layout.ts`.
  [KEPT_LAYOUT, [['layout', 'text']]],
  // How far flows are judged, and from when on all spans are there.
  [
    KEPT_TENANTS,
    [
      ['tenant', 'text'],
      ['end_ns', 'int64'],
      ['known_ns', 'int64'],
      // What was settled when spans were let go of last, and the number of the next row then.
      ['settled_ns', 'int64'],
      ['new_row', 'int64'],
    ],
  ],
  // Numbered by `seq`; the last one stays, as numbers continue from it.
  [
    KEPT_NOTES,
    [
      ['seq', 'int64'],
      ['note', 'text'],
    ],
  ],
  [
    KEPT_TRACES,
    [
      ['tenant', 'text'],
      ['trace', 'int64'],
      ['trace_id', 'bytes'],
      ['start_ns', 'int64'],
      ['end_ns', 'int64'],
      ['root_name', 'text'],
      ['root_service', 'text'],
    ],
  ],
  [
    KEPT_KEYS,
    [
      ['tenant', 'text'],
      ['n', 'int32'],
      ['flow', 'text'],
      ['row', 'int64'],
      ['trace', 'int64'],
      ['start_ns', 'int64'],
    ],
  ],
  [
    KEPT_LINKED,
    [
      ['tenant', 'text'],
      ['trace', 'int64'],
      ['trace_id', 'bytes'],
    ],
  ],
  [
    KEPT_CHANGED,
    [
      ['tenant', 'text'],
      ['n', 'int32'],
      ['flow', 'text'],
    ],
  ],
  [
    KEPT_DUE,
    [
      ['tenant', 'text'],
      ...CASE_COLUMNS,
      // Of the case, since the Unix epoch.
      ['day', 'int64'],
      ['due_ns', 'int64'],
      ['undecided', 'bool'],
      ['is_counted', 'bool'],
      ['first_ns', 'int64'],
      ['gone_ns', 'int64'],
    ],
  ],
  [KEPT_COUNTED, [['tenant', 'text'], ...CASE_COLUMNS]],
];

/** Tables with the columns that spans, events and links have in memory: those that rules read, of the types that occur. */
export const WIDE_TABLES = [
  { kept: KEPT_SPANS, called: name('kept_spans'), taken: FLOW_MATCHED },
  { kept: KEPT_EVENTS, called: name('kept_events'), taken: FLOW_EVENTS },
  { kept: KEPT_LINKS, called: name('kept_links'), taken: FLOW_LINKS },
] as const;

/** Of the tables above, and of what is written in them. */
const FORMAT = 1;

/** Opens the file, and makes what is not in it yet. Rejects with `NewerFile`, and where it is no such database. */
export async function openKept(db: Store, path: string): Promise<void> {
  await openKeptFile(db, { called: KEPT_DATABASE, path, format: FORMAT }, async () => {
    // Those of the format as it was before the file said so.
    if ((await columnsOf(db, KEPT_DUE)).includes('first_ns')) return;
    const hasNotes = (await columnsOf(db, KEPT_NOTES)).length > 0;
    // What an earlier version made does not say which cases it has counted: flows begin anew, and what was counted is heard of.
    for (const { kept } of WIDE_TABLES) await db.run(dropTable(kept));
    for (const [table, columns] of COLUMNS) {
      if (table === KEPT_NOTES && hasNotes) continue;
      await db.run(dropTable(table));
      await db.run(emptyTable(table, columns));
    }
  });
}

/** Lets go of all flows, and of what has their columns. To be called in a transaction. */
export async function clearKept(db: Session): Promise<void> {
  for (const { kept } of WIDE_TABLES) await db.run(dropTable(kept));
  for (const table of [
    KEPT_TRACES,
    KEPT_KEYS,
    KEPT_LINKED,
    KEPT_CHANGED,
    KEPT_COUNTED,
    KEPT_DUE,
    KEPT_LAYOUT,
  ])
    await db.run(sql`DELETE FROM ${table}`);
}

/** Gives a table the columns that what was taken has and it has not. */
export async function widen(db: Store, { kept, called, taken }: (typeof WIDE_TABLES)[number]): Promise<void> {
  const none = sql`SELECT '' AS tenant, * FROM ${taken} WHERE false`;
  const known = await columnsOf(db, kept);
  if (known.length === 0) {
    await db.run(tableAs(kept, none));
    return;
  }
  if ((await columnsOf(db, taken)).every((column) => known.includes(column))) return;
  await inTransaction(db, async () => {
    await db.run(tableAs(KEPT_WIDER, unionByName([sql`SELECT * FROM ${kept}`, none])));
    await db.run(dropTable(kept));
    await db.run(sql`ALTER TABLE ${KEPT_WIDER} RENAME TO ${called}`);
  });
}
