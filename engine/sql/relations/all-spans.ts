import { SPANS } from '../tables.js';
import { type Sql, sql } from '../text/sql.js';

/** Every span of the unit at hand. */
export const ALL_SPANS: Sql = sql`SELECT * FROM ${SPANS}`;
