import { STATUS_NAMES } from '../../otlp/names.js';
import { type Sql, sql } from '../text/sql.js';

/** Whether the status of a row of `spans` is an error. */
export function failed(span: Sql): Sql {
  return sql`${span}.status = ${STATUS_NAMES.indexOf('error')}`;
}
