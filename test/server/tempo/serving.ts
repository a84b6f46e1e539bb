/** A service for tests: the real middleware and router on a real socket, answering from results made by the test. */
import { afterEach } from 'vitest';
import { type Token, TokenStore } from '../../../server/auth/tokens.js';
import { loadConfig } from '../../../server/config/load.js';
import { createApp } from '../../../server/http/app.js';
import type { Call } from '../../../server/http/call.js';
import { listen } from '../../../server/http/listen.js';
import { createLogger } from '../../../server/shared/log.js';
import { createMetrics } from '../../../server/shared/metrics.js';
import type { TempoBackend } from '../../../server/tempo/backend.js';
import { streamingQuerier } from '../../../server/tempo/grpc/streaming-querier.js';
import { tempoRouter } from '../../../server/tempo/router.js';
import { INSPECTED, METRICS, SEARCH, TRACE } from './made-results.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A question as the backend got it, without what every call has. */
export interface Asked {
  readonly kind: keyof TempoBackend;
  readonly question: unknown;
}

export interface Serving {
  readonly url: string;
  readonly asked: readonly Asked[];
  get(path: string, init?: RequestInit): Promise<Response>;
  stop(): Promise<void>;
}

/** 2026-11-21T00:00:00Z, the end of the newest data. */
export const NEWEST = 1_795_219_200_000_000_000n;

export async function serving(
  backend: Partial<TempoBackend> = {},
  settings: Readonly<Record<string, string | number | boolean>> = {},
  secrets: readonly Token[] = [],
): Promise<Serving> {
  const { config } = await loadConfig({
    env: {},
    settings: Object.entries({ 'storage.blocks': '/nowhere', 'http.port': 0, ...settings }).map(
      ([name, value]) => ({ path: name.split('.'), value, place: 'the test' }),
    ),
  });
  const log = createLogger({ ...config.log, level: 'silent' });
  const asked: Asked[] = [];
  const recorded = recording({ ...made, ...backend }, asked);
  const tokens = new TokenStore(secrets);
  const context = { config, backend: recorded, version: '1.2.3' };
  const app = createApp({
    config,
    log,
    metrics: createMetrics(),
    readiness: { reason: () => undefined, parts: () => [] },
    tokens,
    apis: [{ path: '/', errors: 'text', router: tempoRouter(context) }],
  });
  const http = await listen(config.http, app.express, app.open, {
    http2: streamingQuerier({ context, tokens, log }),
  });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= http.stop();
    return stopping;
  };
  cleanups.push(stop);
  return { url: http.url, asked, get: (path, init) => fetch(`${http.url}${path}`, init), stop };
}

const made: TempoBackend = {
  search: async () => SEARCH,
  metrics: async () => METRICS,
  trace: async () => TRACE,
  tagNames: async () => ({
    scopes: [
      { scope: 'resource', tags: [{ name: 'service.name', count: 3 }] },
      {
        scope: 'span',
        tags: [
          { name: 'http.route', count: 2 },
          { name: 'service.name', count: 1 },
        ],
      },
      { scope: 'intrinsic', tags: [{ name: 'span:status', count: 0 }] },
    ],
    truncated: false,
    inspected: INSPECTED,
  }),
  tagValues: async () => ({
    values: [
      { type: 'int', value: '200', count: 9 },
      { type: 'string', value: '200', count: 1 },
      { type: 'string', value: 'OK', count: 1 },
    ],
    truncated: false,
    inspected: INSPECTED,
  }),
  newest: async () => NEWEST,
};

function recording(backend: TempoBackend, asked: Asked[]): TempoBackend {
  const noting =
    <Q, A>(kind: Asked['kind'], answer: (call: Call, question: Q) => Promise<A>) =>
    async (call: Call, question: Q): Promise<A> => {
      asked.push({ kind, question });
      return await answer(call, question);
    };
  return {
    search: noting('search', backend.search),
    metrics: noting('metrics', backend.metrics),
    trace: noting('trace', backend.trace),
    tagNames: noting('tagNames', backend.tagNames),
    tagValues: noting('tagValues', backend.tagValues),
    newest: backend.newest,
  };
}
