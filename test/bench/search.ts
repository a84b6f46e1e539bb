/** What searches cost: the newest 20 traces of everything that is stored. */
import { parseQuery } from '../../engine/language/parse/parse-query.js';
import { planSearch } from '../../engine/plan/search.js';
import { search } from '../../engine/query/search.js';
import type { StoredTraces } from '../../engine/spans/stored-run.js';

const QUERIES = [
  ['by name', '{ name = "payment.charge_card" }'],
  ['by attribute', '{ span.amount > 1000 && resource.service.name = "payment" }'],
  ['structural', '{ name = "POST /checkout" } >> { name = "http.retry" }'],
  ['by groups', '{ } | by(resource.service.name) | count() > 20'],
] as const;

export interface SearchBench {
  /** With a cache that is empty. */
  readonly cold: () => StoredTraces;
  readonly warm: StoredTraces;
  readonly median: (work: () => Promise<unknown>) => Promise<number>;
  /** Called with each figure, in milliseconds. */
  readonly show: (name: string, time: number) => void;
}

export async function measureSearch({ cold, warm, median, show }: SearchBench): Promise<void> {
  for (const [name, text] of QUERIES) {
    const { query } = parseQuery(text);
    if (query?.kind !== 'search') throw new Error(`not a search: ${text}`);
    const plan = planSearch(query.pipeline);
    const ask = async (traces: StoredTraces) =>
      await search({ ...traces, plan, limit: 20, spansPerSpanset: 3 });
    show(`search cold, ${name}`, await median(async () => await ask(cold())));
    await ask(warm);
    show(`search warm, ${name}`, await median(async () => await ask(warm)));
  }
}
