import type { ColumnNeeds } from '../../../plan/schema.js';
import type { AttributeColumns } from '../../compile/attribute-columns.js';
import { rawColumns } from '../../relations/raw-columns.js';
import type { Store } from '../../store/store.js';
import { RAW } from '../../tables.js';
import { emptyTable } from '../../text/operations.js';
import { ALWAYS } from './nested-span.js';

/** What blocks are read for. */
export function readColumns(needs: ColumnNeeds, columns: AttributeColumns): ReturnType<typeof rawColumns> {
  return rawColumns({ ...needs, spans: [...new Set([...ALWAYS, ...needs.spans])] }, columns);
}

/** The tables that traces are put together from, where there is no block to fill them. */
export async function makeEmpty(db: Store, needs: ColumnNeeds, columns: AttributeColumns): Promise<void> {
  const definitions = readColumns(needs, columns);
  for (const name of ['traces', 'spans', 'events', 'links'] as const)
    await db.run(emptyTable(RAW[name], definitions[name], { replace: true }));
}
