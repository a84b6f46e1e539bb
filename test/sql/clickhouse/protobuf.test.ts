/** Protobuf messages of vParquet3 in ClickHouse: random ones, whole and broken, hold what the reader of blocks decodes of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  decodeAnyValue,
  decodeLinks,
  type ProtoValue,
  type ScalarValue,
} from '../../../engine/blocks/flatten/proto.js';
import { loadQuery } from '../../../engine/language/link/load-query.js';
import { planSearch } from '../../../engine/plan/search.js';
import { search } from '../../../engine/query/search.js';
import type { BlockTraces } from '../../../engine/spans/traces.js';
import {
  MOST_FIELDS,
  ofLinks,
  PROTOBUF,
  TOO_MANY_FIELDS,
  valuesOf,
} from '../../../engine/sql/dialects/clickhouse/nested-protobuf.js';
import type { ClickHouseStore } from '../../../engine/sql/dialects/clickhouse/store.js';
import { fromHex, list, tableAs } from '../../../engine/sql/text/operations.js';
import { join as joined, name, type Sql, sql } from '../../../engine/sql/text/sql.js';
import { hasSpans, madeRows } from '../../blocks/flatten/made-blocks.js';
import { exampleMeta, putBlock } from '../../support/made-storage.js';
import { AnyValueType, LinkSlice } from '../../support/proto-messages.js';
import { runs } from '../../support/runs.js';
import { openStored } from '../../support/stored.js';
import { byDatabase, hasChdb, openChdb } from './chdb.js';

const int = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const scalar = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }).map((stringValue) => ({ stringValue })),
  fc.boolean().map((boolValue) => ({ boolValue })),
  fc.oneof(int, fc.bigInt({ min: -2n, max: 300n })).map((value) => ({ intValue: String(value) })),
  fc.double().map((doubleValue) => ({ doubleValue })),
);
const other = fc.constantFrom<object>(
  {},
  { bytesValue: Buffer.from([1, 2]) },
  { arrayValue: { values: [] } },
);
const arrayOf = (element: fc.Arbitrary<object>): fc.Arbitrary<object> =>
  fc.array(element, { maxLength: 5 }).map((values) => ({ arrayValue: { values } }));
const sameKind = scalar.chain((first) =>
  fc.array(
    scalar.filter((next) => Object.keys(next)[0] === Object.keys(first)[0]),
    { maxLength: 9 },
  ),
);
const value = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 2, arbitrary: sameKind.map((values): object => ({ arrayValue: { values } })) },
  { weight: 1, arbitrary: arrayOf(fc.oneof(scalar, other, arrayOf(scalar))) },
  { weight: 1, arbitrary: other },
);
const link = fc.record({
  traceId: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  spanId: fc.uint8Array({ maxLength: 8 }),
  attributes: fc.array(fc.record({ key: fc.constantFrom('', 'k', 'ключ'), value }), { maxLength: 3 }),
});
const encode = (type: typeof AnyValueType, object: object): Buffer =>
  Buffer.from(type.encode(type.fromObject(object)).finish());
const values = value.map((object) => encode(AnyValueType, object));
const links = fc.array(link, { maxLength: 4 }).map((all) => encode(LinkSlice, { links: all }));

/** Tags, lengths, ends of varints and what is none of them. */
const odd = fc.constantFrom(
  0,
  1,
  2,
  8,
  9,
  10,
  13,
  16,
  18,
  24,
  33,
  34,
  37,
  42,
  50,
  58,
  64,
  127,
  128,
  129,
  255,
);
/** Messages that have been cut, changed, put together, or never were any. */
const broken = (whole: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> =>
  fc.oneof(
    fc.tuple(whole, fc.nat()).map(([bytes, cut]) => bytes.subarray(0, cut % (bytes.length + 1))),
    fc.tuple(whole, fc.nat(), odd).map(([bytes, place, byte]) => {
      if (bytes.length > 0) bytes[place % Math.min(bytes.length, 12)] = byte;
      return bytes;
    }),
    fc.tuple(whole, whole).map((both) => Buffer.concat(both)),
    fc.array(odd, { maxLength: 14 }).map((bytes) => Buffer.from(bytes)),
  );
const MESSAGES = 100;
const some = (whole: fc.Arbitrary<Buffer>): fc.Arbitrary<readonly Buffer[]> =>
  fc.array(fc.oneof(whole, broken(whole)), { minLength: MESSAGES, maxLength: MESSAGES });

/** In which all made traces are. */
const HOUR = { startTime: '2026-11-18T11:00:00Z', endTime: '2026-11-18T12:00:00Z' };
const QUESTION = '{ } | select(event:timeSinceStart, event.k0, link:spanID, link.k0)';

function plain({ kind, value }: ScalarValue): unknown {
  if (kind === 's') return Buffer.from(value).toString('hex');
  return kind === 'd' ? Buffer.from(Float64Array.of(value).buffer).toString('hex') : String(value);
}

/** As `HELDS` shows it. */
function shown(decoded: ProtoValue): readonly unknown[] {
  if (decoded === undefined) return [];
  const scalars = decoded.array ? decoded.values : [decoded.value];
  return [[scalars[0]?.kind ?? 's', Number(decoded.array), scalars.map(plain)]];
}

/** Of an array of `HELD`. */
function helds(held: Sql): Sql {
  return sql`toJSONString(arrayMap(h -> tuple(h.kind, h.list, arrayConcat(
    arrayMap(x -> lower(hex(x)), h.s), arrayMap(x -> toString(x), h.i), arrayMap(x -> lower(hex(x)), h.d), arrayMap(x -> toString(x), h.b))), ${held}))`;
}

describe.skipIf(!hasChdb)('protobuf messages in ClickHouse', () => {
  let db: ClickHouseStore;
  beforeAll(async () => {
    db = await openChdb();
  });
  afterAll(() => db.close());

  const selected = (messages: readonly Buffer[], what: Sql): Sql => {
    const all = list(messages.map((bytes) => fromHex(bytes.toString('hex'))));
    return sql`WITH ${joined(PROTOBUF, ', ')} SELECT ${what} AS found FROM (SELECT arrayJoin(${all}) AS m)`;
  };
  const ask = async (messages: readonly Buffer[], what: Sql): Promise<readonly unknown[]> =>
    (await db.rows(selected(messages, what))).map(([text]) => JSON.parse(text as string) as unknown);
  /** An answer may begin before it fails. */
  const put = (messages: readonly Buffer[], what: Sql): Promise<void> =>
    db.run(tableAs(name('refused'), selected(messages, what), { replace: true }));

  it('are the values that they are elsewhere', async () => {
    await fc.assert(
      fc.asyncProperty(some(values), async (messages) => {
        const found = await ask(messages, helds(valuesOf(sql`[m]`)));
        for (const [n, bytes] of messages.entries())
          expect([bytes.toString('hex'), found[n]]).toEqual([
            bytes.toString('hex'),
            shown(decodeAnyValue(bytes)),
          ]);
      }),
      { numRuns: runs(2), endOnFailure: true },
    );
  });

  it('are the links that they are elsewhere', async () => {
    const linksIn = (bytes: Buffer): unknown => {
      try {
        return decodeLinks(bytes);
      } catch {
        return undefined;
      }
    };
    const part = (path: string, each = sql`lower(hex(x))`): Sql =>
      sql`arrayMap(x -> ${each}, ${ofLinks(sql`m`, path)})`;
    const hexes = sql`arrayMap(y -> lower(hex(y)), x)`;
    await fc.assert(
      fc.asyncProperty(some(links), async (messages) => {
        const whole = messages.filter((bytes) => linksIn(bytes) !== undefined);
        const found = await ask(
          whole,
          sql`concat('[', toJSONString(${part('TraceID')}), ',', toJSONString(${part('SpanID')}), ',', toJSONString(${part('Attrs.Key', hexes)}), ',[',
            arrayStringConcat(arrayMap(x -> ${helds(valuesOf(sql`x`))}, ${ofLinks(sql`m`, 'Attrs.Value')}), ','), ']]')`,
        );
        for (const [n, bytes] of whole.entries()) {
          const decoded = decodeLinks(bytes);
          expect(found[n]).toEqual([
            decoded.map(({ traceId }) => Buffer.from(traceId).toString('hex')),
            decoded.map(({ spanId }) => Buffer.from(spanId).toString('hex')),
            decoded.map(({ attributes }) => attributes.map(({ key }) => Buffer.from(key).toString('hex'))),
            decoded.map(({ attributes }) => attributes.flatMap((attribute) => shown(attribute.value))),
          ]);
        }
        const cut = messages.find((bytes) => linksIn(bytes) === undefined);
        if (cut !== undefined)
          await expect(put([cut], part('TraceID'))).rejects.toThrow('links that are not protobuf messages');
      }),
      { numRuns: runs(1), endOnFailure: true },
    );
  });

  it('of more fields than are read refuse the question', async () => {
    const asked = (count: number): Promise<void> =>
      put([Buffer.from('0a00'.repeat(count), 'hex')], ofLinks(sql`m`, 'TraceID'));
    await asked(MOST_FIELDS);
    await expect(asked(MOST_FIELDS + 1)).rejects.toThrow(TOO_MANY_FIELDS);
  });

  it('of a block are found by their values, as DuckDB does', async () => {
    const work = mkdtempSync(join(tmpdir(), 'betrace-protobuf-'));
    const meta = { ...exampleMeta('shop-v4'), ...HOUR };
    const rows = madeRows('vParquet3', 30, 7);
    putBlock(join(work, 'single-tenant'), 1, 'vParquet3', rows, meta);
    const { stored, close } = await openStored(work);
    // What such a block says of its traces as a whole is made up.
    const find = async (by: BlockTraces, text: string): Promise<readonly (readonly [string, unknown])[]> => {
      const { query } = loadQuery(text);
      if (query?.kind !== 'search') throw new Error(text);
      const plan = planSearch(query.pipeline);
      const { traces } = await search({ ...by, plan, limit: 1000, spansPerSpanset: 1000 });
      return traces.map(({ traceId, spansets }) => [traceId, spansets] as const).sort();
    };
    const expected = await find(stored, QUESTION);
    expect(expected.length).toBe(rows.filter(hasSpans).length);
    expect(await find(byDatabase(db, stored), QUESTION)).toEqual(expected);
    await close();
    rmSync(work, { recursive: true });
  });
});
