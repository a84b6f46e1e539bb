/** Searches over stored blocks: however many traces are asked for, and however their spans are spread. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BLOCK_FORMATS } from '../../engine/blocks/block-formats.js';
import { loadQuery } from '../../engine/language/link/load-query.js';
import { planSearch } from '../../engine/plan/search.js';
import { search } from '../../engine/query/search.js';
import type { FoundTrace } from '../../engine/query/search-result.js';
import { hasSpans, madeRows } from '../blocks/flatten/made-blocks.js';
import { FIXTURES } from '../server/cli/support.js';
import { exampleMeta, putBlock } from '../support/made-storage.js';
import { type OpenStored, openStored } from '../support/stored.js';

const SHOP = join(FIXTURES, 'shop-v5');
let open: OpenStored;

beforeAll(async () => {
  open = await openStored(SHOP);
});
afterAll(() => open.close());

async function found(text: string, limit: number, { stored }: OpenStored = open) {
  const { query } = loadQuery(text);
  if (query?.kind !== 'search') throw new Error(text);
  const plan = planSearch(query.pipeline);
  const { traces } = await search({ ...stored, plan, limit, spansPerSpanset: 5 });
  return traces;
}

const QUERIES = [
  '{ }',
  '{ name = "payment.charge_card" } | by(span.idempotency.key) | select(parent.name, event:name)',
  '{ resource.service.name = "postgres" } | count() > 3',
  '{ name = "POST /checkout" } >> { name = "http.retry" }',
  '{ name = "payment.charge_card" } | count() = 0',
];

const { split } = JSON.parse(readFileSync(join(SHOP, 'truth.json'), 'utf8')) as {
  readonly split: readonly string[];
};

describe.each(QUERIES)('%s', (text) => {
  it('gives the newest traces whatever the limit', async () => {
    const all = await found(text, 100_000);
    const byNewest = (a: FoundTrace, b: FoundTrace): number =>
      a.start === b.start ? (a.traceId < b.traceId ? -1 : 1) : a.start > b.start ? -1 : 1;
    expect(all.map(({ traceId }) => traceId)).toEqual([...all].sort(byNewest).map(({ traceId }) => traceId));
    for (const limit of [1, 20, 400]) expect(await found(text, limit)).toEqual(all.slice(0, limit));
  });
});

it('finds traces whose spans lie in several blocks whole', async () => {
  const all = new Map((await found('{ }', 100_000)).map((trace) => [trace.traceId, trace]));
  expect(split.length).toBeGreaterThan(20);
  for (const id of split) {
    const { services, spansets } = all.get(id)!;
    const counted = [...services.values()].reduce((sum, { spans }) => sum + spans, 0);
    expect(spansets.map(({ matched }) => matched)).toEqual([counted]);
    const [again] = await found(`{ trace:id = "${id}" }`, 5);
    expect(again).toEqual(all.get(id));
  }
});

it.each(BLOCK_FORMATS)('finds nothing in traces without spans, as Tempo does: in %s', async (format) => {
  const root = mkdtempSync(join(tmpdir(), 'betrace-empty-'));
  const rows = madeRows(format, 30, 7);
  const withSpans = rows.filter(hasSpans).length;
  expect(rows.length - withSpans).toBeGreaterThan(3);
  putBlock(join(root, 'single-tenant'), 1, format, rows, exampleMeta('shop-v5'));
  const made = await openStored(root);
  for (const text of ['{ }', '{ } | by(name)', '{ name = "no such" } | count() = 0'])
    expect(await found(text, 100, made), text).toHaveLength(withSpans);
  expect(await found('{ } | count() = 0', 100, made)).toEqual([]);
  made.close();
  rmSync(root, { recursive: true });
});
