import type { CountsJson, MetricsJson, SearchJson } from '../../engine/answers/queries.js';
import type { ReplayJson } from '../../engine/answers/replay.js';
import type { TraceJson } from '../../engine/answers/trace.js';
import type { Explanation, Info, ReplayState } from './answers.js';
import { EventParser } from './sse.js';

export interface ServiceAddress {
  readonly url: string;
  readonly token?: string | undefined;
  readonly tenant?: string | undefined;
}

export interface Window {
  readonly from?: string;
  readonly to?: string;
}

export interface ReplayRequest extends Window {
  readonly rules?: readonly string[];
  readonly text?: string;
  readonly path?: string;
  readonly limit: number;
}

export interface DiscoverRequest extends Window {
  /** Only rules that spans of it are part of. */
  readonly service?: string;
}

/** What is read of the answer. */
export interface Discovered {
  readonly rules: readonly { readonly id: string }[];
  /** A file of rules. */
  readonly file: string;
}

/** The service says no, and why. */
export class ServiceError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const TIMEOUT_MS = 60_000;

/** BeTrace's own API, and Tempo's for queries. */
export class Service {
  private readonly base: string;

  constructor(private readonly address: ServiceAddress) {
    this.base = address.url.replace(/\/+$/u, '');
  }

  async info(signal: AbortSignal): Promise<Info> {
    return await this.get('/betrace/v1/info', {}, signal);
  }

  /** Waits until the replay is over. Aborting the signal cancels it in the service too. */
  async replay(
    request: ReplayRequest,
    onState: (state: ReplayState) => void,
    signal: AbortSignal,
  ): Promise<ReplayJson> {
    const started = await this.post<ReplayState>('/betrace/v1/replays', request, signal);
    const path = `/betrace/v1/replays/${encodeURIComponent(started.id)}`;
    try {
      const ended = await this.follow(path, started, onState, signal);
      if (ended.status !== 'succeeded') throw new Error(ended.error ?? `the replay was ${ended.status}`);
      return await this.get(`${path}/result`, {}, signal);
    } catch (error) {
      if (signal.aborted)
        void this.send('DELETE', path, {}, AbortSignal.timeout(TIMEOUT_MS)).catch(() => undefined);
      throw error;
    }
  }

  /** Takes as long as a replay may; aborting the signal ends it in the service too. */
  async discover(request: DiscoverRequest, signal: AbortSignal): Promise<Discovered> {
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    const body = JSON.stringify(request);
    const response = await this.send('POST', '/betrace/v1/discover', headers, signal, body);
    return (await response.json()) as Discovered;
  }

  async trace(id: string, signal: AbortSignal): Promise<TraceJson> {
    return await this.get(`/betrace/v1/traces/${encodeURIComponent(id)}`, {}, signal);
  }

  async explain(text: string, path: string, signal: AbortSignal): Promise<readonly Explanation[]> {
    return await this.post('/betrace/v1/rules/explain', { text, path }, signal);
  }

  /** The newest traces of a window, at most `limit`, and of each at most `spss` spans of a set. */
  async search(
    q: string,
    { limit, spss }: { readonly limit: number; readonly spss?: number },
    window: Window,
    signal: AbortSignal,
  ): Promise<SearchJson> {
    const limits = { limit: String(limit), ...(spss !== undefined && { spss: String(spss) }) };
    return await this.get('/api/search', { q, ...limits, ...seconds(window) }, signal);
  }

  async metrics(q: string, window: Window, signal: AbortSignal): Promise<MetricsJson> {
    return await this.get('/api/metrics/query_range', { q, ...seconds(window) }, signal);
  }

  /** `violations of RULE | by(…)`: how many there are of each. */
  async counts(q: string, window: Window, signal: AbortSignal): Promise<CountsJson> {
    return await this.get('/api/metrics/query', { q, ...seconds(window) }, signal);
  }

  private async follow(
    path: string,
    started: ReplayState,
    onState: (state: ReplayState) => void,
    signal: AbortSignal,
  ): Promise<ReplayState> {
    let state = started;
    const response = await this.send('GET', `${path}/events`, { accept: 'text/event-stream' }, signal);
    const parser = new EventParser();
    const decoder = new TextDecoder();
    const reader = response.body?.getReader();
    for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read())
      for (const { data } of parser.push(decoder.decode(piece.value, { stream: true }))) {
        state = JSON.parse(data) as ReplayState;
        onState(state);
      }
    // A proxy may have cut the stream.
    while (state.status === 'waiting' || state.status === 'running') {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      state = await this.get(path, {}, signal);
      onState(state);
    }
    return state;
  }

  private async get<T>(
    path: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<T> {
    const params = new URLSearchParams(query).toString();
    const target = params === '' ? path : `${path}?${params}`;
    const response = await this.send('GET', target, { accept: 'application/json' }, limited(signal));
    return (await response.json()) as T;
  }

  private async post<T>(path: string, body: unknown, signal: AbortSignal): Promise<T> {
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    const response = await this.send('POST', path, headers, limited(signal), JSON.stringify(body));
    return (await response.json()) as T;
  }

  private async send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    body?: string,
  ): Promise<Response> {
    const { token, tenant } = this.address;
    const response = await fetch(`${this.base}${path}`, {
      method,
      headers: {
        ...headers,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(tenant === undefined ? {} : { 'X-Scope-OrgID': tenant }),
      },
      signal,
      // A redirect could carry the token elsewhere.
      redirect: 'error',
      ...(body === undefined ? {} : { body }),
    });
    if (!response.ok)
      throw new ServiceError(response.status, problemText(response.status, await response.text()));
    return response;
  }
}

function limited(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
}

/** Tempo's times are whole seconds; the end is taken in whole. */
function seconds({ from, to }: Window): Readonly<Record<string, string>> {
  return {
    ...(from === undefined ? {} : { start: String(Math.floor(Date.parse(from) / 1000)) }),
    ...(to === undefined ? {} : { end: String(Math.ceil(Date.parse(to) / 1000)) }),
  };
}

/** Problems come as `application/problem+json` from one API and as text from the other. */
export function problemText(status: number, body: string): string {
  try {
    const { detail, title, error } = JSON.parse(body) as Readonly<Record<string, unknown>>;
    for (const text of [detail, error, title]) if (typeof text === 'string' && text !== '') return text;
  } catch {
    // plain text
  }
  return body.trim().slice(0, 500) || `the service answers ${status}`;
}
