/** Questions to the service, through Grafana's proxy, which knows its address, its certificate and the headers of the tenant and of the token. */

import { getBackendSrv } from '@grafana/runtime';
import type { InfoJson } from '../../../../engine/answers/info.js';
import type { QueryHelpJson } from '../../../../engine/answers/language.js';
import type { CountsJson, MetricsJson, SearchJson } from '../../../../engine/answers/queries.js';
import type { RulesJson } from '../../../../engine/answers/rule.js';
import type { TraceJson } from '../../../../engine/answers/trace.js';
import { messageOf } from '../../../../engine/shared/message-of.js';

/** In seconds since the Unix epoch. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

interface ValuesJson {
  readonly values: readonly { readonly value: string }[];
}

export class Client {
  /** `url` is the address that Grafana gives the data source: `/api/datasources/proxy/uid/…`. */
  constructor(private readonly url: string) {}

  info(): Promise<InfoJson> {
    return this.get('/betrace/v1/info');
  }

  rules(): Promise<RulesJson> {
    return this.get('/betrace/v1/rules');
  }

  trace(id: string): Promise<TraceJson> {
    return this.get(`/betrace/v1/traces/${encodeURIComponent(id)}`);
  }

  search(q: string, limit: number, range: Range): Promise<SearchJson> {
    return this.get('/api/search', { q, limit: String(limit), ...texts(range) });
  }

  series(q: string, stepSeconds: number, range: Range): Promise<MetricsJson> {
    return this.get('/api/metrics/query_range', { q, step: `${stepSeconds}s`, ...texts(range) });
  }

  counts(q: string, range: Range): Promise<CountsJson> {
    return this.get('/api/metrics/query', { q, ...texts(range) });
  }

  /** What the language server knows of a query, at an offset where there is one. */
  help(query: string, offset?: number): Promise<QueryHelpJson> {
    const body = { query, ...(offset !== undefined && { offset }) };
    return named(
      getBackendSrv().post<QueryHelpJson>(`${this.url}/betrace/v1/language`, body, {
        showErrorAlert: false,
      }),
    );
  }

  async values(scope: string, key: string): Promise<readonly string[]> {
    const { values } = await this.get<ValuesJson>('/betrace/v1/schema/values', { scope, key });
    return values.map(({ value }) => value);
  }

  async names(what: 'services' | 'span-names'): Promise<readonly string[]> {
    const { values } = await this.get<ValuesJson>(`/betrace/v1/schema/${what}`);
    return values.map(({ value }) => value);
  }

  private get<T>(path: string, params: Record<string, string> = {}): Promise<T> {
    return named(getBackendSrv().get<T>(`${this.url}${path}`, params, undefined, { showErrorAlert: false }));
  }
}

function texts({ start, end }: Range): Record<string, string> {
  return { start: String(start), end: String(end) };
}

/** Rejects with what the service says of it: problem details of our API, the text of Tempo's. */
async function named<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new Error(errorText(error));
  }
}

export function errorText(error: unknown): string {
  const { status, statusText, data } = (error ?? {}) as {
    status?: number;
    statusText?: string;
    data?: { detail?: string; code?: string; response?: string; message?: string } | string;
  };
  const text =
    typeof data === 'string'
      ? data
      : data?.detail !== undefined
        ? [data.code, data.detail].filter(Boolean).join(': ')
        : (data?.response ?? data?.message);
  if (text !== undefined && text.trim() !== '') return text.trim();
  if (status !== undefined) return `BeTrace answers ${status} ${statusText ?? ''}`.trim();
  return messageOf(error);
}
