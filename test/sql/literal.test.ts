/** Values become SQL text in one place; whatever they hold, DuckDB reads back the same value and nothing else happens. */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import {
  doubleLiteral,
  identifier,
  intLiteral,
  stringLiteral,
} from '../../engine/sql/dialects/duckdb/literal.js';
import { plainSql } from '../support/plain-sql.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => {
  db.close();
});

const HOSTILE = [
  '',
  "'",
  "''",
  "'; DROP TABLE spans; --",
  "\\'",
  '\\',
  '\0',
  "a\0'b",
  '"',
  '$$',
  '$1',
  '?',
  '/*',
  '--',
  '\n\r\t',
  'é 漢字 \u{1F600}',
  '\u202e',
  '%s',
  '{}',
  '\uFEFF',
];

async function read(literal: string): Promise<unknown> {
  const rows = await db.rows(plainSql(`SELECT ${literal} AS value`));
  return rows[0]![0];
}

/** As bytes: the driver's own decoding of texts drops a byte order mark. */
async function readText(literal: string): Promise<string> {
  return Buffer.from((await read(`encode(${literal})`)) as Uint8Array).toString('utf8');
}

describe('string literals', () => {
  it.each(HOSTILE.map((text) => [JSON.stringify(text), text] as const))(
    'read back as %s',
    async (_, text) => {
      expect(await readText(stringLiteral(text))).toBe(text);
    },
  );

  it('read back as any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        expect(await readText(stringLiteral(text))).toBe(text.toWellFormed());
      }),
    );
  });
});

describe('number literals', () => {
  it('read back as any 64-bit integer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), async (int) => {
        expect(await read(intLiteral(int))).toBe(int);
      }),
      { examples: [[-(2n ** 63n)], [2n ** 63n - 1n], [0n]] },
    );
  });

  it('refuse what is no 64-bit integer', () => {
    for (const text of ['1.5', '9223372036854775808', '1; SELECT 1', '0x'])
      expect(() => intLiteral(text), text).toThrow();
  });

  it('read back as any double', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double(), async (double) => {
        expect(await read(doubleLiteral(double))).toBe(double);
      }),
      { examples: [[Number.NaN], [Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY], [-0], [5e-324]] },
    );
  });
});

it('quotes identifiers', async () => {
  await db.run(plainSql(`CREATE OR REPLACE TABLE odd (${identifier('a"b; --')} INTEGER)`));
  expect(
    (await db.rows(plainSql(`SELECT column_name FROM duckdb_columns() WHERE table_name = 'odd'`))).flat(),
  ).toEqual(['a"b; --']);
});
