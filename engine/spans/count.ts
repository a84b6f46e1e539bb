import type { Database } from '../sql/dialects/duckdb/database.js';

/** Spans of the unit at hand: all, each once, and those of them that share their id with another span of their trace. */
export async function countSpans(
  db: Database,
): Promise<{ readonly spans: number; readonly sharing: number }> {
  const [counts] = await db.rows('SELECT count(*), count(*) FILTER (sharing > 0) FROM spans');
  return { spans: Number(counts![0]), sharing: Number(counts![1]) };
}
