/** Questions that several servers of ClickHouse answer together, however the ids of traces are divided among them: what one process answers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadQuery } from '../../../engine/language/link/load-query.js';
import { planMetrics } from '../../../engine/plan/lower/lower-metrics.js';
import { planSearch } from '../../../engine/plan/search.js';
import { queryInstant, queryRange } from '../../../engine/query/metrics.js';
import { search } from '../../../engine/query/search.js';
import { listTagValues } from '../../../engine/query/tag-values.js';
import { listTags } from '../../../engine/query/tags.js';
import { searchViolations } from '../../../engine/query/violations.js';
import { replay } from '../../../engine/replay/replay.js';
import { replayJson } from '../../../engine/replay/result-json.js';
import { replayBlocks } from '../../../engine/replay/shares/replay-blocks.js';
import { violationSeries } from '../../../engine/replay/violation-series/violation-series.js';
import { ofKind } from '../../../engine/shared/of-kind.js';
import { dividedTraces } from '../../../engine/spans/shared-blocks.js';
import type { StoredTraces } from '../../../engine/spans/stored-run.js';
import type { BlockTraces } from '../../../engine/spans/traces.js';
import { openServer } from '../../../engine/sql/nested.js';
import type { Store } from '../../../engine/sql/store/store.js';
import { fileRules, ruleOf, shopRules } from '../../bench/rules.js';
import { aMetricsExpression } from '../../support/arbitrary/metrics.js';
import { aPipeline } from '../../support/arbitrary/pipeline.js';
import { EPOCH, TICK } from '../../support/arbitrary/spans.js';
import { someTraces } from '../../support/arbitrary/trace.js';
import { TRACE_NUMBERS } from '../../support/arbitrary/vocabulary.js';
import { makeStorage } from '../../support/made-storage.js';
import { engineAnswer, oracleAnswer, ranges } from '../../support/metrics-evaluation.js';
import { runs } from '../../support/runs.js';
import { oracleSearch, outcomeOf } from '../../support/search-evaluation.js';
import { openStored } from '../../support/stored.js';
import { filesOf, hasChdb } from './chdb.js';
import { inBlocks } from './in-blocks.js';
import { startServer, type TestServer } from './servers.js';

const BLOCKS = fileURLToPath(new URL('../../fixtures/blocks', import.meta.url));
const BOUNDS = { limit: 10_000, maxBytes: 1_000_000 };
const DAY = { fromNs: 1_795_132_000_000_000_000n, toNs: 1_795_220_000_000_000_000n };
const HOUR = 3_600_000_000_000n;
const NOWHERE = { start: 0, end: 0 };

/** 32 hex digits each, ascending: where one share ends and the next begins. */
const cutsAmong = (id: fc.Arbitrary<bigint>): fc.Arbitrary<readonly string[]> =>
  fc
    .array(id, { minLength: 1, maxLength: 2 })
    .map((cuts) => cuts.map((cut) => cut.toString(16).padStart(32, '0')).sort());
/** In the middle, so that each share has some. */
const anyCuts = cutsAmong(fc.noBias(fc.bigInt({ min: 2n ** 125n, max: 7n * 2n ** 125n })));

