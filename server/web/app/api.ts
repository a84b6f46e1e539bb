/** Questions to the service. */

import type { EventSourceMessage } from 'eventsource-parser';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { EvidenceJson } from '../../../engine/answers/evidence.js';
import type { InfoJson } from '../../../engine/answers/info.js';
import type { QueryHelpJson } from '../../../engine/answers/language.js';
import type { CountsJson, MetricsJson, SearchJson } from '../../../engine/answers/queries.js';
import type { ReplayJson } from '../../../engine/answers/replay.js';
import type { ReplayJobJson } from '../../../engine/answers/replay-job.js';
import type { RuleDraftJson, RulesJson } from '../../../engine/answers/rule.js';
import type { TraceJson } from '../../../engine/answers/trace.js';
import type { Period } from '../../../engine/evidence/controls.js';
import { read } from './read.js';

/** The tenant that the page is about, where there are several; the service writes it into the page. */
export const tenant = document.querySelector<HTMLMetaElement>('meta[name="betrace-tenant"]')?.content;
const HEADERS: Readonly<Record<string, string>> = {
  accept: 'application/json',
  ...(tenant === undefined ? {} : { 'X-Scope-OrgID': tenant }),
};

/** Of the service; that which served the page, unless another is named. */
let address = '';

export function askAt(place: string): void {
  address = place;
}

async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(`${address}${path}`, {
    ...init,
    headers: { ...HEADERS, ...init.headers },
    redirect: 'error',
  });
  if (response.ok) return response;
  throw new Error(await problemOf(response));
}

/** Problem details (RFC 9457) of our API, the text that Tempo's would have, or the message of a proxy such as Grafana's. */
async function problemOf(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const { code, detail, title, message } = JSON.parse(text) as Readonly<Record<string, string | undefined>>;
    return (
      [code, detail ?? title ?? message].filter(Boolean).join(': ') ||
      `the service answers ${response.status}`
    );
  } catch {
    return text.trim().split('\n')[0] || `the service answers ${response.status}`;
  }
}

async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return read<T>(await (await send(path, signal === undefined ? {} : { signal })).text());
}

async function post<T>(path: string, content: unknown, signal?: AbortSignal): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  const init = { method: 'POST', body: JSON.stringify(content), headers };
  return read<T>(await (await send(path, signal === undefined ? init : { ...init, signal })).text());
}

/** As the service writes times; without them everything that is stored. */
export interface TimeRange {
  readonly from: string | null;
  readonly to: string | null;
}

function seconds({ from, to }: TimeRange): Record<string, string> {
  return {
    ...(from !== null && { start: String(Math.floor(Date.parse(from) / 1000)) }),
    ...(to !== null && { end: String(Math.ceil(Date.parse(to) / 1000)) }),
  };
}

const BEING_CANCELLED = 202;

export const api = {
  info: () => get<InfoJson>('/betrace/v1/info'),
  rules: () => get<RulesJson>('/betrace/v1/rules'),
  result: (replay: string, signal?: AbortSignal) =>
    get<ReplayJson>(`/betrace/v1/replays/${encodeURIComponent(replay)}/result`, signal),
  trace: (id: string) => get<TraceJson>(`/betrace/v1/traces/${encodeURIComponent(id)}`),
  search: (q: string, limit: number, range: TimeRange, signal: AbortSignal) =>
    get<SearchJson>(
      `/api/search?${new URLSearchParams({ q, limit: String(limit), ...seconds(range) })}`,
      signal,
    ),
  metrics: (q: string, range: TimeRange, signal: AbortSignal) =>
    get<MetricsJson>(`/api/metrics/query_range?${new URLSearchParams({ q, ...seconds(range) })}`, signal),
  counts: (q: string, range: TimeRange, signal: AbortSignal) =>
    get<CountsJson>(`/api/metrics/query?${new URLSearchParams({ q, ...seconds(range) })}`, signal),
  /** What the service makes of the text of a query. */
  help: (query: string, signal: AbortSignal) =>
    post<QueryHelpJson>('/betrace/v1/language', { query }, signal),
  /** The same of a text of rules, as if it were the file at this path. */
  helpWithRules: ({ text, path }: RuleDraftJson, offset: number | undefined, signal: AbortSignal) =>
    post<QueryHelpJson>(
      '/betrace/v1/language',
      { rules: text, path, ...(offset !== undefined && { offset }) },
      signal,
    ),
  draft: (rule: string) => get<RuleDraftJson>(`/betrace/v1/rules/${encodeURIComponent(rule)}/draft`),
  /** Runs a text of rules in place of those in force. */
  trial: ({ text, path }: RuleDraftJson, { from, to }: TimeRange, limit: number) =>
    post<ReplayJobJson>('/betrace/v1/replays', {
      text,
      path,
      ...(from !== null && { from }),
      ...(to !== null && { to }),
      limit,
    }),
  /** Ends a replay; of one that is over, the service keeps nothing. */
  cancel: (id: string) => send(`/betrace/v1/replays/${encodeURIComponent(id)}`, { method: 'DELETE' }),
  /** Ends a replay, and has the service keep nothing of it. */
  async forget(id: string): Promise<void> {
    const { status } = await api.cancel(id);
    if (status === BEING_CANCELLED) {
      await api.follow(id, () => undefined, new AbortController().signal);
      await api.cancel(id);
    }
  },
  replay: (limit: number) => post<ReplayJobJson>('/betrace/v1/replays', { limit, why: true }),
  evidence: (period: Period) => get<EvidenceJson>(`/betrace/v1/evidence?${new URLSearchParams({ period })}`),
  /** Calls back with each state of a replay until it is over. */
  async follow(id: string, onState: (job: ReplayJobJson) => void, signal: AbortSignal): Promise<void> {
    for await (const { event, data } of events(`/replays/${encodeURIComponent(id)}/events`, signal)) {
      onState(read<ReplayJobJson>(data));
      if (event === 'end') return;
    }
  },
  /** Calls back now and whenever something has changed, until the stream breaks off or is left. */
  async changes(onChange: () => void, signal: AbortSignal): Promise<void> {
    for await (const { event } of events('/events', signal)) if (event === 'changed') onChange();
  },
};

/** By `fetch`, as the browser's own `EventSource` sends no headers, and so no tenant. */
async function* events(path: string, signal: AbortSignal): AsyncGenerator<EventSourceMessage> {
  const headers = { accept: 'text/event-stream' };
  const { body } = await send(`/betrace/v1${path}`, { signal, headers });
  if (body === null) return;
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
