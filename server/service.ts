/** Puts the service together: what each part gets, and the order in which they start and stop. */
import { localStorage } from '../engine/blocks/storage-local.js';
import type { Config } from './config/schema.js';
import { type Api, createApp } from './http/app.js';
import { type Listening, listen } from './http/listen.js';
import { type Token, TokenStore } from './http/tokens.js';
import type { Logger } from './log.js';
import { createMetrics, type ServiceMetrics } from './metrics.js';
import { QueryService } from './query-service.js';
import { tempoRouter } from './tempo/router.js';
import { storedBackend } from './tempo/stored-backend.js';

/** What routers and receivers share. */
export interface ServiceContext {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: ServiceMetrics;
  readonly queries: QueryService;
  readonly version: string;
}

export interface ServiceOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly tokens: readonly Token[];
  readonly version: string;
}

export interface Service {
  readonly http: Listening;
  /** Stops accepting, lets requests finish within their bound, then closes what they used. */
  stop(): Promise<void>;
}

export async function startService({ config, log, tokens, version }: ServiceOptions): Promise<Service> {
  const metrics = createMetrics();
  const queries = new QueryService({ config, storage: localStorage(config.storage.blocks), metrics });
  const context: ServiceContext = { config, log, metrics, queries, version };
  let stopping = false;
  const readiness = {
    reason: () => (stopping ? 'the service is stopping' : queries.tenants.problem),
  };
  await queries.tenants.refresh();
  const refreshing = setInterval(() => void queries.tenants.refresh(), config.storage.refresh);
  const app = createApp({
    config,
    log,
    metrics,
    readiness,
    tokens: new TokenStore(tokens),
    apis: apisOf(context),
  });
  const http = await listen(config.http, app.express, app.open).catch(async (error: unknown) => {
    clearInterval(refreshing);
    await queries.close();
    throw error;
  });
  log.info({ url: http.url, version }, 'listening');
  return {
    http,
    stop: async () => {
      stopping = true;
      log.info('stopping');
      await http.stop();
      clearInterval(refreshing);
      await queries.close();
      log.info('stopped');
    },
  };
}

/** A router for each API: add yours here. */
function apisOf({ config, queries, version }: ServiceContext): readonly Api[] {
  const backend = storedBackend(queries, config.query);
  return [{ path: '/', errors: 'text', router: tempoRouter({ config, backend, version }) }];
}
