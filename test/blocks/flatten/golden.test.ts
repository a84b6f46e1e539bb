import { describe, expect, it } from 'vitest';
import { flattenBlock } from '../../../engine/blocks/flatten/flatten.js';
import { attributeColumn } from '../../../engine/sql/relations/flat.js';
import { pathsIn, rows, withDatabase, withDirectory } from './compare.js';
import { storedBlocks } from './fixtures.js';

const SERVICE = attributeColumn({ scope: 'resource', key: 'service.name' }, 's');
const METHOD = attributeColumn({ scope: 'span', key: 'http.request.method' }, 's');

/** The first trace of each block, so that a mistake that both ways of reading share would still show. */
describe('golden rows', () => {
  for (const bucket of ['shop-v5', 'shop-v4', 'conf-v5', 'tempo-v3']) {
    for (const { name, storage, meta } of storedBlocks(bucket)) {
      it(`keeps the first trace of ${name} as it was`, async () => {
        await withDirectory(async (directory) => {
          const flat = await flattenBlock(
            storage,
            meta,
            {
              spans: [
                'duration_ns',
                'kind',
                'name',
                'nested_left',
                'nested_parent',
                'parent_id',
                'span_id',
                'start_ns',
              ],
              spanAttributes: [
                { scope: 'resource', key: 'service.name' },
                { scope: 'span', key: 'http.request.method' },
              ],
            },
            pathsIn(directory),
          );
          await withDatabase(async (connection) => {
            const columns = await rows(connection, `DESCRIBE SELECT * FROM '${flat.spans}'`);
            const has = (column: string): boolean => columns.some((row) => row.column_name === column);
            const spans = await rows(
              connection,
              `SELECT trace, hex(span_id) AS id, hex(parent_id) AS parent, name, kind, start_ns, duration_ns, nested_left,
                nested_parent, ${SERVICE} AS service, ${has(METHOD) ? METHOD : 'NULL'} AS method
              FROM '${flat.spans}' WHERE trace = 0 LIMIT 6`,
            );
            const [trace] = await rows(
              connection,
              `SELECT hex(trace_id) AS id, start_ns, end_ns, root_service, root_name, irregular FROM '${flat.traces}' LIMIT 1`,
            );
            expect({ traces: flat.traceCount, spans: flat.spanCount, trace, rows: spans }).toMatchSnapshot();
          });
        });
      });
    }
  }

  // Its golden rows are kept where it is not on the machine.
  it.runIf(storedBlocks('tempo-v3').length === 0)(
    'keeps the first trace of tempo-v3/b27b0e53 as it was',
    ({ skip }) => skip('the block is not here'),
  );

  it('lets DuckDB skip row groups by trace and by time', async () => {
    const [block] = storedBlocks('conf-v5');
    await withDirectory(async (directory) => {
      const needs = { spans: ['start_ns'] as const, spanAttributes: [] };
      const flat = await flattenBlock(block!.storage, block!.meta, needs, pathsIn(directory));
      await withDatabase(async (connection) => {
        const stats = await rows(
          connection,
          `SELECT path_in_schema AS c, stats_min_value::BIGINT AS lo, stats_max_value::BIGINT AS hi
          FROM parquet_metadata('${flat.spans}') ORDER BY column_id`,
        );
        const [real] = await rows(
          connection,
          `SELECT min(trace) AS t0, max(trace) AS t1, min(start_ns) AS s0, max(start_ns) AS s1 FROM '${flat.spans}'`,
        );
        expect(stats.map(({ lo, hi }) => [String(lo), String(hi)])).toEqual([
          [String(real!.t0), String(real!.t1)],
          [String(real!.s0), String(real!.s1)],
        ]);
      });
    });
  });
});
