import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ColumnNeeds } from '../../../engine/plan/schema.js';
import { AttributeColumns } from '../../../engine/sql/compile/attribute-columns.js';
import { Database } from '../../../engine/sql/dialects/duckdb/database.js';
import { mergeFragments } from '../../../engine/sql/relations/merge.js';
import { MERGED } from '../../../engine/sql/tables.js';
import { plainSql } from '../../support/plain-sql.js';

const NEEDS: ColumnNeeds = {
  spans: [
    'span_id',
    'parent_id',
    'kind',
    'name',
    'start_ns',
    'duration_ns',
    'nested_left',
    'nested_right',
    'nested_parent',
  ],
  spanAttributes: [],
};
/** A root and its child each. */
const TRACES = 130_000;

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 2 });
});
afterAll(() => db.close());

describe('merging of fragments', () => {
  it('numbers every span of many traces, more than an appender holds before it flushes', async () => {
    await db.run(
      plainSql(`CREATE OR REPLACE TABLE raw_spans AS
      SELECT range // 2 AS trace, range AS row, encode('s' || range) AS span_id, 1 AS kind, 'a' AS name,
        CASE WHEN range % 2 = 0 THEN ''::BLOB ELSE encode('s' || (range - 1)) END AS parent_id,
        1000 + range AS start_ns, 10::BIGINT AS duration_ns, 0 AS nested_left, 0 AS nested_right, 0 AS nested_parent
      FROM range(${2 * TRACES})`),
    );
    await db.run(
      plainSql(
        `CREATE OR REPLACE TABLE raw_traces AS SELECT DISTINCT trace, encode(trace::VARCHAR) AS trace_id FROM raw_spans`,
      ),
    );
    await mergeFragments(db, NEEDS, new AttributeColumns(NEEDS, () => []), MERGED);
    const numbered = await db.rows(
      plainSql(
        `SELECT nested_left, nested_right, nested_parent, count(*) FROM merged_spans GROUP BY ALL ORDER BY ALL`,
      ),
    );
    expect(numbered).toEqual([
      [1, 4, -1, BigInt(TRACES)],
      [2, 3, 1, BigInt(TRACES)],
    ]);
  });
});
