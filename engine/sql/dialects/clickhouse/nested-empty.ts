import type { ColumnNeeds } from '../../../plan/schema.js';
import type { AttributeColumns } from '../../compile/attribute-columns.js';
import { rawColumns } from '../../relations/raw-columns.js';
import type { Store } from '../../store/store.js';
import { RAW } from '../../tables.js';
import { emptyTable } from '../../text/operations.js';
import { ALWAYS } from './nested-span.js';

/** The tables that traces are put together from, where there is no block to fill them. */
export async function makeEmpty(db: Store, needs: ColumnNeeds, columns: AttributeColumns): Promise<void> {
  const spans = [...new Set([...ALWAYS, ...needs.spans])];
  const definitions = rawColumns({ ...needs, spans }, columns);
  for (const name of ['traces', 'spans', 'events', 'links'] as const)
    await db.run(emptyTable(RAW[name], definitions[name], { replace: true }));
}
