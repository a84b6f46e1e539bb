import {
  type CountedAttribute,
  type KnownAttribute,
  MOST_COUNTED,
  type TraceCatalogue,
  type ValueCount,
} from './catalogue.js';
import type { LastReplay, ServiceRule } from './last-replay.js';
import { type CountedSeries, valuesOfSeries } from './series-values.js';
import type { CatalogueSource, MatchCount } from './source.js';

export interface ServiceSettings {
  /** Of a running `betrace serve`: `http://127.0.0.1:3200`. */
  readonly url: string;
  readonly token?: string;
  readonly tenant?: string;
}

/** More than an editor can show; the service's own bound is higher. */
const MOST_ATTRIBUTES = 5000;
const TIMEOUT_MS = 20_000;

/** Asks a running service, over its own API. Uses nothing but `fetch`, so it works in a browser too. */
export function httpSource({ url, token, tenant }: ServiceSettings): CatalogueSource {
  const base = `${url.replace(/\/+$/u, '')}/`;
  const headers = {
    accept: 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(tenant === undefined ? {} : { 'X-Scope-OrgID': tenant }),
  };
  const get = async <T>(
    path: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<T> => {
    const target = new URL(path, base);
    for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value);
    const response = await fetch(target, {
      headers,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      // A redirect could carry the token elsewhere.
      redirect: 'error',
    });
    if (!response.ok) throw new Error(`${target.origin} answers ${response.status}`);
    return (await response.json()) as T;
  };
  const values = async (
    path: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<readonly ValueCount[]> => {
    const { values: found } = await get<ValueList>(path, { limit: String(MOST_COUNTED), ...query }, signal);
    return found.map(({ value, count }) => ({ text: value, count }));
  };
  return {
    async load(signal): Promise<TraceCatalogue> {
      const [list, spanNames, services] = await Promise.all([
        get<AttributeList>('betrace/v1/schema/attributes', { limit: String(MOST_ATTRIBUTES) }, signal),
        values('betrace/v1/schema/span-names', {}, signal),
        values('betrace/v1/schema/services', {}, signal),
      ]);
      const attributes = list.attributes.map(
        ({ scope, key, types, count, acrossTraces = false, examples }): KnownAttribute => ({
          scope,
          key,
          types,
          count,
          acrossTraces,
          values: examples.map((text) => ({ text })),
        }),
      );
      return { spans: list.spans, attributes, spanNames, services };
    },
    values: ({ scope, key }, signal) => values('betrace/v1/schema/values', { scope, key }, signal),
    async narrowed(q, signal) {
      const found = await get<SeriesList>('api/metrics/query', { q, since: NARROWED_OVER }, signal);
      return valuesOfSeries(found.series, ({ value }) => Number(value ?? 0));
    },
    async rules(signal) {
      const { rules } = await get<RuleList>('betrace/v1/rules', {}, signal);
      return rules.map(
        ({ id, text, class: { why }, lastReplay }): ServiceRule => ({ id, text, finality: why, lastReplay }),
      );
    },
    async matches(query, { from, to }, signal) {
      const q = `${query} | count_over_time() by (name, resource.service.name)`;
      const { series = [] } = await get<SeriesList>('api/metrics/query', { q, start: from, end: to }, signal);
      return series.map((counted): MatchCount => {
        const label = (key: string): string =>
          counted.labels?.find((found) => found.key === key)?.value?.stringValue ?? '';
        return {
          name: label('name'),
          service: label('resource.service.name'),
          count: Number(counted.value ?? 0),
        };
      });
    },
  };
}

interface AttributeList {
  readonly spans: number;
  readonly attributes: readonly (CountedAttribute & { readonly examples: readonly string[] })[];
}

interface ValueList {
  readonly values: readonly { readonly value: string; readonly count: number }[];
}

interface RuleList {
  readonly rules: readonly {
    readonly id: string;
    readonly text: string;
    readonly class: { readonly why: string };
    readonly lastReplay: LastReplay | null;
  }[];
}

/** How far back values are looked for that go with the rest of a filter. */
const NARROWED_OVER = '24h';

interface SeriesList {
  readonly series?: readonly (CountedSeries & { readonly value?: number })[];
}
