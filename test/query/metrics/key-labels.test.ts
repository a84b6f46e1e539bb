/** A label is called as a query writes the field, by `by` and by `compare()` alike, so that it can be asked for by its name. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadQuery } from '../../../engine/language/link/load-query.js';
import { planMetrics } from '../../../engine/plan/lower/lower-metrics.js';
import { queryInstant } from '../../../engine/query/metrics.js';
import { span, trace } from '../../support/arbitrary/spans.js';
import { makeStorage } from '../../support/made-storage.js';
import { type OpenStored, openStored } from '../../support/stored.js';

/** As Tempo writes them, but for the quote, which it would leave as it is. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['a\\b', 'span.a\\b'],
  ['a@b', 'span.a@b'],
  ['a b', 'span."a b"'],
  ['a=b', 'span."a=b"'],
  ['a"b', 'span."a\\"b"'],
]);

/** In the range that the made block has. */
const START = 1_795_140_000_000_000_000n;
const work = mkdtempSync(join(tmpdir(), 'betrace-labels-'));
let open: OpenStored;
beforeAll(async () => {
  const attributes = Object.fromEntries([...NAMES.keys()].map((key) => [key, 'v']));
  open = await openStored(
    makeStorage(work, 'vParquet5', [trace({ ...span(1, undefined, { attributes }), start: START })]),
  );
});
afterAll(async () => {
  await open.close();
  rmSync(work, { recursive: true, force: true });
});

async function labels(text: string): Promise<ReadonlySet<string>> {
  const { query } = loadQuery(text);
  if (query?.kind !== 'metrics') throw new Error(text);
  const range = { fromNs: START - 1_000_000_000n, toNs: START + 1_000_000_000n };
  const { series } = await queryInstant({ ...open.stored, ...range, plan: planMetrics(query) });
  return new Set(series.flatMap((labelled) => labelled.labels.map(({ name }) => name)));
}

it('by compare()', async () => {
  const found = await labels('{ } | compare({ name = "a" })');
  expect([...found].filter((name) => name.startsWith('span.')).sort()).toEqual([...NAMES.values()].sort());
});

it.each([...NAMES.values()])('by (%s)', async (name) => {
  expect(await labels(`{ } | count_over_time() by (${name})`)).toContain(name);
});
