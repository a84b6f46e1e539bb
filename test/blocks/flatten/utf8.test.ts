import { expect, it } from 'vitest';
import { flattenBlock } from '../../../engine/blocks/flatten/flatten.js';
import { attributeColumn } from '../../../engine/sql/relations/flat.js';
import { pathsIn, rows, withDatabase, withDirectory } from './compare.js';
import { madeMeta, madeRows, memoryStorage, schemaOf } from './made-blocks.js';
import { writeNested } from './nested-writer.js';

/** Replaces a text of the file by bytes of the same length that are not UTF-8. */
function spoil(bytes: Uint8Array, text: string): Uint8Array {
  const spoilt = Buffer.from(bytes);
  for (let offset = spoilt.indexOf(text); offset >= 0; offset = spoilt.indexOf(text, offset + 1))
    spoilt.fill(0xff, offset, offset + text.length);
  return new Uint8Array(spoilt);
}

for (const texts of ['dictionary', 'plain', 'delta-length'] as const) {
  it(`repairs texts that are not UTF-8, written as ${texts}, which DuckDB would refuse`, async () => {
    const made = madeRows('vParquet5', 30, 3).map((row) => ({ ...row, RootSpanName: 'spoilt-root' }));
    const whole = writeNested(schemaOf('vParquet5'), made, { texts });
    const bytes = spoil(spoil(whole, 'spoilt-root'), 'service-1');
    await withDirectory(async (directory) => {
      const service = { scope: 'resource', key: 'service.name' } as const;
      const needs = {
        spans: ['name', 'parent_id', 'scope_name', 'span_id'] as const,
        spanAttributes: [service],
      };
      const flat = await flattenBlock(
        memoryStorage(bytes),
        madeMeta('vParquet5', bytes.length, 30),
        needs,
        pathsIn(directory),
      );
      await withDatabase(async (connection) => {
        expect(await rows(connection, `SELECT DISTINCT root_name AS n FROM '${flat.traces}'`)).toEqual([
          { n: '\uFFFD'.repeat(11) },
        ]);
        const column = attributeColumn(service, 's');
        const services = await rows(connection, `SELECT DISTINCT ${column} AS n FROM '${flat.spans}'`);
        expect(services.map(({ n }) => n).sort()).toEqual(['', 'service-0', 'service-2', '\uFFFD'.repeat(9)]);
      });
    });
  });
}
