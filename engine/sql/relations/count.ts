import type { Store } from '../store/store.js';
import { SPANS } from '../tables.js';
import { filtered } from '../text/operations.js';
import { sql } from '../text/sql.js';

export interface SpanCounts {
  readonly spans: number;
  readonly sharing: number;
}

/** Spans of the unit at hand: all, each once, and those of them that share their id with another span of their trace. */
export async function countSpans(db: Store): Promise<SpanCounts> {
  const [counts] = await db.rows(
    sql`SELECT count(*), ${filtered(sql`count(*)`, sql`sharing > 0`)} FROM ${SPANS}`,
  );
  return { spans: Number(counts![0]), sharing: Number(counts![1]) };
}