describe.skipIf(!hasChdb)('servers that share traces', () => {
  let servers: readonly TestServer[] = [];
  let databases: readonly Store[] = [];
  const work = mkdtempSync(join(tmpdir(), 'betrace-shared-'));
  beforeAll(async () => {
    servers = await Promise.all([startServer(), startServer(), startServer()]);
    databases = await Promise.all(
      servers.map(({ host }) => openServer({ url: `http://${host}`, settings: { max_threads: '1' } })),
    );
  });
  afterAll(async () => {
    for (const db of databases) db.close();
    for (const { stop } of servers) await stop();
    rmSync(work, { recursive: true });
  });

  const dividedBy = (cuts: readonly string[], { storage }: StoredTraces) => ({
    storage,
    databases: databases.slice(0, cuts.length + 1),
    locate: filesOf(storage),
    ids: [...cuts, undefined].map((to, n) => ({
      ...(n === 0 ? {} : { from: cuts[n - 1]! }),
      ...(to === undefined ? {} : { to }),
    })),
  });

  const sharedBy = async (cuts: readonly string[], stored: StoredTraces): Promise<BlockTraces> => {
    const { tenant, window, memory, tempDirectory, storage } = stored;
    return await dividedTraces({ tenant, window, memory, tempDirectory, storage }, dividedBy(cuts, stored));
  };

  async function withBlocks(root: string, work: (stored: StoredTraces) => Promise<void>): Promise<void> {
    const { stored, close } = await openStored(root);
    await work(stored).finally(close);
  }

  it('find in random traces what the oracle finds', async () => {
    await fc.assert(
      fc.asyncProperty(
        aPipeline,
        aMetricsExpression,
        someTraces.filter((traces) => traces.length > 0),
        ranges,
        fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
        cutsAmong(fc.constantFrom(...TRACE_NUMBERS.map(BigInt))),
        async (pipeline, expression, traces, range, spread, cuts) => {
          const root = makeStorage(
            mkdtempSync(join(work, 'case-')),
            'vParquet5',
            ...inBlocks(traces, spread),
          );
          await withBlocks(root, async (stored) => {
            const shared = await sharedBy(cuts, stored);
            const plan = planSearch(pipeline);
            const all = { limit: 1_000_000, spansPerSpanset: 1_000_000 };
            const { traces: found } = await search({ ...shared, ...all, plan });
            expect(outcomeOf(found, plan)).toEqual(oracleSearch(pipeline, traces));
            const metrics = planMetrics({ kind: 'metrics', expression, hints: [], range: NOWHERE });
            const { from: fromNs, to: toNs, step: stepNs } = range;
            const asked = { ...shared, plan: metrics, fromNs, toNs };
            const { series } =
              stepNs === undefined ? await queryInstant(asked) : await queryRange({ ...asked, stepNs });
            expect(engineAnswer(series, range)).toEqual(oracleAnswer(expression, traces, range));
            expect(await compared(shared)).toEqual(await compared(await sharedBy([], stored)));
          });
        },
      ),
      { numRuns: runs(1) },
    );
  });

  const compared = async (by: BlockTraces) => {
    const { query } = loadQuery('{ } | compare({ status = error }, 2)');
    if (query?.kind !== 'metrics') throw new Error('no comparison');
    const range = { fromNs: EPOCH, toNs: EPOCH + 20n * TICK };
    return await queryInstant({ ...by, ...range, plan: planMetrics(query) });
  };

  const metricsOf = (text: string) => async (by: BlockTraces) => {
    const { query } = loadQuery(text);
    if (query?.kind !== 'metrics') throw new Error(text);
    return await queryRange({ ...by, ...DAY, stepNs: 6n * HOUR, plan: planMetrics(query) });
  };
  const searchOf = (text: string) => async (by: BlockTraces) => {
    const { query } = loadQuery(text);
    if (query?.kind !== 'search') throw new Error(text);
    return await search({ ...by, plan: planSearch(query.pipeline), limit: 7, spansPerSpanset: 3 });
  };

  it.each<[string, (by: BlockTraces) => Promise<object>]>([
    ['the newest traces', searchOf('{ status = error } >> { } | select(span.http.route)')],
    ['series', metricsOf('{ } | quantile_over_time(duration, 0.9) by (resource.service.name)')],
    ['tags', (by) => listTags({ ...by, ...BOUNDS, scope: 'resource', query: '{ status = error }' })],
    ['values', (by) => listTagValues({ ...by, ...BOUNDS, tag: '.http.status_code' })],
  ])('answer with %s what one of them does', async (_, ask) => {
    await withBlocks(join(BLOCKS, 'conf-v5'), async (stored) => {
      const expected = await ask(await sharedBy([], stored));
      await fc.assert(
        fc.asyncProperty(anyCuts, async (cuts) => {
          expect(await ask(await sharedBy(cuts, stored))).toEqual(expected);
        }),
        { numRuns: runs(1) },
      );
    });
  });

  it('say what is different about violations as one process does, of one trace and of many', async () => {
    const across = fileRules('../test/replay/flows/flow-v5.betrace');
    const rules = [
      ...ruleOf(`rule charges-are-kept {
        when { name = "payment.charge_card" } as c
        never { name = "payment.charge_card" && span.idempotency.key = c.span.idempotency.key && span:id != c.span:id }
      }
      rule charges-are-few { over 1h always { name = "payment.charge_card" } | count_over_time() < 30 }`),
      ...across.filter(({ item }) => item.id.text === 'one-charge-per-key'),
    ];
    await withBlocks(join(BLOCKS, 'flow-v5'), async (stored) => {
      // Which traces are examples of a window differs.
      const asked = { rules, limit: 0, why: true };
      const expected = replayJson(await replay({ ...stored, ...asked }));
      expect(expected.rules.map(({ differences }) => (differences?.findings.length ?? 0) > 0)).toEqual([
        true,
        true,
      ]);
      await fc.assert(
        fc.asyncProperty(anyCuts, async (cuts) => {
          const found = await replayBlocks({ ...(await sharedBy(cuts, stored)), ...asked });
          expect(replayJson(found)).toEqual(expected);
        }),
        { numRuns: runs(1) },
      );
    });
  });

  it('count violations as one process does, those of windows, too', async () => {
    await withBlocks(join(BLOCKS, 'shop-v5'), async (stored) => {
      const [rule] = ofKind(shopRules(), 'trace').filter(({ item }) => item.id.text === 'pii-requires-audit');
      const [over] = ofKind(fileRules('reliability/windows.betrace'), 'window');
      const { query } = loadQuery('violations of x | count_over_time() by (resource.service.name)');
      if (query?.kind !== 'violations' || rule === undefined || over === undefined) throw new Error('none');
      const shared = await sharedBy(['7'.padEnd(32, 'f')], stored);
      const listed = { rule, limit: 4, spansPerSpanset: 3 };
      expect(withoutSizes(await searchViolations({ ...shared, ...listed }))).toEqual(
        withoutSizes(await searchViolations({ ...stored, ...listed })),
      );
      for (const counted of [rule, over]) {
        const question = { ...DAY, stepNs: HOUR, rule: counted, metrics: query.metrics! };
        const expected = await violationSeries({ ...stored, ...question });
        expect(expected.series.length).toBeGreaterThan(0);
        expect(withoutSizes(await violationSeries({ ...shared, ...question }))).toEqual(
          withoutSizes(expected),
        );
      }
    });
  });

  it('fail together where one of them fails', async () => {
    await withBlocks(join(BLOCKS, 'conf-v5'), async (stored) => {
      const shared = await sharedBy(['7'.padEnd(32, 'f')], stored);
      if (!('divided' in shared)) throw new Error('not shared');
      const gone = {
        ...shared,
        divided: [
          shared.divided[0]!,
          { ...shared.divided[0]!, run: () => Promise.reject(new Error('gone')) },
        ],
      };
      await expect(searchOf('{ status = error }')(gone)).rejects.toThrow('gone');
      // Nothing is left that would be in the way of the next question.
      expect(await searchOf('{ status = error }')(shared)).toMatchObject({ inspected: { unread: [] } });
    });
  });
});

/** What DuckDB has looked at is flat. */
function withoutSizes<T extends object>(answer: T): object {
  return { ...answer, inspected: undefined };
}
