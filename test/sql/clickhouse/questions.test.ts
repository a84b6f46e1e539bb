/** Questions over blocks that ClickHouse reads where they are: what DuckDB answers over the flat files of the same blocks. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BLOCK_FORMATS } from '../../../engine/blocks/block-formats.js';
import { loadQuery } from '../../../engine/language/link/load-query.js';
import { planSearch } from '../../../engine/plan/search.js';
import { search } from '../../../engine/query/search.js';
import type { Inspected } from '../../../engine/query/search-result.js';
import { listTagValues } from '../../../engine/query/tag-values.js';
import { listTags } from '../../../engine/query/tags.js';
import { searchViolations } from '../../../engine/query/violations.js';
import { violationSeries } from '../../../engine/replay/violation-series/violation-series.js';
import { ofKind } from '../../../engine/shared/of-kind.js';
import type { BlockTraces } from '../../../engine/spans/traces.js';
import type { ClickHouseStore } from '../../../engine/sql/dialects/clickhouse/store.js';
import { shopRules } from '../../bench/rules.js';
import { aPipeline } from '../../support/arbitrary/pipeline.js';
import { someTraces } from '../../support/arbitrary/trace.js';
import { makeStorage } from '../../support/made-storage.js';
import { runs } from '../../support/runs.js';
import { oracleSearch, outcomeOf } from '../../support/search-evaluation.js';
import { type OpenStored, openStored } from '../../support/stored.js';
import { inVParquet3 } from '../../support/tempo-rows.js';
import { byDatabase, hasChdb, openChdb } from './chdb.js';
import { inBlocks } from './in-blocks.js';

const BLOCKS = fileURLToPath(new URL('../../fixtures/blocks', import.meta.url));
const BOUNDS = { limit: 10_000, maxBytes: 1_000_000 };
const RANGE = { fromNs: 1_795_132_000_000_000_000n, toNs: 1_795_220_000_000_000_000n };

describe.skipIf(!hasChdb)('questions in ClickHouse', () => {
  let db: ClickHouseStore;
  const work = mkdtempSync(join(tmpdir(), 'betrace-questions-'));
  const open: OpenStored[] = [];
  beforeAll(async () => {
    db = await openChdb();
  });
  afterAll(async () => {
    for (const { close } of open) await close();
    db.close();
    rmSync(work, { recursive: true });
  });

  const blocksOf = async (
    root: string,
  ): Promise<{ readonly flat: BlockTraces; readonly nested: BlockTraces }> => {
    const opened = await openStored(root);
    open.push(opened);
    return { flat: opened.stored, nested: byDatabase(db, opened.stored) };
  };

  /** The answer by both, apart from what it was made from. */
  async function expectSame<T extends { readonly inspected: Inspected }>(
    { flat, nested }: Awaited<ReturnType<typeof blocksOf>>,
    ask: (traces: BlockTraces) => Promise<T>,
  ): Promise<T> {
    const { inspected, ...found } = await ask(nested);
    const { inspected: _, ...expected } = await ask(flat);
    expect(found).toEqual(expected);
    return { ...found, inspected } as T;
  }

  it.each(BLOCK_FORMATS)('find what the oracle finds in random traces, as %s', async (format) => {
    await fc.assert(
      fc.asyncProperty(
        aPipeline,
        someTraces.filter((traces) => traces.length > 0),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
        async (query, made, spread) => {
          const traces = format === 'vParquet3' ? made.map(inVParquet3) : made;
          const root = makeStorage(mkdtempSync(join(work, 'case-')), format, ...inBlocks(traces, spread));
          const plan = planSearch(query);
          const { nested } = await blocksOf(root);
          const found = await search({ ...nested, plan, limit: 1_000_000, spansPerSpanset: 1_000_000 });
          expect(outcomeOf(found.traces, plan)).toEqual(oracleSearch(query, traces));
        },
      ),
      { numRuns: runs(2) },
    );
  });

  it.each([
    ['shop-v5', '{ name = "payment.charge_card" } | by(span.idempotency.key) | count() > 1'],
    ['shop-v4', '{ resource.service.name = "frontend" } >> { status = error } | select(span.http.route)'],
    ['shop-v5', '{ } | select(resource.service.version)'],
  ])('find the newest traces of %s: %s', async (fixture, text) => {
    const { query } = loadQuery(text);
    if (query?.kind !== 'search') throw new Error(text);
    const plan = planSearch(query.pipeline);
    const blocks = await blocksOf(join(BLOCKS, fixture));
    const { traces } = await expectSame(blocks, (by) =>
      search({ ...by, plan, limit: 20, spansPerSpanset: 3 }),
    );
    expect(traces.length).toBeGreaterThan(0);
  });

  it('list the traces that violate a rule, and count its violations', async () => {
    const blocks = await blocksOf(join(BLOCKS, 'shop-v5'));
    const rule = ofKind(shopRules(), 'trace').find(({ item }) => item.id.text === 'pii-requires-audit')!;
    const { traces } = await expectSame(blocks, (by) =>
      searchViolations({ ...by, rule, limit: 20, spansPerSpanset: 3 }),
    );
    expect(traces).toHaveLength(12);
    const { query } = loadQuery(
      'violations of pii-requires-audit | count_over_time() by (resource.service.name)',
    );
    if (query?.kind !== 'violations') throw new Error('no such query');
    const { series } = await expectSame(blocks, (by) =>
      violationSeries({ ...by, ...RANGE, stepNs: 3_600_000_000_000n, rule, metrics: query.metrics! }),
    );
    expect(series.length).toBeGreaterThan(0);
  });

  it('say what spans carry', async () => {
    const blocks = await blocksOf(join(BLOCKS, 'conf-v5'));
    const { scopes } = await expectSame(blocks, (by) =>
      listTags({ ...by, ...BOUNDS, query: '{ status != unset }' }),
    );
    expect(scopes.length).toBeGreaterThan(2);
    const names = ({ scopes }: Awaited<ReturnType<typeof listTags>>): unknown =>
      scopes.map(({ scope, tags }) => [scope, tags.map(({ name }) => name).sort()]);
    expect(names(await listTags({ ...blocks.nested, ...BOUNDS }))).toEqual(
      names(await listTags({ ...blocks.flat, ...BOUNDS })),
    );
  });

  it.each(['resource.service.name', 'name', '.http.status_code', 'span.amount', 'status', 'event:name'])(
    'say which values spans have of %s',
    async (tag) => {
      const blocks = await blocksOf(join(BLOCKS, 'conf-v5'));
      await expectSame(blocks, (by) => listTagValues({ ...by, ...BOUNDS, tag }));
      await expectSame(blocks, (by) => listTagValues({ ...by, ...BOUNDS, tag, query: '{ status = error }' }));
    },
  );
});
