import { allOf } from '../../text/operations.js';
import type { Sql } from '../../text/sql.js';

/** The columns that every table of verdicts has (`verdicts.ts`), with their types. */
export const VERDICT_COLUMNS = [
  ['rule', 'int32'],
  ['id', 'int64'],
  ['trace', 'int64'],
  ['time_ns', 'int64'],
  ['verdict', 'int8'],
  ['clause', 'int32'],
  ['bound', 'int64[]'],
  ['cases', 'int64'],
] as const;

/** The columns of verdicts in a join, but for those of watched flows where a database needs each by name. */
export function verdictColumns(alias: Sql): Sql {
  return allOf(
    alias,
    VERDICT_COLUMNS.map(([column]) => column),
  );
}
