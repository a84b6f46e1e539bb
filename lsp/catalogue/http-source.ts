import type { KnownType } from '../../engine/language/catalogue.js';
import type { KnownAttribute, TraceCatalogue, ValueCount } from './catalogue.js';
import type { CatalogueSource, LastReplay } from './source.js';

export interface ServiceSettings {
  /** Of a running `betrace serve`: `http://127.0.0.1:3200`. */
  readonly url: string;
  readonly token?: string;
  readonly tenant?: string;
}

/** More than an editor can show; the service's own bound is higher. */
const MOST_ATTRIBUTES = 5000;
const MOST_VALUES = 200;
const TIMEOUT_MS = 20_000;

/** Asks a running service, over its own API. Uses nothing but `fetch`, so it works in a browser too. */
export function httpSource({ url, token, tenant }: ServiceSettings): CatalogueSource {
  const base = `${url.replace(/\/+$/u, '')}/betrace/v1/`;
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
    });
    if (!response.ok) throw new Error(`${target.origin} answers ${response.status}`);
    return (await response.json()) as T;
  };
  const values = async (
    path: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<readonly ValueCount[]> => {
    const { values: found } = await get<ValueList>(path, { limit: String(MOST_VALUES), ...query }, signal);
    return found.map(({ value, count }) => ({ text: value, count }));
  };
  return {
    async load(signal): Promise<TraceCatalogue> {
      const [list, spanNames, services] = await Promise.all([
        get<AttributeList>('schema/attributes', { limit: String(MOST_ATTRIBUTES) }, signal),
        values('schema/span-names', {}, signal),
        values('schema/services', {}, signal),
      ]);
      const attributes = list.attributes.map(
        ({ scope, key, types, count, examples }): KnownAttribute => ({
          scope,
          key,
          types,
          count,
          values: examples.map((text) => ({ text })),
        }),
      );
      return { spans: list.spans, attributes, spanNames, services };
    },
    values: ({ scope, key }, signal) => values('schema/values', { scope, key }, signal),
    async lastReplays(signal) {
      const { rules } = await get<RuleList>('rules', {}, signal);
      return new Map(
        rules.flatMap(({ id, lastReplay }) => (lastReplay === null ? [] : [[id, lastReplay] as const])),
      );
    },
  };
}

interface AttributeList {
  readonly spans: number;
  readonly attributes: readonly {
    readonly scope: KnownAttribute['scope'];
    readonly key: string;
    readonly types: readonly KnownType[];
    readonly count: number;
    readonly examples: readonly string[];
  }[];
}

interface ValueList {
  readonly values: readonly { readonly value: string; readonly count: number }[];
}

interface RuleList {
  readonly rules: readonly { readonly id: string; readonly lastReplay: LastReplay | null }[];
}
