import { furtherText } from '../../../plan/further-values.js';
import { StringStore } from '../rows/stores.js';
import type { Cells } from './cells.js';
import type { FurtherValues } from './further-values.js';

/** As the column of texts that a flat file has of it. */
export function furtherCells(values: FurtherValues): Cells {
  const store = new StringStore();
  for (const some of values.values()) store.push(Buffer.from(furtherText(some)));
  const rows = Int32Array.from(values.keys());
  return { store, rows, at: rows.map((_, n) => n), lengths: undefined };
}
